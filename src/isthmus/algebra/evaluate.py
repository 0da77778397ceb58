"""Plain evaluation of expressions: slow, obvious, exact where the operations are rational.

Nothing here raises on a value: a division by zero, an overflow or the logarithm of a negative number gives
what IEEE 754 and the C library give (±inf or NaN). This is the twin that compiled kernels must agree with.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from isthmus.algebra.expression import RELATIONS, Expression, postorder
from isthmus.errors import UnsupportedFeature

Value = float | Fraction | bool
Number = float | Fraction

EXACT_BITS: Final = 8192
"""An exact number that would grow longer than this becomes a float."""

_COMPARE: Final[dict[str, Callable[[Number, Number], bool]]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}


def evaluate(roots: Sequence[Expression], values: Mapping[str, Number], time: Number = 0.0) -> list[Value]:
    """Evaluate every root with the symbols' values.

    Fractions stay exact under + − × ÷, integer powers, comparisons, floor, ceil, abs, min and max; all else
    is a float. KeyError where a symbol has no value.
    """
    result: dict[Expression, Value] = {}
    for node in postorder(roots):
        match node.op:
            case "symbol":
                result[node] = values[str(node.value)]
            case "time":
                result[node] = time
            case "number" | "boolean":
                assert isinstance(node.value, Fraction | float | bool)
                result[node] = node.value
            case op:
                result[node] = apply_operation(op, [result[arg] for arg in node.args])
    return [result[root] for root in roots]


def to_float(value: Value) -> float:
    """The nearest double; what is too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def as_number(value: Value) -> Number:
    """A truth value as 1 or 0."""
    return Fraction(int(value)) if isinstance(value, bool) else value


def as_condition(value: Value) -> bool:
    """A number as a truth value: neither zero nor NaN."""
    return value if isinstance(value, bool) else bool(value == value and value != 0)


def apply_operation(op: str, args: Sequence[Value]) -> Value:
    """The value of one operation."""
    match op:
        case "piecewise":
            return _piecewise(args)
        case "and":
            return all(as_condition(a) for a in args)
        case "or":
            return any(as_condition(a) for a in args)
        case "xor":
            return sum(as_condition(a) for a in args) % 2 == 1
        case "not":
            return not as_condition(args[0])
        case "delay":
            raise UnsupportedFeature(
                "E-DELAY-ANALYSIS", "delay(…), whose value lies in the past", needed="formulas of the present"
            )
    numbers = [as_number(a) for a in args]
    if op in RELATIONS:
        compare = _COMPARE[op]
        return all(compare(a, b) for a, b in pairwise(numbers))
    return _numeric(op, numbers)


def _numeric(op: str, args: list[Number]) -> Number:
    match op:
        case "add":
            return _fold(operator.add, args)
        case "mul":
            return _fold(operator.mul, args)
        case "div":
            return divide(args[0], args[1])
        case "pow":
            return raise_power(args[0], args[1])
        case "min" | "max":
            return _extremum(op, args)
        case "abs":
            return _absolute(args[0])
        case "floor" | "ceil":
            return _rounded(math.floor if op == "floor" else math.ceil, args[0])
        case "factorial":
            return _factorial(args[0])
    function: Callable[[float], float] = _FUNCTIONS[op]
    return function(to_float(args[0]))


def _piecewise(args: Sequence[Value]) -> Value:
    for i in range(0, len(args) - 1, 2):
        if as_condition(args[i + 1]):
            return args[i]
    return args[-1] if len(args) % 2 else math.nan


def _shortened(value: Number) -> Number:
    if isinstance(value, Fraction):
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        return value if bits <= EXACT_BITS else to_float(value)
    return value


def _fold(operation: Callable[[Number, Number], Number], args: list[Number]) -> Number:
    total = args[0]
    for value in args[1:]:
        if isinstance(total, Fraction) and isinstance(value, Fraction):
            total = _shortened(operation(total, value))
        else:
            total = operation(to_float(total), to_float(value))
    return total


def divide(above: Number, below: Number) -> Number:
    """The quotient; x / 0 is ±inf, 0 / 0 is NaN."""
    if isinstance(above, Fraction) and isinstance(below, Fraction) and below != 0:
        return _shortened(above / below)
    a, b = to_float(above), to_float(below)
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def raise_power(base: Number, exponent: Number) -> Number:
    """base ^ exponent as C's pow; exact for rational ^ small integer; ^½ is the square root."""
    if isinstance(exponent, Fraction):
        if exponent == Fraction(1, 2):
            return _square_root(to_float(base))
        if isinstance(base, Fraction) and exponent.denominator == 1 and (base != 0 or exponent >= 0):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(exponent) * bits <= EXACT_BITS:
                return base ** int(exponent)
    return _float_power(to_float(base), to_float(exponent))


def _float_power(base: float, exponent: float) -> float:
    is_odd = math.isfinite(exponent) and exponent % 2 == 1
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and is_odd else math.inf
    except ValueError:
        if base == 0 and exponent < 0:
            return math.copysign(math.inf, base) if is_odd else math.inf
        return math.nan


def _square_root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _extremum(op: str, args: list[Number]) -> Number:
    best = args[0]
    for value in args[1:]:
        if best != best or value != value:
            return math.nan
        if (value < best) if op == "min" else (value > best):
            best = value
    return best


def _absolute(value: Number) -> Number:
    return math.fabs(value) if isinstance(value, float) else abs(value)


def _rounded(function: Callable[[Number], int], value: Number) -> Number:
    if isinstance(value, float):
        return float(function(value)) if math.isfinite(value) else value
    return Fraction(function(value))


def _factorial(value: Number) -> Number:
    if isinstance(value, Fraction) and value.denominator == 1 and 0 <= value <= 170:
        return Fraction(math.factorial(int(value)))
    shifted = to_float(value) + 1.0
    if shifted == 0:
        return math.copysign(math.inf, shifted)
    return _guarded(math.gamma, lambda _: math.inf)(shifted)


def _guarded(
    function: Callable[[float], float], on_overflow: Callable[[float], float]
) -> Callable[[float], float]:
    def guarded(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return on_overflow(x)
        except ValueError:
            return math.nan

    return guarded


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: -math.inf if x == 0 else _guarded(function, _infinite)(x)


def _infinite(_: float) -> float:
    return math.inf


def _signed_infinite(x: float) -> float:
    return math.copysign(math.inf, x)


def _atanh(x: float) -> float:
    return math.copysign(math.inf, x) if abs(x) == 1 else _guarded(math.atanh, _infinite)(x)


_FUNCTIONS: Final[dict[str, Callable[[float], float]]] = {
    "exp": _guarded(math.exp, _infinite),
    "ln": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "sinh": _guarded(math.sinh, _signed_infinite),
    "cosh": _guarded(math.cosh, _infinite),
    "atanh": _atanh,
    **{
        name: _guarded(getattr(math, name), _infinite)
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "tanh", "asinh", "acosh")
    },
}
