"""An expression as a polynomial in chosen variables, its coefficients left as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from isthmus.algebra.expression import ONE, ZERO, Expression, add, constant_value, div, mul, postorder
from isthmus.algebra.polynomial import TooLarge

MONOMIAL_LIMIT: Final = 2_000

Powers = tuple[int, ...]
Collected = dict[Powers, Expression]


def collect_all(
    expression: Expression, variables: Sequence[Expression], limit: int = MONOMIAL_LIMIT
) -> Collected | None:
    """Exponents of the variables → coefficient, free of the variables.

    None where it is not a polynomial in them.

    Coefficients that vanish only after expansion are kept. Raises TooLarge beyond `limit` monomials.
    """
    position = {variable: i for i, variable in enumerate(variables)}
    none = (0,) * len(variables)
    parts: dict[Expression, Collected | None] = {}
    constants: set[Expression] = set()
    for node in postorder([expression]):
        if node in position:
            powers = tuple(int(i == position[node]) for i in range(len(variables)))
            parts[node] = {powers: ONE}
        elif all(arg in constants for arg in node.args):
            constants.add(node)
            parts[node] = {none: node} if node is not ZERO else {}
        else:
            parts[node] = _combined(node, [parts[arg] for arg in node.args], constants, limit)
    return parts[expression]


def _combined(
    node: Expression, args: Sequence[Collected | None], constants: set[Expression], limit: int
) -> Collected | None:
    if node.op == "pow":
        exponent = constant_value(node.args[1])
        if args[0] is None or exponent is None or exponent.denominator != 1 or exponent < 0:
            return None
        if exponent > 64:
            raise TooLarge(f"a power of {exponent}")
        return _product([args[0]] * int(exponent), limit)
    if any(arg is None for arg in args):
        return None
    known = [arg for arg in args if arg is not None]
    if node.op == "add":
        return _sum(known, limit)
    if node.op == "mul":
        return _product(known, limit)
    if node.op == "div" and node.args[1] in constants:
        return {powers: div(coefficient, node.args[1]) for powers, coefficient in known[0].items()}
    return None


def _sum(terms: Sequence[Collected], limit: int) -> Collected:
    gathered: dict[Powers, list[Expression]] = {}
    for term in terms:
        for powers, coefficient in term.items():
            gathered.setdefault(powers, []).append(coefficient)
    return _added(gathered, limit)


def _product(factors: Sequence[Collected], limit: int) -> Collected:
    result = factors[0]
    for factor in factors[1:]:
        gathered: dict[Powers, list[Expression]] = {}
        for powers, coefficient in result.items():
            for others, other in factor.items():
                key = tuple(a + b for a, b in zip(powers, others, strict=True))
                gathered.setdefault(key, []).append(mul(coefficient, other))
        result = _added(gathered, limit)
    return result


def _added(gathered: dict[Powers, list[Expression]], limit: int) -> Collected:
    if len(gathered) > limit:
        raise TooLarge(f"more than {limit} monomials")
    sums = {powers: add(*terms) for powers, terms in gathered.items()}
    return {powers: value for powers, value in sums.items() if value is not ZERO}
