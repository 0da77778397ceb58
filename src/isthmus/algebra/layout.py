"""How a person writes a formula.

One fraction bar, minus signs instead of −1 ·, short decimals, parameters before species.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import (
    ONE,
    SYMBOL,
    Expression,
    call,
    constant_value,
    mul,
    negate,
    number,
    postorder,
    power,
    split_coefficient,
    symbol,
)

Rank = Callable[[str], int]
_SMALL_DENOMINATORS: Final = frozenset({2, 3, 4, 6, 7, 8, 9, 12})
_WORTH_A_NAME: Final = 4


def split_quotient(expression: Expression) -> tuple[Fraction, list[Expression], list[Expression]]:
    """(c, above, below) with expression = c · ∏above / ∏below; nested quotients are unfolded."""
    coefficient = Fraction(1)
    above: list[Expression] = []
    below: list[Expression] = []
    stack = [(expression, False)]
    while stack:
        node, inverted = stack.pop()
        value = constant_value(node)
        if value is not None and (value != 0 or not inverted):
            coefficient = coefficient / value if inverted else coefficient * value
        elif node.op == "mul":
            stack.extend((arg, inverted) for arg in reversed(node.args))
        elif node.op == "div":
            stack.append((node.args[1], not inverted))
            stack.append((node.args[0], inverted))
        else:
            exponent = constant_value(node.args[1]) if node.op == "pow" else None
            if exponent is not None and exponent < 0:
                node, inverted = power(node.args[0], number(-exponent)), not inverted
            (below if inverted else above).append(node)
    return coefficient, above, below


def split_signs(expression: Expression) -> list[tuple[bool, Expression]]:
    """The terms of a sum as (is negative, term without its sign)."""
    terms = []
    for term in expression.args if expression.op == "add" else (expression,):
        negative = split_coefficient(term)[0] < 0
        terms.append((negative, negate(term) if negative else term))
    return terms


def decimal_text(value: Fraction) -> str | None:
    """The shortest decimal that is exactly this number, None where there is no short one."""
    if value.denominator == 1 and abs(value.numerator) < 10**15:
        return str(value.numerator)
    try:
        text = repr(float(value))
    except OverflowError:
        return None
    if text in ("inf", "-inf") or Fraction(text) != value:
        return None
    mantissa, e, exponent = text.partition("e")
    if not e:
        return mantissa.removesuffix(".0")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def coefficient_parts(value: Fraction) -> tuple[Fraction, Fraction]:
    """(above, below) for a rational factor.

    2/3 goes over the bar as 2 and under it as 3, 1/10 stays a decimal.
    """
    if value.denominator in _SMALL_DENOMINATORS or decimal_text(value) is None:
        return Fraction(value.numerator), Fraction(value.denominator)
    return value, Fraction(1)


def make_order(
    roots: Iterable[Expression], rank: Rank | None
) -> Callable[[Sequence[Expression]], list[Expression]]:
    """A stable sort of factors or terms by the highest rank among their symbols.

    As given when there is no rank.
    """
    if rank is None:
        return list
    highest: dict[Expression, int] = {}

    def key(expression: Expression) -> int:
        if expression not in highest:
            for node in postorder([expression]):
                if node not in highest:
                    own = rank(str(node.value)) if node.op == SYMBOL else -1
                    highest[node] = max([own, *(highest[arg] for arg in node.args)])
        return highest[expression]

    for root in roots:
        key(root)
    return lambda expressions: sorted(expressions, key=key)


def tree_size(roots: Iterable[Expression]) -> int:
    """Number of nodes when nothing is shared: what a text without names would have to write."""
    roots = list(roots)
    size: dict[Expression, int] = {}
    for node in postorder(roots):
        size[node] = 1 + sum(size[arg] for arg in node.args)
    return sum(size[root] for root in roots)


def name_shared(
    roots: Sequence[Expression], taken: Iterable[str], prefix: str = "t"
) -> tuple[dict[str, Expression], list[Expression]]:
    """(definitions, roots) in which every subexpression that occurs more than once has a name.

    Definitions in order of use.
    """
    order = postorder(roots)
    uses: dict[Expression, int] = dict.fromkeys(order, 0)
    for node in order:
        for arg in node.args:
            uses[arg] += 1
    taken = set(taken) | {str(node.value) for node in order if node.op == SYMBOL}
    definitions: dict[str, Expression] = {}
    written: dict[Expression, Expression] = {}
    size: dict[Expression, int] = {}
    counter = 0
    for node in order:
        renamed = _with_arguments(node, written)
        size[node] = 1 + sum(size[arg] for arg in node.args)
        if uses[node] > 1 and size[node] >= _WORTH_A_NAME:
            counter += 1
            while f"{prefix}{counter}" in taken:
                counter += 1
            definitions[f"{prefix}{counter}"] = renamed
            renamed = symbol(f"{prefix}{counter}")
            size[node] = 1
        written[node] = renamed
    return definitions, [written[root] for root in roots]


def _with_arguments(node: Expression, written: Mapping[Expression, Expression]) -> Expression:
    args = tuple(written[arg] for arg in node.args)
    return node if args == node.args else call(node.op, *args)


def product(factors: Sequence[Expression]) -> Expression:
    """The product of the factors; 1 of none."""
    return mul(*factors) if factors else ONE
