"""Decide for every quantity of a model whether it is a state, a parameter, or follows from others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isthmus.algebra.expression import TIME, Expression, div, mul, postorder, symbol
from isthmus.dynamics.definitions import (
    Definition,
    Names,
    initial_symbol,
    state_symbol,
)
from isthmus.dynamics.past import Past
from isthmus.errors import ModelError, Where
from isthmus.model.model import Model
from isthmus.model.species import Species


@dataclass(frozen=True, slots=True)
class State:
    """One entry of the state vector.

    compartment: where the id stands for a concentration while the state is an amount, "" otherwise.
    """

    id: str
    is_amount: bool
    compartment: str = ""
    is_algebraic: bool = False


@dataclass(frozen=True)
class Roles:
    """The quantities of a model by what they are in its ordinary differential equations.

    quantities: (id, symbol of its entry in the parameter vector, value). derived: constants with an
    initial assignment. missing: ids that nothing gives a value.
    """

    model: Model
    states: tuple[State, ...]
    quantities: tuple[tuple[str, Expression, float], ...]
    derived: tuple[str, ...]
    missing: frozenset[str]

    @cached_property
    def initial_assignments(self) -> dict[str, Expression]:
        """Variable → formula at time 0."""
        return {i.variable: i.formula for i in self.model.initial_assignments}

    @cached_property
    def names(self) -> Names:
        """What every name stands for at any time."""
        definitions = self._always()
        for state in self.states:
            amount = state_symbol(state.id)
            formula = div(amount, symbol(state.compartment)) if state.compartment else amount
            definitions[state.id] = Definition(formula, f"state {state.id!r}")
        plain = {q for q, entry, _ in self.quantities if entry is symbol(q)} | set(self.derived)
        return Names(definitions, frozenset(plain), self.missing, self.model.source, self._past)

    @cached_property
    def names_at_start(self) -> Names:
        """What every name stands for at time 0, in terms of the free quantities."""
        definitions = self._always()
        starts = {c.unknown: c.start for c in self.model.constraints}
        for name in (*(s.id for s in self.states), *self.derived):
            if name in starts:
                definitions[name] = Definition(starts[name], f"start of constraint {name!r}")
            elif name in self.initial_assignments:
                definitions[name] = Definition(
                    self.initial_assignments[name], f"initial assignment of {name!r}"
                )
            else:
                definitions[name] = Definition(self._initial_value(name), f"initial value of {name!r}")
        plain = frozenset(q for q, entry, _ in self.quantities if entry is symbol(q))
        past = Past({}) if self.model.has_delays else None
        return Names(definitions, plain, self.missing, self.model.source, past)

    @cached_property
    def _past(self) -> Past | None:
        """The past of states and derived constants: what their initial assignments say of it."""
        if not self.model.has_delays:
            return None
        leaves = [*(state_symbol(state.id) for state in self.states), *map(symbol, self.derived)]
        starts = zip(leaves, self.start_formulas(), strict=True)
        return Past({leaf: formula for leaf, formula in starts if _is_timed(formula)})

    def start_formulas(self) -> list[Expression]:
        """The initial states (amounts), then the derived constants, in terms of the free quantities."""
        roots: list[Expression] = []
        for state in self.states:
            species = self.model.species_by_id.get(state.id)
            has_number = state.id not in self.initial_assignments and not state.is_algebraic
            if state.compartment and has_number and species is not None and species.initial_is_amount:
                roots.append(initial_symbol(state.id))
            elif state.compartment:
                roots.append(mul(symbol(state.id), symbol(state.compartment)))
            else:
                roots.append(symbol(state.id))
        roots.extend(symbol(name) for name in self.derived)
        return self.names_at_start.resolve(roots, "the initial state")

    def _always(self) -> dict[str, Definition]:
        """Definitions that hold at time 0 as well as later."""
        definitions = {
            r.variable: Definition(r.formula, f"assignment rule for {r.variable!r}")
            for r in self.model.assignments
        }
        for reaction in self.model.reactions:
            definitions[reaction.id] = Definition(reaction.rate, f"reaction {reaction.id!r}")
        for name, _, _ in self.quantities:
            if name in self.model.species_by_id and not self._is_state(name):
                definitions[name] = Definition(self._initial_value(name), f"initial value of {name!r}")
        return definitions

    def _is_state(self, name: str) -> bool:
        return name in self._state_ids

    @cached_property
    def _state_ids(self) -> frozenset[str]:
        return frozenset(s.id for s in self.states)

    def _initial_value(self, name: str) -> Expression:
        """The initial value as what the id stands for in formulas."""
        species = self.model.species_by_id.get(name)
        given = initial_symbol(name)
        if species is None or species.initial_is_amount == species.substance_only:
            return given
        size = symbol(species.compartment)
        return div(given, size) if species.initial_is_amount else mul(given, size)


def _is_timed(formula: Expression) -> bool:
    return any(node.op == TIME for node in postorder([formula]))


def find_roles(model: Model) -> Roles:
    """Sort the quantities of a model into states, free quantities, derived constants and the rest."""
    _refuse_duplicates(model)
    ruled = _ruled(model)
    assigned_at_start = {i.variable for i in model.initial_assignments}
    _check_variables(model, ruled, assigned_at_start)
    _check_events(model, ruled)
    assigned = model.assigned_by_events
    changed = _changed_species(model, ruled) | (assigned & set(model.species_by_id))
    moving = frozenset(ruled) | assigned
    states: list[State] = []
    quantities: list[tuple[str, Expression, float]] = []
    derived: list[str] = []
    missing: set[str] = set()

    def sort(name: str, value: float | None, state: State | None, is_species: bool) -> None:
        if ruled.get(name) == "assignment rule":
            return
        if state is not None:
            states.append(state)
            if state.is_algebraic:
                return
        if name in assigned_at_start:
            if state is None:
                derived.append(name)
        elif value is not None:
            entry = initial_symbol(name) if is_species or state is not None else symbol(name)
            quantities.append((name, entry, float(value)))
        else:
            missing.add(name)

    for species in model.species:
        sort(species.id, species.initial, _species_state(species, ruled, changed, moving), True)
    for compartment in model.compartments:
        sort(compartment.id, compartment.size, _number_state(compartment.id, ruled, assigned), False)
    for parameter in model.parameters:
        sort(parameter.id, parameter.value, _number_state(parameter.id, ruled, assigned), False)
    _refuse_missing_starts(model, states, missing)
    return Roles(model, tuple(states), tuple(quantities), tuple(derived), frozenset(missing))


def _species_state(
    species: Species, ruled: dict[str, str], changed: frozenset[str], moving: frozenset[str]
) -> State | None:
    """moving: ids that rules or events change."""
    if species.id in ruled:
        return _number_state(species.id, ruled, frozenset())
    # In a growing compartment a fixed amount is a concentration that varies, and only the first size counts.
    needs_size = not species.substance_only or not species.initial_is_amount
    if species.id in changed or (needs_size and species.compartment in moving):
        return State(species.id, True, "" if species.substance_only else species.compartment)
    return None


def _number_state(name: str, ruled: dict[str, str], assigned: frozenset[str]) -> State | None:
    """The state of what is no amount: by its rule, or because an event assigns it."""
    rule = ruled.get(name)
    if rule in ("rate rule", "constraint"):
        return State(name, False, is_algebraic=rule == "constraint")
    return State(name, False) if name in assigned and rule is None else None


def _ruled(model: Model) -> dict[str, str]:
    """Variable → the kind of rule that determines it; ModelError where two do."""
    ruled: dict[str, str] = {}
    everything = (
        *((r.variable, "assignment rule") for r in model.assignments),
        *((r.variable, "rate rule") for r in model.rates),
        *((c.unknown, "constraint") for c in model.constraints),
    )
    for variable, kind in everything:
        if variable in ruled:
            raise _model_error(
                model,
                "E-TWO-DEFINITIONS",
                f"{variable!r} has an {ruled[variable]} and a {kind}",
                f"{kind} for {variable!r}",
            )
        ruled[variable] = kind
    return ruled


def _check_variables(model: Model, ruled: dict[str, str], assigned_at_start: set[str]) -> None:
    known = set(model.species_by_id) | set(model.compartments_by_id) | set(model.parameters_by_id)
    for variable in (*ruled, *assigned_at_start):
        if variable not in known:
            what = ruled.get(variable, "initial assignment")
            raise _model_error(
                model, "E-UNKNOWN-ID", f"{variable!r} is not in the model", f"{what} for {variable!r}"
            )
    for species in model.species:
        if species.compartment not in model.compartments_by_id and not species.substance_only:
            raise _model_error(
                model,
                "E-UNKNOWN-ID",
                f"compartment {species.compartment!r} is not in the model",
                f"species {species.id!r}",
            )


def _check_events(model: Model, ruled: dict[str, str]) -> None:
    """Events assign what may change: no constant, nothing that a rule gives at all times."""
    fixed = {
        element.id
        for group in (model.species, model.compartments, model.parameters)
        for element in group
        if element.constant
    }
    known = set(model.species_by_id) | set(model.compartments_by_id) | set(model.parameters_by_id)
    for event in model.events:
        for name in (assignment.variable for assignment in event.assignments):
            what = f"event {event.id!r}"
            if name not in known:
                raise _model_error(model, "E-UNKNOWN-ID", f"{name!r} is not in the model", what)
            if name in fixed:
                raise _model_error(model, "E-EVENT-TARGET", f"{name!r} is assigned but constant", what)
            if ruled.get(name) in ("assignment rule", "constraint"):
                raise _model_error(
                    model, "E-EVENT-TARGET", f"{name!r} is assigned but has an {ruled[name]}", what
                )


def _changed_species(model: Model, ruled: dict[str, str]) -> frozenset[str]:
    """Species that reactions change."""
    changed: set[str] = set()
    for reaction in model.reactions:
        for name in reaction.net():
            species = model.species_by_id.get(name)
            if species is None:
                raise _model_error(
                    model,
                    "E-UNKNOWN-ID",
                    f"species {name!r} is not in the model",
                    f"reaction {reaction.id!r}",
                )
            if species.boundary or species.constant:
                continue
            if name in ruled:
                raise _model_error(
                    model,
                    "E-TWO-DEFINITIONS",
                    f"reaction {reaction.id!r} changes {name!r}, which also has a {ruled[name]}",
                    f"species {name!r}",
                )
            changed.add(name)
    return frozenset(changed)


def _refuse_duplicates(model: Model) -> None:
    seen: set[str] = set()
    groups = (model.species, model.compartments, model.parameters, model.reactions)
    for name in (element.id for group in groups for element in group):
        if name in seen:
            raise _model_error(model, "E-DUPLICATE-ID", "this id is used twice", f"{name!r}")
        seen.add(name)


def _refuse_missing_starts(model: Model, states: list[State], missing: set[str]) -> None:
    for state in states:
        if state.id in missing:
            raise _model_error(
                model, "E-NO-VALUE", f"{state.id!r} varies but has no initial value", f"state {state.id!r}"
            )


def _model_error(model: Model, code: str, found: str, what: str) -> ModelError:
    return ModelError(code, found, where=Where(file=model.source, object=what))
