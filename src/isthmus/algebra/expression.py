"""Expressions: one immutable, hash-consed graph.

Two expressions built the same way are the same object, so equality is identity and shared parts are stored
once: forty nested doublings are forty nodes, not 2^40. Numbers are exact rationals; a formula `0.1` is 1/10
until a kernel turns it into a double.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Final
from weakref import ref

NUMBER: Final = "number"
SYMBOL: Final = "symbol"
TIME: Final = "time"
BOOLEAN: Final = "boolean"

ARITHMETIC: Final = frozenset({"add", "mul", "div", "pow"})
_PLAIN: Final = ("exp", "ln", "log10", "abs", "floor", "ceil", "factorial")
_CIRCULAR: Final = ("sin", "cos", "tan", "asin", "acos", "atan")
_HYPERBOLIC: Final = ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
UNARY: Final = frozenset((*_PLAIN, *_CIRCULAR, *_HYPERBOLIC))
EXTREMA: Final = frozenset({"min", "max"})
RELATIONS: Final = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
LOGICAL: Final = frozenset({"and", "or", "not", "xor"})
CONDITIONAL: Final = frozenset({"piecewise"})
CONDITIONS: Final = RELATIONS | LOGICAL | {BOOLEAN}
DELAY: Final = "delay"
OPERATIONS: Final = ARITHMETIC | UNARY | EXTREMA | RELATIONS | LOGICAL | CONDITIONAL | {DELAY}

_EXACT_BITS: Final = 4096


class Expression:
    """A node: an operation with arguments, or a leaf with a value.

    op: "number" (value: Fraction, or a float that is not finite), "symbol" (value: its name), "time",
    "boolean" (value: bool), or one of `OPERATIONS`. "add" and "mul" take any number of arguments; "piecewise"
    takes value, condition, value, condition, … and an odd last argument as the otherwise branch; "delay" is
    its first argument so long ago as the second says. Build nodes with the functions of this module, never
    directly.
    """

    __slots__ = ("__weakref__", "args", "op", "value")

    op: str
    args: tuple[Expression, ...]
    value: Fraction | float | str | bool | None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Expression is immutable: cannot set {name}")

    def __reduce__(self) -> tuple[object, ...]:
        from isthmus.algebra.flat_graph import flatten_graph, rebuild

        return rebuild, (flatten_graph([self]),)

    def __repr__(self) -> str:
        if not self.args:
            return f"{self.op}({self.value})"
        return f"{self.op}<{len(self.args)}>"

    def __add__(self, other: Operand) -> Expression:
        return add(self, as_expression(other))

    def __radd__(self, other: Operand) -> Expression:
        return add(as_expression(other), self)

    def __sub__(self, other: Operand) -> Expression:
        return add(self, negate(as_expression(other)))

    def __rsub__(self, other: Operand) -> Expression:
        return add(as_expression(other), negate(self))

    def __mul__(self, other: Operand) -> Expression:
        return mul(self, as_expression(other))

    def __rmul__(self, other: Operand) -> Expression:
        return mul(as_expression(other), self)

    def __truediv__(self, other: Operand) -> Expression:
        return div(self, as_expression(other))

    def __rtruediv__(self, other: Operand) -> Expression:
        return div(as_expression(other), self)

    def __pow__(self, other: Operand) -> Expression:
        return power(self, as_expression(other))

    def __neg__(self) -> Expression:
        return negate(self)


Operand = Expression | Fraction | int | float


class _Entry(ref[Expression]):
    """A weak reference to a node that knows the node's key; a weak dictionary of Python's is far slower."""

    __slots__ = ("key",)

    key: tuple[object, ...]


_interned: Final[dict[tuple[object, ...], _Entry]] = {}
_set_op: Final = Expression.__dict__["op"].__set__
_set_args: Final = Expression.__dict__["args"].__set__
_set_value: Final = Expression.__dict__["value"].__set__


def _forget(entry: _Entry) -> None:
    if _interned.get(entry.key) is entry:
        del _interned[entry.key]


def _node(
    key: tuple[object, ...],
    op: str,
    args: tuple[Expression, ...],
    value: Fraction | float | str | bool | None,
) -> Expression:
    """The node of that key, made where there is none."""
    entry = _interned.get(key)
    node = None if entry is None else entry()
    if node is None:
        node = object.__new__(Expression)
        _set_op(node, op)
        _set_args(node, args)
        _set_value(node, value)
        entry = _Entry(node, _forget)
        entry.key = key
        _interned[key] = entry
    return node


def intern(op: str, args: tuple[Expression, ...]) -> Expression:
    """The one node of an operation, as it stands: nothing is simplified."""
    return _node((op, *map(id, args)), op, args, None)


def _rational(value: Fraction) -> Expression:
    # By numerator and denominator: the hash of a fraction costs more than all the rest.
    return _node((NUMBER, value.numerator, value.denominator), NUMBER, (), value)


@lru_cache(maxsize=4096)
def _written_number(value: int | str) -> Expression:
    return _rational(Fraction(value))


def number(value: Fraction | int | float | str) -> Expression:
    """An exact number; a float is its shortest decimal (0.1 is 1/10), infinities and NaN stay floats."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return _node((NUMBER, repr(value)), NUMBER, (), value)
        return _rational(Fraction(repr(value)))
    return _written_number(value) if isinstance(value, int | str) else _rational(value)


