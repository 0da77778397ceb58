"""The slow manifold of a planar system ε x' = g(y, x), y' = f(y, x), as a series in ε."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from isthmus.algebra.differentiate import differentiate
from isthmus.algebra.expression import ZERO, Expression, add, div, mul, negate, number, power, symbol
from isthmus.algebra.substitute import substitute
from isthmus.errors import UsageError

_EPSILON = symbol("slow manifold: epsilon")


def slow_manifold(
    slow: Expression, fast: Expression, y: Expression, x: Expression, leading: Expression, order: int
) -> tuple[Expression, ...]:
    """Return h₀, …, h_order with x = Σ εⁱ hᵢ(y), from the invariance equation ε h'(y) f(y, h) = g(y, h).

    slow: f. fast: g. leading: h₀, a root of g(y, x) = 0 written in y. Each hₙ is the ε-coefficient of order n
    of what is left over, divided by ∂g/∂x at h₀. Holds when ∂g/∂x < 0 there (the manifold attracts);
    truncated after hₙ the error is O(εⁿ⁺¹) outside the initial layer. Source: Fenichel 1979; Heineken,
    Tsuchiya and Aris 1967.
    """
    if order < 0:
        raise UsageError("E-MANIFOLD-ORDER", f"order {order}", needed="0 or more")
    stability = substitute([differentiate(fast, x)], {x: leading})[0]
    if stability is ZERO:
        raise UsageError(
            "E-NOT-HYPERBOLIC",
            "∂g/∂x vanishes on the critical manifold",
            needed="a fast variable that relaxes",
        )
    coefficients = [leading]
    for n in range(1, order + 1):
        left_over = invariance_residual(slow, fast, y, x, coefficients, _EPSILON)
        for _ in range(n):
            left_over = differentiate(left_over, _EPSILON)
        at_zero = substitute([left_over], {_EPSILON: ZERO})[0]
        coefficients.append(div(mul(number(Fraction(1, factorial(n))), at_zero), stability))
    return tuple(coefficients)


def invariance_residual(
    slow: Expression,
    fast: Expression,
    y: Expression,
    x: Expression,
    coefficients: list[Expression] | tuple[Expression, ...],
    epsilon: Expression,
) -> Expression:
    """Return ε h'(y) f(y, h) − g(y, h) for the truncated series h.

    Zero on an invariant manifold, O(εⁿ⁺¹) after hₙ.
    """
    manifold = add(*(mul(power(epsilon, number(i)), h) for i, h in enumerate(coefficients)))
    f, g = substitute([slow, fast], {x: manifold})
    return add(mul(epsilon, differentiate(manifold, y), f), negate(g))
