"""A model's differential equations in symbols, written by the certifier itself from what SBML says they are.

State of a reacting species: its amount. State of a rate rule: what its variable stands for. Constants: the free numbers of the file,
named by `free(id)`: a parameter's value, or a species' initial value in the kind (amount or concentration) in which the file gives it.
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
        self._rates = {reaction.id: reaction.rate for reaction in model.reactions}
        self._now: dict[str, Expression] = {}
        self._start: dict[str, Expression] = {}
        self._pending: set[tuple[str, bool]] = set()

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Ids of what has a differential equation."""
        reacting = (s.id for s in self.model.species if self._reacts(s))
        return (*reacting, *(v for v in self._rated if v not in self._assigned))

    @cached_property
    def free_ids(self) -> tuple[str, ...]:
        """Ids of the free numbers."""
        ruled = set(self._assigned) | set(self._given)
        every = (*self.model.species, *self.model.compartments, *self.model.parameters)
        return tuple(element.id for element in every if element.id not in ruled)

    def state(self, identifier: str) -> Expression:
        """The symbol of a state."""
        return symbol(f"{self.side} {identifier}")

    def value(self, identifier: str) -> Expression:
        """What an id stands for in formulas, in states, time and free numbers."""
        return self._resolved(identifier, self._now, at_start=False)

    def start(self, identifier: str) -> Expression:
        """What an id stands for at time 0, in free numbers."""
        return self._resolved(identifier, self._start, at_start=True)

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
        """The state of that id, by what another model says its id stands for (both must mean amount or both concentration)."""
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
                if species in terms and species not in self._rated:
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
        return not (ruled or species.boundary or species.constant)

    @staticmethod
    def _as_amount(species: Species, meaning: Expression, size: Expression) -> Expression:
        return meaning if species.substance_only else mul(meaning, size)

    @staticmethod
    def _from_amount(species: Species, amount: Expression, size: Expression) -> Expression:
        return amount if species.substance_only else div(amount, size)

    def _resolved(self, identifier: str, known: dict[str, Expression], *, at_start: bool) -> Expression:
        found = known.get(identifier)
        if found is not None:
            return found
        if (identifier, at_start) in self._pending:
            raise ModelError(
                "E-CERT-LOOP", f"the formula of {identifier!r} refers to itself", needed="no loops of rules"
            )
        self._pending.add((identifier, at_start))
        found = self._initial(identifier) if at_start else self._current(identifier)
        self._pending.discard((identifier, at_start))
        known[identifier] = found
        return found

    def _current(self, identifier: str) -> Expression:
        if identifier in self._assigned:
            return self.formula(self._assigned[identifier])
        if identifier in self._rated:
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
