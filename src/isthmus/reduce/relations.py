"""Slow coordinates and totals as formulas over the ids of the model.

A coordinate counts amounts, an id may stand for a concentration. Where all members of a relation share a
compartment the relation is written in concentrations and the compartment's size drops out; otherwise it is
written in amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from isthmus.algebra.expression import ONE, ZERO, Expression, add, div, mul, number, symbol
from isthmus.dynamics.definitions import initial_symbol, state_symbol
from isthmus.model.model import Model


@dataclass(frozen=True)
class Kinds:
    """What the id of each state stands for.

    Factor[s] · id = amount (1 for amounts and for rate-rule variables). varying: compartments whose size
    changes.
    """

    model: Model
    factor: Mapping[str, Expression]
    varying: frozenset[Expression] = frozenset()

    @cached_property
    def ids(self) -> dict[Expression, Expression]:
        """Symbols of the compiled reading (amounts, given initial values) → formulas over the model's ids."""
        meaning = {state_symbol(s): mul(symbol(s), factor) for s, factor in self.factor.items()}
        for species in self.model.species:
            if species.id in self.factor:
                continue
            given, volume = symbol(species.id), symbol(species.compartment)
            if species.initial_is_amount and not species.substance_only:
                given = mul(given, volume)
            elif not species.initial_is_amount and species.substance_only:
                given = div(given, volume)
            meaning[initial_symbol(species.id)] = given
        return meaning

    @classmethod
    def of(cls, model: Model, states: Iterable[str]) -> Kinds:
        """The factors of the given states; a species with a rate rule counts by its own value."""
        by_rate = {rule.variable for rule in model.rates}
        factors: dict[str, Expression] = {}
        for state in states:
            species = model.species_by_id.get(state)
            plain = species is None or species.substance_only or state in by_rate
            factors[state] = ONE if plain or species is None else symbol(species.compartment)
        varying = model.ruled | model.assigned_by_events
        return cls(model, factors, frozenset(symbol(c.id) for c in model.compartments if c.id in varying))

    def shared(self, members: Iterable[str]) -> Expression:
        """The common factor of the members if it is a constant, else 1: the relation is then in amounts."""
        factors = {self.factor[m] for m in members}
        common = factors.pop() if len(factors) == 1 else ONE
        return ONE if common in self.varying else common

    def initial(self, state: str) -> Expression:
        """The initial value that the state's id stands for, by its `<id>_0` parameter."""
        name = symbol(initial_name(self.model, state))
        species = self.model.species_by_id.get(state)
        if species is None or any(rule.variable == state for rule in self.model.initial_assignments):
            return name
        if species.initial_is_amount and not species.substance_only:
            return div(name, symbol(species.compartment))
        if not species.initial_is_amount and species.substance_only:
            return mul(name, symbol(species.compartment))
        return name


def initial_name(model: Model, state: str) -> str:
    """`<id>_0`, with more underscores where that id is taken by something else."""
    name = f"{state}_0"
    known = model.parameters_by_id.get(name)
    while name in model.ids and not (known is not None and known.initial_of == state):
        name = name.replace("_0", "__0")
        known = model.parameters_by_id.get(name)
    return name


def converted(expression: Expression, factor: Expression, into: Expression) -> Expression:
    """A quantity counted with one factor, counted with another: nothing to do where they are the same."""
    if factor is into:
        return expression
    return div(mul(expression, factor), into)


def weighted_sum(
    weights: Mapping[str, Fraction], values: Mapping[str, tuple[Expression, Expression]], into: Expression
) -> Expression:
    """Σ weight · value, each value given with its factor, in units of `into`."""
    terms = [mul(number(w), converted(values[name][0], values[name][1], into)) for name, w in weights.items()]
    return add(*terms) if terms else ZERO


def fresh(name: str, taken: set[str]) -> str:
    """The name, numbered where it is taken; it is taken from now on."""
    candidate, count = name, 2
    while candidate in taken:
        candidate, count = f"{name}_{count}", count + 1
    taken.add(candidate)
    return candidate