def symbol(name: str) -> Expression:
    """A named quantity."""
    return _node((SYMBOL, name), SYMBOL, (), name)


def truth(value: bool) -> Expression:
    """The node that is true, or false."""
    return _node((BOOLEAN, value), BOOLEAN, (), value)


TIME_NODE: Final = intern(TIME, ())
TRUE: Final = truth(True)
FALSE: Final = truth(False)
ZERO: Final = number(0)
ONE: Final = number(1)
MINUS_ONE: Final = number(-1)
HALF: Final = number(Fraction(1, 2))


def as_expression(value: Operand) -> Expression:
    """The expression itself, or a number as one."""
    return value if isinstance(value, Expression) else number(value)


def constant_value(expression: Expression) -> Fraction | None:
    """The exact value of a finite number node, else None."""
    value = expression.value
    return value if expression.op == NUMBER and isinstance(value, Fraction) else None


def _small(value: Fraction | int) -> bool:
    return value.numerator.bit_length() <= _EXACT_BITS and value.denominator.bit_length() <= _EXACT_BITS


def split_coefficient(expression: Expression) -> tuple[Fraction | int, Expression]:
    """(c, rest) with expression = c · rest and c rational."""
    value = constant_value(expression)
    if value is not None:
        return value, ONE
    if expression.op == "mul":
        leading = constant_value(expression.args[0])
        if leading is not None:
            rest = expression.args[1:]
            return leading, rest[0] if len(rest) == 1 else intern("mul", rest)
    return 1, expression


def add(*terms: Expression) -> Expression:
    """The sum, flattened, with like terms collected: a + a is 2 a, a − a is 0."""
    # By the factors of each; most terms of large networks are alone, and stay the nodes that they are.
    coefficients: dict[tuple[Expression, ...], Fraction | int] = {}
    alone: dict[tuple[Expression, ...], Expression] = {}
    for term in _flat("add", terms):
        coefficient, factors = _coefficient_and_factors(term)
        before = coefficients.get(factors)
        if before is None:
            coefficients[factors], alone[factors] = coefficient, term
        else:
            coefficients[factors] = before + coefficient
            alone.pop(factors, None)
    constant = coefficients.pop((), 0)
    kept = [alone[f] if f in alone else _times(c, f) for f, c in coefficients.items() if c]
    if constant:
        kept.append(number(constant))
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else intern("add", tuple(kept))


def _coefficient_and_factors(term: Expression) -> tuple[Fraction | int, tuple[Expression, ...]]:
    """(c, factors) with term = c · Π factors and c rational."""
    args = term.args
    if term.op == "mul":
        leading = constant_value(args[0])
        return (1, args) if leading is None else (leading, args[1:])
    value = constant_value(term)
    return (1, (term,)) if value is None else (value, ())


def _times(coefficient: Fraction | int, factors: tuple[Expression, ...]) -> Expression:
    if coefficient == 1:
        return factors[0] if len(factors) == 1 else intern("mul", factors)
    return intern("mul", (number(coefficient), *factors))


def mul(*factors: Expression) -> Expression:
    """The product, flattened: the rational factor in front, equal factors as integer powers; 0 · x is 0."""
    if len(factors) > 1 and _are_distinct_symbols(factors):
        return intern("mul", factors)
    coefficient: Fraction | int = 1
    exponents: dict[Expression, int] = {}
    for factor in _flat("mul", factors):
        op = factor.op
        if op == NUMBER:
            value = constant_value(factor)
            product = None if value is None else value if coefficient == 1 else coefficient * value
            if product is not None and _small(product):
                coefficient = product
                continue
        base, exponent = _integer_power(factor) if op == "pow" else (factor, 1)
        exponents[base] = exponents.get(base, 0) + exponent
    if coefficient == 0:
        return ZERO
    kept = [base if exponent == 1 else power(base, number(exponent)) for base, exponent in exponents.items()]
    if not kept:
        return number(coefficient)
    if coefficient == 1:
        return kept[0] if len(kept) == 1 else intern("mul", tuple(kept))
    return intern("mul", (number(coefficient), *kept))


