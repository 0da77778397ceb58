"""Thermodynamic cycles: around a loop the equilibrium constants multiply to one (Wegscheider 1901)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import SYMBOL, Expression, constant_value
from isthmus.algebra.linear import left_null_space

if TYPE_CHECKING:
    from isthmus.model.model import Model
    from isthmus.model.reaction import Reaction

Floats = NDArray[np.float64]
Ends = tuple[frozenset[tuple[str, Fraction]], frozenset[tuple[str, Fraction]]]

_TERMS = 16
_HOLDS_WITHIN = 1e-9


@dataclass(frozen=True, slots=True)
class Monomial:
    """coefficient · Π symbol^exponent."""

    coefficient: Fraction
    exponents: Mapping[str, int]

    def times(self, other: Monomial) -> Monomial:
        """The product."""
        joined = dict(self.exponents)
        for name, exponent in other.exponents.items():
            joined[name] = joined.get(name, 0) + exponent
        return Monomial(self.coefficient * other.coefficient, {n: e for n, e in joined.items() if e})

    def inverse(self) -> Monomial:
        """One over it."""
        return Monomial(1 / self.coefficient, {name: -exponent for name, exponent in self.exponents.items()})


@dataclass(frozen=True, slots=True)
class Step:
    """A mass-action half reaction; its rate constant is a monomial of what is no species."""

    reactants: Mapping[str, Fraction]
    products: Mapping[str, Fraction]
    constant: Monomial


def thermodynamic_cycles(model: Model, quantities: Sequence[str], nominal: Floats) -> Floats:
    """(cycles, quantities): rows a for which Σ a_j ln q_j must stay at its nominal value.

    Found are independent cycles of reversible mass-action steps (one reversible reaction or two opposite
    ones) whose equilibrium constants multiply to 1 within 1e-9 at nominal. A cycle that holds whatever the
    values are, because its steps share parameters, is left out.
    """
    values = dict(zip(quantities, map(float, nominal), strict=True))
    pairs = _reversible_pairs([step for reaction in model.reactions for step in _steps(model, reaction)])
    rows = {str(i): _change(forward) for i, (forward, _) in enumerate(pairs)}
    found: list[Floats] = []
    column = {quantity: j for j, quantity in enumerate(quantities)}
    for cycle in left_null_space(rows):
        product: dict[str, Fraction] = {}
        offset = 0.0
        for index, weight in cycle.items():
            forward, backward = pairs[int(index)]
            ratio = forward.constant.times(backward.constant.inverse())
            offset += float(weight) * math.log(ratio.coefficient)
            for name, exponent in ratio.exponents.items():
                product[name] = product.get(name, Fraction(0)) + weight * exponent
        product = {name: exponent for name, exponent in product.items() if exponent}
        if not product or any(values.get(name, 0.0) <= 0 for name in product):
            continue
        if (
            abs(offset + sum(float(e) * math.log(values[name]) for name, e in product.items()))
            < _HOLDS_WITHIN
        ):
            row = np.zeros(len(quantities))
            row[[column[name] for name in product]] = [float(e) for e in product.values()]
            found.append(row)
    return np.array(found) if found else np.zeros((0, len(quantities)))


def hold_cycles(table: Floats, nominal: Floats, cycles: Floats, lows: Floats, highs: Floats) -> None:
    """Move the varied members of cycles, in place, to the nearest point (in logs) that holds every cycle.

    Where that point leaves the box the members are drawn together towards the nominal point until it does
    not, so a cycle is only held if the box holds the nominal value of all its members; others are left as
    drawn.
    """
    inside = (lows > 0) & (lows <= nominal) & (nominal <= highs)
    rows = cycles[~np.any(cycles[:, ~inside], axis=1)]
    members = np.flatnonzero(np.any(rows, axis=0) & (highs > lows))
    if not len(members):
        return
    block = rows[:, members]
    logs = np.log(table[:, members] / nominal[members])
    logs -= logs @ np.linalg.pinv(block) @ block
    floor, ceiling = np.log(lows[members] / nominal[members]), np.log(highs[members] / nominal[members])
    edge = np.where(logs > 0, ceiling, floor)
    room = np.divide(edge, logs, out=np.ones_like(logs), where=logs != 0)
    logs *= np.minimum(room.min(axis=1), 1.0)[:, None]
    table[:, members] = nominal[members] * np.exp(logs)


def _steps(model: Model, reaction: Reaction) -> list[Step]:
    monomials = _monomials(reaction.rate)
    if monomials is None or not 1 <= len(monomials) <= 2:
        return []
    reactants = {p.species: p.stoichiometry for p in reaction.reactants}
    products = {p.species: p.stoichiometry for p in reaction.products}
    steps: list[Step] = []
    for monomial in monomials:
        species = {n: Fraction(e) for n, e in monomial.exponents.items() if n in model.species_by_id}
        constant = Monomial(
            abs(monomial.coefficient), {n: e for n, e in monomial.exponents.items() if n not in species}
        )
        if monomial.coefficient > 0 and species == reactants:
            steps.append(Step(reactants, products, constant))
        elif monomial.coefficient < 0 and species == products:
            steps.append(Step(products, reactants, constant))
        else:
            return []
    return steps


def _reversible_pairs(steps: Sequence[Step]) -> list[tuple[Step, Step]]:
    """Each step with its opposite, where there is exactly one of each."""
    by_ends: dict[Ends, list[Step]] = {}
    for step in steps:
        ends = (frozenset(step.reactants.items()), frozenset(step.products.items()))
        by_ends.setdefault(ends, []).append(step)
    pairs: list[tuple[Step, Step]] = []
    paired: set[Ends] = set()
    for ends, forward in by_ends.items():
        backward = by_ends.get((ends[1], ends[0]), [])
        if len(forward) == 1 and len(backward) == 1 and ends not in paired and ends[0] != ends[1]:
            paired.add((ends[1], ends[0]))
            pairs.append((forward[0], backward[0]))
    return pairs


def _change(step: Step) -> dict[object, Fraction]:
    change: dict[object, Fraction] = {name: -value for name, value in step.reactants.items()}
    for name, value in step.products.items():
        change[name] = change.get(name, Fraction(0)) + value
    return {name: value for name, value in change.items() if value}


def _monomials(expression: Expression) -> list[Monomial] | None:
    """The expression as a short sum of monomials with integer exponents, None where it is none."""
    value = constant_value(expression)
    if value is not None:
        return [Monomial(value, {})] if value else []
    if expression.op == SYMBOL:
        return [Monomial(Fraction(1), {str(expression.value): 1})]
    if expression.op not in ("add", "mul", "div", "pow"):
        return None
    if expression.op == "pow":
        base, exponent = _monomials(expression.args[0]), constant_value(expression.args[1])
        if (
            base is None
            or len(base) != 1
            or exponent is None
            or exponent.denominator != 1
            or abs(exponent) > 8
        ):
            return None
        result = Monomial(Fraction(1), {})
        for _ in range(abs(int(exponent))):
            result = result.times(base[0] if exponent > 0 else base[0].inverse())
        return [result]
    parts = [_monomials(arg) for arg in expression.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return _sum(known) if expression.op == "add" else _product(expression.op, known)


def _sum(parts: Sequence[list[Monomial]]) -> list[Monomial] | None:
    joined = [monomial for part in parts for monomial in part]
    return joined if len(joined) <= _TERMS else None


def _product(op: str, parts: Sequence[list[Monomial]]) -> list[Monomial] | None:
    if op == "div":
        if len(parts[1]) != 1:
            return None
        parts = [parts[0], [parts[1][0].inverse()]]
    result = [Monomial(Fraction(1), {})]
    for part in parts:
        if len(result) * len(part) > _TERMS:
            return None
        result = [a.times(b) for a in result for b in part]
    return result
