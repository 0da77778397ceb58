"""A model's differential equations in symbols, written by the certifier itself from what SBML says they are.

State of a reacting species: its amount. State of a rate rule: what its variable stands for. Constants: the
free numbers of the file, named by `free(id)`: a parameter's value, or a species' initial value in the kind
(amount or concentration) in which the file gives it.
"""

from __future__ import annotations

from functools import cached_property

from isthmus.algebra.expression import (
    TIME_NODE,
    ZERO,
    Expression,
    add,
    div,
    free_symbols,
    mul,
    number,
    symbol,
)
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError
from isthmus.model.model import Model
from isthmus.model.species import Species

Key = tuple[str, bool]
"""An id, and whether its value at time 0 is meant."""


def free(identifier: str) -> Expression:
    """The symbol of a free number of the file."""
    return symbol(f"free {identifier}")


class Equations:
    """ẋ = f(t, x, q), x(0) = s(q), with x and q symbols that no file can contain.

    side: a word that keeps the states of two models apart.
    """

    def __init__(self, model: Model, side: str) -> None:
        self.model = model
        self.side = side
        self._assigned = {rule.variable: rule.formula for rule in model.assignments}
        self._rated = {rule.variable: rule.formula for rule in model.rates}
        self._given = {rule.variable: rule.formula for rule in model.initial_assignments}
        self._jumping = model.assigned_by_events
        self._rates = {reaction.id: reaction.rate for reaction in model.reactions}
        self._known: dict[Key, Expression] = {}

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Ids of what has a differential equation, or stays but for events."""
        reacting = (s.id for s in self.model.species if self._reacts(s))
        rated = (v for v in self._rated if v not in self._assigned)
        numbers = (*self.model.compartments_by_id, *self.model.parameters_by_id)
        return (*reacting, *rated, *(name for name in numbers if self._stays(name)))

    @cached_property
    def free_ids(self) -> tuple[str, ...]:
        """Ids of the free numbers."""
        ruled = set(self._assigned) | set(self._given)
        model = self.model
        every = (
            [s.id for s in model.species]
            + [c.id for c in model.compartments]
            + [p.id for p in model.parameters]
        )
        return tuple(name for name in every if name not in ruled)

    def state(self, identifier: str) -> Expression:
        """The symbol of a state."""
        return symbol(f"{self.side} {identifier}")

    def value(self, identifier: str) -> Expression:
        """What an id stands for in formulas, in states, time and free numbers."""
        return self._resolved(identifier, at_start=False)

    def start(self, identifier: str) -> Expression:
        """What an id stands for at time 0, in free numbers."""
        return self._resolved(identifier, at_start=True)

    def formula(self, formula: Expression) -> Expression:
        """A formula in states, time and free numbers."""
        names = sorted(free_symbols(formula))
        return substitute([formula], {symbol(name): self.value(name) for name in names})[0]

    def formula_at_start(self, formula: Expression) -> Expression:
        """A formula at time 0, in free numbers."""
        names = sorted(free_symbols(formula))
        return substitute([formula], {symbol(n): self.start(n) for n in names} | {TIME_NODE: ZERO})[0]

    def initial_state(self, state: str) -> Expression:
        """x(0) in free numbers."""
        species = self.model.species_by_id.get(state)
        if species is None or state in self._rated:
            return self.start(state)
        return self._as_amount(species, self.start(state), self.start(species.compartment))

    def state_from(self, state: str, other: Equations) -> Expression:
        """The state of that id, by what another model says its id stands for (the kinds must agree)."""
        species = self.model.species_by_id.get(state)
        if species is None or state in self._rated:
            return other.value(state)
        return self._as_amount(species, other.value(state), other.value(species.compartment))

    @cached_property
    def derivatives(self) -> dict[str, Expression]:
        """State → ẋ in states, time and free numbers."""
        terms: dict[str, list[Expression]] = {state: [] for state in self.states}
        for reaction in self.model.reactions:
            for species, coefficient in reaction.net().items():
                if species in terms and species not in self._rated and not self._is_boundary(species):
                    conversion = self.model.species_by_id[species].conversion
                    factor = (
                        mul(number(coefficient), self.value(conversion))
                        if conversion
                        else number(coefficient)
                    )
                    terms[species].append(mul(factor, self.value(reaction.id)))
        for variable, formula in self._rated.items():
            terms[variable] = [self.formula(formula)]
        return {state: add(*rows) for state, rows in terms.items()}

    def _reacts(self, species: Species) -> bool:
        ruled = species.id in self._assigned or species.id in self._rated
        moves = not species.boundary or species.id in self._jumping
        return moves and not (ruled or species.constant)

    def _is_boundary(self, species: str) -> bool:
        return self.model.species_by_id[species].boundary

    def _stays(self, identifier: str) -> bool:
        """Whether this is a number that only events change."""
        ruled = identifier in self._assigned or identifier in self._rated
        return identifier in self._jumping and not ruled and identifier not in self.model.species_by_id

    @staticmethod
    def _as_amount(species: Species, meaning: Expression, size: Expression) -> Expression:
        return meaning if species.substance_only else mul(meaning, size)

    @staticmethod
    def _from_amount(species: Species, amount: Expression, size: Expression) -> Expression:
        return amount if species.substance_only else div(amount, size)

    def _resolved(self, identifier: str, *, at_start: bool) -> Expression:
        """Resolve what an id needs before the id itself, without recursion: chains of rules may be long."""
        waiting = [(identifier, at_start)]
        opened: set[Key] = set()
        while waiting:
            key = waiting[-1]
            missing = (
                [need for need in self._needs(*key) if need not in self._known]
                if key not in self._known
                else []
            )
            if not missing:
                if key not in self._known:
                    self._known[key] = self._initial(key[0]) if key[1] else self._current(key[0])
                opened.discard(waiting.pop())
                continue
            opened.add(key)
            if any(need in opened for need in missing):
                raise ModelError(
                    "E-CERT-LOOP", f"the formula of {key[0]!r} refers to itself", needed="no loops of rules"
                )
            waiting.extend(missing)
        return self._known[identifier, at_start]

    def _needs(self, identifier: str, at_start: bool) -> list[Key]:
        """What an id is directly made of."""
        formula = self._given.get(identifier) if at_start else None
        formula = formula or self._assigned.get(identifier)
        if formula is None and (at_start or identifier not in self._rated):
            formula = self._rates.get(identifier)
        if formula is not None:
            return [(name, at_start) for name in sorted(free_symbols(formula))]
        species = self.model.species_by_id.get(identifier)
        if (identifier in self._rated or self._stays(identifier)) and not at_start:
            return []
        if species is None:
            return [] if at_start else [(identifier, True)]
        if at_start:
            return [(species.compartment, True)]
        still = [] if self._reacts(species) else [(identifier, True), (species.compartment, True)]
        return [(species.compartment, False), *still]

    def _current(self, identifier: str) -> Expression:
        if identifier in self._assigned:
            return self.formula(self._assigned[identifier])
        if identifier in self._rated or self._stays(identifier):
            return self.state(identifier)
        if identifier in self._rates:
            return self.formula(self._rates[identifier])
        species = self.model.species_by_id.get(identifier)
        if species is None:
            return self.start(identifier)
        size = self.value(species.compartment)
        if self._reacts(species):
            return self._from_amount(species, self.state(identifier), size)
        # Nothing changes this species: its amount stays, whatever the compartment does.
        amount = self._as_amount(species, self.start(identifier), self.start(species.compartment))
        return self._simplified(species, amount, size)

    def _simplified(self, species: Species, amount: Expression, size: Expression) -> Expression:
        if species.substance_only:
            return amount
        constant_size = size is self.start(species.compartment)
        return self.start(species.id) if constant_size else div(amount, size)

    def _initial(self, identifier: str) -> Expression:
        if identifier in self._given:
            return self.formula_at_start(self._given[identifier])
        if identifier in self._assigned:
            return self.formula_at_start(self._assigned[identifier])
        if identifier in self._rates:
            return self.formula_at_start(self._rates[identifier])
        species = self.model.species_by_id.get(identifier)
        if species is None:
            if identifier not in self.model.ids:
                raise ModelError(
                    "E-CERT-UNKNOWN", f"a formula names {identifier!r}, which the model does not have"
                )
            return free(identifier)
        if species.initial_is_amount:
            return self._from_amount(species, free(identifier), self.start(species.compartment))
        if species.substance_only:
            return mul(free(identifier), self.start(species.compartment))
        return free(identifier)
