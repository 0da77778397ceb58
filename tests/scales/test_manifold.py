"""The series of the slow manifold: exact where the manifold is known, and with the right orders."""

from fractions import Fraction

import pytest

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import Expression, number, symbol
from isthmus.errors import UsageError
from isthmus.scales.manifold import invariance_residual, slow_manifold

U, V, K, LAMBDA, EPSILON = map(symbol, ("u", "v", "K", "lam", "eps"))
SLOW = -U + (U + K - LAMBDA) * V
FAST = U - (U + K) * V


def value(expression: Expression, **values: Fraction) -> Fraction:
    found = evaluate([expression], values)[0]
    assert isinstance(found, Fraction)
    return found


@pytest.mark.parametrize("u", [Fraction(1, 2), Fraction(3)])
def test_enzyme_coefficients_against_their_closed_forms(u):
    k, lam = Fraction(2), Fraction(3, 4)
    h0, h1, h2 = slow_manifold(SLOW, FAST, U, V, U / (U + K), 2)
    at = {"u": u, "K": k, "lam": lam}
    assert value(h0, **at) == u / (u + k)
    assert value(h1, **at) == lam * k * u / (u + k) ** 4
    assert value(h2, **at) == lam * k * u * (2 * k * lam - 3 * lam * u - k * (u + k)) / (u + k) ** 7


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_residual_has_the_order_promised(order):
    coefficients = slow_manifold(SLOW, FAST, U, V, U / (U + K), order)
    residual = invariance_residual(SLOW, FAST, U, V, coefficients, EPSILON)
    at = {"u": Fraction(1, 2), "K": Fraction(1), "lam": Fraction(1, 2)}
    # In exact rationals the ratio of two residuals can be followed to ε = 1e-12, where only the leading order
    # is left.
    small = Fraction(1, 10**12)
    ratio = value(residual, eps=small, **at) / value(residual, eps=small / 2, **at)
    assert abs(float(ratio) - 2 ** (order + 1)) < 1e-8


def test_linear_feedback_series_of_its_root():
    a = Fraction(1, 2)
    y, x = symbol("y"), symbol("x")
    h = slow_manifold(x - y, number(1) - number(a) * y - x, y, x, number(1) - number(a) * y, 2)
    slopes = [value(c, y=Fraction(1)) - value(c, y=Fraction(0)) for c in h]
    # β = −a − a(1 + a)ε + …, from εβ² + (1 − ε)β + a = 0: β₂ = β₁ − 2β₀β₁.
    assert slopes[:2] == [-a, -a * (1 + a)]
    assert slopes[2] == slopes[1] - 2 * slopes[0] * slopes[1]


def test_a_fast_equation_with_a_quadratic_root():
    y, x = symbol("y"), symbol("x")
    # ε x' = y² − x², y' = −y: h₀ = y, h₁ = 1/2 from −y = −2 y h₁, and h₂ = −1/(8 y).
    h = slow_manifold(-y, y**2 - x**2, y, x, y, 2)
    assert value(h[1], y=Fraction(3)) == Fraction(1, 2)
    assert value(h[2], y=Fraction(3)) == Fraction(-1, 24)


def test_what_does_not_relax_is_refused():
    y, x = symbol("y"), symbol("x")
    with pytest.raises(UsageError, match="E-NOT-HYPERBOLIC"):
        slow_manifold(x, y, y, x, y, 1)
    with pytest.raises(UsageError, match="E-MANIFOLD-ORDER"):
        slow_manifold(x, y - x, y, x, y, -1)
