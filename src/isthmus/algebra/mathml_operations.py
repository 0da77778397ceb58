"""What the functions of MathML mean in the operations that expressions have.

Functions without a node of their own are rewritten in those that have one (sec x = 1 / cos x,
rem = a − b · quotient), n-ary relations become conjunctions. Truth values and numbers may stand for each
other, as SBML Level 3 Version 2 allows: true is 1, and x as a condition is x ≠ 0.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from isthmus.algebra.expression import (
    CONDITIONS,
    FALSE,
    HALF,
    LOGICAL,
    ONE,
    TRUE,
    ZERO,
    Expression,
    add,
    call,
    constant_value,
    div,
    mul,
    negate,
    number,
    power,
)

EULER: Final = call("exp", ONE)

_UNARY: Final = ("exp", "ln", "abs", "floor", "factorial", "not")
_CIRCULAR: Final = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
_SAME_NAME: Final = {
    **{name: name for name in (*_UNARY, *_CIRCULAR, "min", "max", "and", "or", "xor")},
    **{f"arc{name}": f"a{name}" for name in _CIRCULAR},
    "ceiling": "ceil",
}
_RELATIONS: Final = {"lt": "lt", "leq": "le", "gt": "gt", "geq": "ge", "eq": "eq", "neq": "ne"}
_ONE_OVER: Final = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
_OF_ONE_OVER: Final = {f"arc{name}": f"a{base}" for name, base in _ONE_OVER.items()}
_ANY_NUMBER: Final = ("plus", "times", "and", "or", "xor", "lt", "leq", "gt", "geq", "eq")
_TWO: Final = ("divide", "power", "quotient", "rem", "implies", "neq")


def operation(name: str, args: Sequence[Expression], qualifier: Expression | None = None) -> Expression:
    """The MathML function `name` of these arguments; qualifier: its logbase or degree.

    The name and the number of arguments must have passed `wanted_arguments`.
    """
    if name not in _BOOLEAN_ARGUMENTS:
        args = [as_value(value) for value in args]
    if name in _RELATIONS:
        return _relation(_RELATIONS[name], args)
    if name == "root":
        return power(args[0], HALF if qualifier is None else div(ONE, as_value(qualifier)))
    if name == "log":
        return call("log10", args[0]) if qualifier is None else _logarithm(as_value(qualifier), args[0])
    if name in _REWRITTEN:
        return _REWRITTEN[name](*args)
    if name in _ONE_OVER:
        return div(ONE, call(_ONE_OVER[name], args[0]))
    if name in _OF_ONE_OVER:
        return call(_OF_ONE_OVER[name], div(ONE, args[0]))
    return _same_name(_SAME_NAME[name], args)


def wanted_arguments(name: str, count: int) -> str:
    """How many arguments it wants, "" where `count` will do. Raises KeyError for an unknown name."""
    if name not in _KNOWN:
        raise KeyError(name)
    if name in ("min", "max"):
        return "" if count else "at least one argument"
    if name in _ANY_NUMBER:
        return ""
    if name == "minus":
        return "" if count in (1, 2) else "1 or 2 arguments"
    wanted = 2 if name in _TWO else 1
    return "" if count == wanted else f"{wanted} argument{'s' if wanted > 1 else ''}"


def as_condition(expression: Expression) -> Expression:
    """The truth of an expression: itself if it is a condition, x ≠ 0 if it is a number."""
    if expression.op in CONDITIONS:
        return expression
    value = constant_value(expression)
    if value is not None:
        return TRUE if value != 0 else FALSE
    if expression.op == "piecewise" and expression.args[::2] == (ONE, ZERO):
        return expression.args[1]
    return call("ne", expression, ZERO)


def as_value(expression: Expression) -> Expression:
    """The number of an expression: itself if it is one, 1 or 0 if it is a condition."""
    return call("piecewise", ONE, expression, ZERO) if expression.op in CONDITIONS else expression


def typed_call(op: str, *args: Expression) -> Expression:
    """`call`, with truth values and numbers turned into each other where the operation wants it."""
    if op in LOGICAL:
        return call(op, *map(as_condition, args))
    if op == "piecewise":
        return piecewise(args)
    if op in ("eq", "ne"):
        return _equality(op, *args)
    return call(op, *map(as_value, args))


def _equality(op: str, left: Expression, right: Expression) -> Expression:
    if left.op in CONDITIONS and right.op in CONDITIONS:
        differ = call("xor", left, right)
        return differ if op == "ne" else call("not", differ)
    if op == "ne" and right is ZERO and left.op in CONDITIONS:
        return left
    return call(op, as_value(left), as_value(right))


def piecewise(args: Sequence[Expression]) -> Expression:
    """value, condition, value, condition, …, otherwise; between truth values it is itself a condition."""
    values, conditions = args[::2], [as_condition(c) for c in args[1::2]]
    if not conditions:
        return values[0] if values else number(math.nan)
    if len(values) > len(conditions) and all(value.op in CONDITIONS for value in values):
        chosen = values[-1]
        for value, condition in zip(reversed(values[:-1]), reversed(conditions), strict=True):
            otherwise = call("and", call("not", condition), chosen)
            chosen = call("or", call("and", condition, value), otherwise)
        return chosen
    parts: list[Expression] = []
    for i, value in enumerate(values):
        parts.append(as_value(value))
        parts.extend(conditions[i : i + 1])
    return call("piecewise", *parts)


def _relation(op: str, args: Sequence[Expression]) -> Expression:
    pairs = [typed_call(op, left, right) for left, right in pairwise(args)]
    return pairs[0] if len(pairs) == 1 else call("and", *pairs) if pairs else TRUE


def _same_name(op: str, args: Sequence[Expression]) -> Expression:
    if op not in ("and", "or", "xor", "min", "max"):
        return typed_call(op, *args)
    if not args:
        return TRUE if op == "and" else FALSE
    if len(args) == 1:
        return as_condition(args[0]) if op in LOGICAL else args[0]
    if op != "xor":
        return typed_call(op, *args)
    odd = as_condition(args[0])
    for arg in args[1:]:
        odd = typed_call("xor", odd, arg)
    return odd


def _minus(first: Expression, *rest: Expression) -> Expression:
    if rest:
        return add(first, negate(rest[0]))
    if isinstance(first.value, float):
        return number(-first.value)
    return negate(first)


def _quotient(above: Expression, below: Expression) -> Expression:
    ratio = div(above, below)
    return call("piecewise", call("floor", ratio), call("ge", ratio, ZERO), call("ceil", ratio))


def _logarithm(base: Expression, argument: Expression) -> Expression:
    if base is EULER:
        return call("ln", argument)
    if constant_value(base) == 10:
        return call("log10", argument)
    return div(call("ln", argument), call("ln", base))


_BOOLEAN_ARGUMENTS: Final = ("and", "or", "not", "xor", "implies", "eq", "neq")
# The arithmetic operations, with the fewest and the most arguments that each takes.
ARITHMETIC: Final[dict[str, tuple[Callable[..., Expression], int, int]]] = {
    "plus": (add, 0, sys.maxsize),
    "times": (mul, 0, sys.maxsize),
    "minus": (_minus, 1, 2),
    "divide": (div, 2, 2),
    "power": (power, 2, 2),
}
_REWRITTEN: Final[dict[str, Callable[..., Expression]]] = {
    **{name: function for name, (function, _, _) in ARITHMETIC.items()},
    "quotient": _quotient,
    "rem": lambda above, below: add(above, negate(mul(below, _quotient(above, below)))),
    "implies": lambda left, right: typed_call("or", call("not", as_condition(left)), right),
}
_KNOWN: Final = {*_SAME_NAME, *_RELATIONS, *_ONE_OVER, *_OF_ONE_OVER, *_REWRITTEN, "root", "log"}
