"""Which unit a quantity without one would need, from the formulas that it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from operator import mul

from isthmus.algebra.expression import DELAY, EXTREMA, RELATIONS, SYMBOL, UNARY, Expression, postorder
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit
from isthmus.model.unit_inference import UnitInference

_Need = tuple[Expression, Unit]


def needed_units(formula: Expression, needed: Unit | None, units: UnitInference) -> list[tuple[str, Unit]]:
    """(id, unit) of each quantity of unknown unit that the unit of the formula, or a sum in it, decides.

    The formula must have been read by `units`. Bare numbers count as dimensionless.
    """
    wanted: dict[Expression, Unit] = {} if needed is None else {formula: needed}
    found: list[tuple[str, Unit]] = []
    # Every user of a node comes before it in this order.
    for node in reversed(postorder([formula])):
        need = wanted.get(node)
        if node.op == SYMBOL and need is not None and units[node].unit is None:
            found.append((str(node.value), need))
        for argument, unit in _passed_on(node, need, units):
            if units[argument].unit is None:
                wanted.setdefault(argument, unit)
    return found


def _passed_on(node: Expression, need: Unit | None, units: UnitInference) -> Iterator[_Need]:
    if node.op == "add" or node.op in EXTREMA:
        yield from _alike(node.args, need or units[node].certain_unit)
    elif node.op in RELATIONS:
        certain = next((u for u in (units[arg].certain_unit for arg in node.args) if u is not None), None)
        yield from _alike(node.args, certain)
    elif node.op == "piecewise":
        values = node.args[::2] if len(node.args) % 2 else node.args[:-1:2]
        yield from _alike(values, need or units[node].certain_unit)
    elif node.op == "mul" and need is not None:
        yield from _factor(node.args, need, units)
    elif node.op == "div" and need is not None:
        yield from _quotient(node.args[0], node.args[1], need, units)
    elif node.op == "pow":
        yield from _power(node, need, units)
    elif node.op in ("abs", "floor", "ceil"):
        yield from _alike(node.args, need)
    elif node.op == DELAY:
        yield from _alike(node.args[:1], need)
    elif node.op in UNARY:
        yield from _alike(node.args, DIMENSIONLESS)


def _alike(args: tuple[Expression, ...], unit: Unit | None) -> Iterator[_Need]:
    return iter(()) if unit is None else ((arg, unit) for arg in args)


def _factor(args: tuple[Expression, ...], need: Unit, units: UnitInference) -> Iterator[_Need]:
    unknown = [arg for arg in args if units[arg].unit is None]
    if len(unknown) == 1:
        others = (unit for unit in (units[arg].unit for arg in args) if unit is not None)
        yield unknown[0], need / reduce(mul, others, DIMENSIONLESS)


def _quotient(above: Expression, below: Expression, need: Unit, units: UnitInference) -> Iterator[_Need]:
    top, bottom = units[above].unit, units[below].unit
    if top is None and bottom is not None:
        yield above, need * bottom
    elif bottom is None and top is not None:
        yield below, top / need


def _power(node: Expression, need: Unit | None, units: UnitInference) -> Iterator[_Need]:
    base, above = node.args
    yield above, DIMENSIONLESS
    exponent = units.exponent(above)
    if need is not None and exponent:
        yield base, need ** (Fraction(1) / exponent)
