"""Michaelis–Menten and its two reductions, thousands of conditions at once, with numpy alone.

S + E ⇌ C → E + P from S(0) = S0, E(0) = E0, C(0) = P(0) = 0. In S̄ = S + C = S0 − P the full model is
S̄′ = −k₂C, C′ = k₁(E0 − C)(S̄ − C) − (k₋₁ + k₂)C; the reductions are scalar. A condition is a row (k₁, k₋₁,
k₂, E0, S0).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATES = (1.0, 0.5, 0.25)
SUBSTRATE = 10.0


def nominal(enzyme: float) -> Floats:
    """(k₁, k₋₁, k₂, E0, S0) as the project states them."""
    return np.array([*RATES, enzyme, SUBSTRATE])


def half_to_twice(enzyme: float, n: int, generator: np.random.Generator) -> Floats:
    """(n, 5) conditions, each number log-uniform from half to twice its nominal value."""
    return nominal(enzyme) * 2.0 ** generator.uniform(-1.0, 1.0, (n, 5))


def mesh(end: float, steps: int) -> Floats:
    """0 and then geometric from end/10⁵, so that the layer and the depletion are both resolved."""
    return np.concatenate(([0.0], np.geomspace(1e-5 * end, end, steps)))


def full_product(conditions: Floats, times: Floats) -> Floats:
    """P of the full model, (times × conditions)."""
    k1, km1, k2, enzyme, substrate = conditions.T

    def slope(y: Floats) -> Floats:
        return np.array([-k2 * y[1], k1 * (enzyme - y[1]) * (y[0] - y[1]) - (km1 + k2) * y[1]])

    def make_solve(y: Floats, shift: float) -> Callable[[Floats], Floats]:
        c = -k1 * (enzyme - y[1])
        d = shift + k1 * (enzyme + y[0] - 2.0 * y[1]) + km1 + k2
        determinant = shift * d - k2 * c
        return lambda r: np.array([d * r[0] - k2 * r[1], shift * r[1] - c * r[0]]) / determinant

    start = np.array([substrate, np.zeros_like(substrate)])
    return substrate - _rosenbrock(slope, make_solve, start, times)[:, 0]


def total_product(conditions: Floats, times: Floats) -> Floats:
    """P of the total QSSA: S̄′ = −k₂C, C the smaller root of C² − (E0 + K_M + S̄)C + E0 S̄ = 0."""
    k1, km1, k2, enzyme, substrate = conditions.T
    half_saturation = (km1 + k2) / k1

    def complex_and_slope(total: Floats) -> tuple[Floats, Floats]:
        b = enzyme + half_saturation + total
        root = np.sqrt(b * b - 4.0 * enzyme * total)
        return 2.0 * enzyme * total / (b + root), 0.5 * (1.0 - (b - 2.0 * enzyme) / root)

    return _scalar(complex_and_slope, k2, substrate, times)


def first_order_product(conditions: Floats, times: Floats) -> Floats:
    """P of the total QSSA in its first-order form, C = E0 S̄/(E0 + K_M + S̄)."""
    k1, km1, k2, enzyme, substrate = conditions.T
    constant = enzyme + (km1 + k2) / k1

    def complex_and_slope(total: Floats) -> tuple[Floats, Floats]:
        return enzyme * total / (constant + total), enzyme * constant / (constant + total) ** 2

    return _scalar(complex_and_slope, k2, substrate, times)


def standard_product(conditions: Floats, times: Floats) -> Floats:
    """P of the sQSSA, P = S0 − S with S′ = −k₂E0 S/(K_M + S)."""
    k1, km1, k2, enzyme, substrate = conditions.T
    constant = (km1 + k2) / k1

    def complex_and_slope(free: Floats) -> tuple[Floats, Floats]:
        return enzyme * free / (constant + free), enzyme * constant / (constant + free) ** 2

    return _scalar(complex_and_slope, k2, substrate, times)


def _scalar(
    complex_and_slope: Callable[[Floats], tuple[Floats, Floats]], k2: Floats, start: Floats, times: Floats
) -> Floats:
    def make_solve(y: Floats, shift: float) -> Callable[[Floats], Floats]:
        matrix = shift + k2 * complex_and_slope(y)[1]
        return lambda r: r / matrix

    return start - _rosenbrock(lambda y: -k2 * complex_and_slope(y)[0], make_solve, start, times)


def _rosenbrock(
    slope: Callable[[Floats], Floats],
    make_solve: Callable[[Floats, float], Callable[[Floats], Floats]],
    start: Floats,
    times: Floats,
) -> Floats:
    """Shampine's parameters of the fourth-order method of Kaps and Rentrop 1979, on a fixed mesh.

    make_solve(y, s) returns r → (s − J(y))⁻¹ r.
    """
    y, out = start, [start]
    for h in np.diff(times):
        solve = make_solve(y, 2.0 / h)
        g1 = solve(slope(y))
        g2 = solve(slope(y + 2.0 * g1) - 8.0 / h * g1)
        late = slope(y + 48 / 25 * g1 + 6 / 25 * g2)
        g3 = solve(late + (372 / 25 * g1 + 12 / 5 * g2) / h)
        g4 = solve(late - (112 / 125 * g1 + 54 / 125 * g2 + 2 / 5 * g3) / h)
        y = y + 19 / 9 * g1 + 1 / 2 * g2 + 25 / 108 * g3 + 125 / 108 * g4
        out.append(y)
    return np.array(out)
