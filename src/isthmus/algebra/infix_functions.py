"""The functions and constants that a formula may name, and how each becomes expressions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from isthmus.algebra.expression import (
    FALSE,
    LOGICAL,
    MINUS_ONE,
    ONE,
    RELATIONS,
    TIME_NODE,
    TRUE,
    UNARY,
    Expression,
    add,
    call,
    delay,
    div,
    mul,
    negate,
    number,
    power,
    square_root,
)

MANY: Final = 10_000

CONSTANTS: Final[dict[str, Expression]] = {
    "time": TIME_NODE,
    "pi": number(math.pi),
    "exponentiale": number(math.e),
    "avogadro": number("6.02214179e23"),
    "inf": number(math.inf),
    "infinity": number(math.inf),
    "nan": number(math.nan),
    "notanumber": number(math.nan),
    "true": TRUE,
    "false": FALSE,
}


@dataclass(frozen=True, slots=True)
class Function:
    """A named function: how many arguments it takes, of which sort, and the expression it stands for."""

    build: Callable[..., Expression]
    fewest: int
    most: int
    sort: str = "number"

    def wants(self, position: int) -> str:
        """The sort of the argument at this position: "number", "condition" or "any"."""
        if self.sort == "piecewise":
            return "condition" if position % 2 == 1 else "any"
        return self.sort

    def arity(self) -> str:
        """The number of arguments in words."""
        if self.most >= MANY:
            return f"{self.fewest} or more arguments"
        if self.fewest == self.most:
            return f"{self.fewest} argument{'s' if self.fewest != 1 else ''}"
        return f"{self.fewest} to {self.most} arguments"


def _operation(op: str) -> Callable[..., Expression]:
    return lambda *args: call(op, *args)


def _reciprocal_of(op: str) -> Callable[..., Expression]:
    return lambda x: div(ONE, call(op, x))


def _of_reciprocal(op: str) -> Callable[..., Expression]:
    return lambda x: call(op, div(ONE, x))


def _logarithm(*args: Expression) -> Expression:
    return call("log10", args[0]) if len(args) == 1 else div(call("ln", args[1]), call("ln", args[0]))


def _root(*args: Expression) -> Expression:
    return square_root(args[0]) if len(args) == 1 else power(args[1], div(ONE, args[0]))


def _subtract(*args: Expression) -> Expression:
    return negate(args[0]) if len(args) == 1 else add(args[0], negate(args[1]))


def _truncated(quotient: Expression) -> Expression:
    towards_zero = call("ge", quotient, number(0))
    return call("piecewise", call("floor", quotient), towards_zero, call("ceil", quotient))


def _remainder(dividend: Expression, divisor: Expression) -> Expression:
    return add(dividend, mul(MINUS_ONE, divisor, _truncated(div(dividend, divisor))))


def _unequal(left: Expression, right: Expression) -> Expression:
    return call("ne", left, right)


def _functions() -> dict[str, Function]:
    table = {op: Function(_operation(op), 1, 1) for op in UNARY}
    for op, sort in [(op, "number") for op in RELATIONS] + [(op, "condition") for op in LOGICAL]:
        table[op] = Function(_operation(op), 2, 2, sort)
    for op in ("and", "or", "xor"):
        table[op] = Function(_operation(op), 0, MANY, "condition")
    table["not"] = Function(_operation("not"), 1, 1, "condition")
    table["eq"] = Function(_operation("eq"), 2, 2, "any")
    table["ne"] = table["neq"] = Function(_unequal, 2, 2, "any")
    table["leq"], table["geq"] = table["le"], table["ge"]
    for op in ("min", "max"):
        table[op] = Function(_operation(op), 1, MANY)
    table["plus"] = Function(add, 0, MANY)
    table["times"] = Function(mul, 0, MANY)
    table["minus"] = Function(_subtract, 1, 2)
    table["divide"] = Function(div, 2, 2)
    table["pow"] = table["power"] = Function(power, 2, 2)
    table["sqr"] = Function(lambda x: power(x, number(2)), 1, 1)
    table["sqrt"] = Function(square_root, 1, 1)
    table["root"] = Function(_root, 1, 2)
    table["log"] = Function(_logarithm, 1, 2)
    table["ceiling"] = table["ceil"]
    table["rem"] = Function(_remainder, 2, 2)
    table["quotient"] = Function(lambda a, b: _truncated(div(a, b)), 2, 2)
    table["delay"] = Function(delay, 2, 2)
    table["piecewise"] = Function(_operation("piecewise"), 2, MANY, "piecewise")
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh"):
        table[f"arc{name}"] = table[f"a{name}"]
    for name, op in (("sec", "cos"), ("csc", "sin"), ("cot", "tan")):
        for tail in ("", "h"):
            table[name + tail] = Function(_reciprocal_of(op + tail), 1, 1)
            table[f"a{name}{tail}"] = table[f"arc{name}{tail}"] = Function(
                _of_reciprocal(f"a{op}{tail}"), 1, 1
            )
    return table


FUNCTIONS: Final[dict[str, Function]] = _functions()


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way of writing formulas.

    converts: truth values and numbers stand for each other (true is 1, what is not 0 is true).
    and_is_or: `&&` and `||` bind equally tightly, from left to right.
    """

    functions: Mapping[str, Function]
    constants: Mapping[str, Expression]
    converts: bool = False
    and_is_or: bool = False


def _sign(x: Expression) -> Expression:
    zero = number(0)
    return call("piecewise", ONE, call("gt", x, zero), MINUS_ONE, call("lt", x, zero), zero)


def _natural_logarithm(*args: Expression) -> Expression:
    return call("ln", args[0]) if len(args) == 1 else div(call("ln", args[0]), call("ln", args[1]))


def _petab_functions() -> dict[str, Function]:
    table = dict(FUNCTIONS)
    del table["delay"]
    table["log"] = Function(_natural_logarithm, 1, 2)
    table["log2"] = Function(lambda x: div(call("ln", x), call("ln", number(2))), 1, 1)
    table["sign"] = Function(_sign, 1, 1)
    return table


SBML: Final = Dialect(FUNCTIONS, CONSTANTS)
"""SBML Level 3 formulas and Antimony: `log` is the decimal logarithm and `log(b, x)` has base b."""

PETAB: Final = Dialect(
    _petab_functions(), {name: CONSTANTS[name] for name in ("time", "inf", "true", "false")}, True, True
)
"""PEtab's mathematics: `log` is the natural logarithm and `log(x, b)` has base b."""