def _are_distinct_symbols(factors: tuple[Expression, ...]) -> bool:
    """Whether there is nothing to flatten or to collect: so it is for most products of large networks."""
    for factor in factors:
        if factor.op != SYMBOL:
            return False
    return len(set(factors)) == len(factors)


def _integer_power(factor: Expression) -> tuple[Expression, int]:
    """(base, exponent) of a power."""
    base, above = factor.args
    exponent = constant_value(above)
    if exponent is not None and exponent.denominator == 1 and exponent > 0:
        return base, int(exponent)
    return factor, 1


def _flat(op: str, args: Iterable[Expression]) -> list[Expression]:
    flat: list[Expression] = []
    for arg in args:
        if arg.op == op:
            flat += arg.args
        else:
            flat.append(arg)
    return flat


def negate(expression: Expression) -> Expression:
    """−x."""
    if expression.op == "mul" and _are_distinct_symbols(expression.args):
        return intern("mul", (MINUS_ONE, *expression.args))
    return mul(MINUS_ONE, expression)


def div(numerator: Expression, denominator: Expression) -> Expression:
    """The quotient; a rational divisor becomes a rational factor.

    x / x is kept: it is not a number where x = 0.
    """
    below = constant_value(denominator)
    if below is not None and below != 0:
        return mul(number(1 / below), numerator)
    if numerator is ZERO:
        return ZERO
    coefficient, rest = split_coefficient(numerator)
    if coefficient != 1 and rest is not ONE:
        return mul(number(coefficient), intern("div", (rest, denominator)))
    return intern("div", (numerator, denominator))


def power(base: Expression, exponent: Expression) -> Expression:
    """base ^ exponent; exact where both are rational and the exponent is a small integer."""
    above = constant_value(exponent)
    if above is not None:
        if above == 0:
            return ONE
        if above == 1:
            return base
        below = constant_value(base)
        if below is not None and above.denominator == 1 and abs(above) <= 64 and (below != 0 or above > 0):
            value = below ** int(above)
            if _small(value):
                return number(value)
    return intern("pow", (base, exponent))


def square_root(expression: Expression) -> Expression:
    """x ^ ½."""
    return power(expression, HALF)


def delay(expression: Expression, lag: Expression) -> Expression:
    """The expression as it was a lag ago; what is always the same is the same then."""
    return expression if lag is ZERO or expression.op == NUMBER else intern(DELAY, (expression, lag))


def call(op: str, *args: Expression) -> Expression:
    """Any operation by name; arithmetic is normalised, the rest is kept as written."""
    match op:
        case "add":
            return add(*args)
        case "mul":
            return mul(*args)
        case "div":
            return div(*args)
        case "pow":
            return power(*args)
        case "delay":
            return delay(*args)
    if op not in OPERATIONS:
        raise ValueError(f"unknown operation {op!r}")
    return intern(op, args)


def postorder(roots: Iterable[Expression]) -> list[Expression]:
    """Every node under the roots once, arguments before their users; no recursion, so depth is no limit."""
    order: list[Expression] = []
    seen: set[Expression] = set()
    # None stands above a node whose arguments have been dealt with.
    stack: list[Expression | None] = [*roots]
    stack.reverse()
    while stack:
        node = stack.pop()
        if node is None:
            node = stack.pop()
            assert node is not None
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if node.args:
                stack += (node, None, *node.args[::-1])
            else:
                order.append(node)
    return order


def has_operation(operations: Container[str], roots: Iterable[Expression]) -> bool:
    """Whether a node of one of these operations is among the roots or under them."""
    seen: set[Expression] = set()
    stack = [*roots]
    while stack:
        node = stack.pop()
        if node.args and node not in seen:
            if node.op in operations:
                return True
            seen.add(node)
            stack += node.args
    return False


def symbols_in(roots: Iterable[Expression]) -> list[Expression]:
    """All symbols under the roots, in the order of `postorder`."""
    found: list[Expression] = []
    seen: set[Expression] = set()
    stack = [*roots]
    stack.reverse()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.args:
                stack += node.args[::-1]
            elif node.op == SYMBOL:
                found.append(node)
    return found


def free_symbols(*roots: Expression) -> set[str]:
    """Names of all symbols under the roots."""
    return {str(node.value) for node in symbols_in(roots)}
