"""The units of formulas, from the units of the quantities in them: once a node of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Final

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.expression import (
    DELAY,
    EXTREMA,
    LOGICAL,
    MINUS_ONE,
    RELATIONS,
    UNARY,
    Expression,
    constant_value,
    free_symbols,
    postorder,
)
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit

_ROUNDING: Final = frozenset({"floor", "ceil"})
_LARGEST_EXPONENT: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """The unit of a formula.

    unit: None where it is not known, because `lacking` has none. is_certain: whether no bare number is a
    factor in it. A number without a unit may stand for any (SBML Level 3, section 3.4.11), so a difference
    from what is needed is then no error.
    """

    unit: Unit | None
    is_certain: bool = True
    lacking: str = ""

    @property
    def certain_unit(self) -> Unit | None:
        """The unit where no bare number leaves it open."""
        return self.unit if self.is_certain else None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two units in one operation that do not fit: what is there, and what has to be."""

    node: Expression
    found: Unit
    needed: Unit


NUMBER: Final = Finding(DIMENSIONLESS, is_certain=False)
PURE: Final = Finding(DIMENSIONLESS)


class UnitInference:
    """Finds the units of formulas of one model.

    symbols: the unit of each id. constants: the values of what never changes, for exponents. Each node is
    looked at once, so a clash in a shared part is told with the first formula that has it.
    """

    def __init__(
        self, symbols: Mapping[str, Unit | None], time: Unit | None, constants: Mapping[str, float | Fraction]
    ) -> None:
        self._symbols = symbols
        self._time = time
        self._constants = constants
        self._found: dict[Expression, Finding] = {}
        self._clashes: list[Clash] = []

    def __getitem__(self, node: Expression) -> Finding:
        """The finding for a node below a formula that was read."""
        return self._found[node]

    def read(self, formula: Expression) -> tuple[Finding, tuple[Clash, ...]]:
        """The unit of a formula, and the clashes in those parts that were not read before."""
        self._clashes = []
        for node in postorder([formula]):
            if node not in self._found:
                self._found[node] = self._node(node)
        return self._found[formula], tuple(self._clashes)

    def exponent(self, node: Expression) -> Fraction | None:
        """The value of an exponent that never changes, None for another or an absurd one."""
        value = constant_value(node)
        if value is not None:
            return value if abs(value) <= _LARGEST_EXPONENT else None
        if not free_symbols(node) <= self._constants.keys() or _knows_time(node):
            return None
        number = to_float(evaluate([node], self._constants)[0])
        return Fraction(repr(number)) if abs(number) <= _LARGEST_EXPONENT else None

    def _node(self, node: Expression) -> Finding:
        arguments = [self._found[arg] for arg in node.args]
        match node.op:
            case "number":
                return NUMBER
            case "symbol":
                name = str(node.value)
                return _declared(self._symbols.get(name), name)
            case "time":
                return _declared(self._time, "time")
            case "boolean":
                return PURE
            case "mul":
                return reduce(_times, _factors(node, arguments))
            case "div":
                return _times(arguments[0], _to_power(arguments[1], Fraction(-1)))
            case "pow":
                return self._power(node, arguments)
            case "piecewise":
                return self._alike(node, arguments[::2] if len(arguments) % 2 else arguments[:-1:2])
        return self._operation(node, arguments)

    def _operation(self, node: Expression, arguments: Sequence[Finding]) -> Finding:
        if node.op == "add" or node.op in EXTREMA:
            return self._alike(node, arguments)
        if node.op in RELATIONS:
            self._alike(node, arguments)
            return PURE
        if node.op in LOGICAL:
            return PURE
        if node.op == "abs":
            return arguments[0]
        if node.op in _ROUNDING:
            # A count is a bare number as one in the text is: 1*floor(x) and floor(x) are one expression.
            return NUMBER if arguments[0].unit == DIMENSIONLESS else arguments[0]
        if node.op == DELAY:
            return self._delayed(node, *arguments)
        if node.op in UNARY:
            self._require_pure(node, arguments[0])
            return PURE
        return Finding(None, lacking=f"{node.op}()")

    def _delayed(self, node: Expression, value: Finding, lag: Finding) -> Finding:
        """The unit of the value; the lag is a time."""
        time, found = self._time, lag.certain_unit
        if time is not None and found is not None and not found.is_same_as(time):
            self._clashes.append(Clash(node, found, time))
        return value

    def _power(self, node: Expression, arguments: Sequence[Finding]) -> Finding:
        base, above = arguments
        self._require_pure(node, above)
        if base.unit == DIMENSIONLESS:
            return base
        exponent = self.exponent(node.args[1])
        if exponent is None:
            return Finding(None, lacking="a power whose exponent changes")
        return _to_power(base, exponent)

    def _require_pure(self, node: Expression, argument: Finding) -> None:
        unit = argument.certain_unit
        if unit is not None and not unit.is_same_as(DIMENSIONLESS):
            self._clashes.append(Clash(node, unit, DIMENSIONLESS))

    def _alike(self, node: Expression, arguments: Iterable[Finding]) -> Finding:
        """The unit of what must all have one unit; only certain units can clash."""
        arguments = list(arguments)
        certain = [finding for finding in arguments if finding.certain_unit is not None]
        if certain:
            first = certain[0].unit
            assert first is not None
            for other in certain[1:]:
                if other.unit is not None and not other.unit.is_same_as(first):
                    self._clashes.append(Clash(node, other.unit, first))
                    break
            return certain[0]
        unknown = next((finding for finding in arguments if finding.unit is None), None)
        if unknown is not None:
            return unknown
        scaled = (finding for finding in arguments if finding.unit != DIMENSIONLESS)
        return next(scaled, arguments[0])


def _declared(unit: Unit | None, name: str) -> Finding:
    return Finding(unit, lacking="" if unit is not None else name)


def _factors(node: Expression, arguments: Sequence[Finding]) -> Sequence[Finding]:
    """The factors of a product; a sign is no number that could carry a unit."""
    return arguments[1:] if node.args[0] is MINUS_ONE else arguments


def _times(left: Finding, right: Finding) -> Finding:
    if left.unit is None or right.unit is None:
        return left if left.unit is None else right
    return Finding(left.unit * right.unit, left.is_certain and right.is_certain)


def _to_power(base: Finding, exponent: Fraction) -> Finding:
    return base if base.unit is None else Finding(base.unit**exponent, base.is_certain)


def _knows_time(node: Expression) -> bool:
    return any(below.op in ("time", DELAY) for below in postorder([node]))
