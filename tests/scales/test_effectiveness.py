"""Bodies supplied by diffusion, against many digits and against a numerical boundary value problem."""

import math

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from isthmus.errors import UsageError
from isthmus.scales.effectiveness import (
    Geometry,
    Spheroid,
    damkohler,
    effectiveness,
    overall_effectiveness,
    profile,
    thiele_modulus,
)


def many_digits(shape, phi):
    """d I_{d/2}(φ)/(φ I_{d/2−1}(φ)) with 60 digits."""
    half, p = sympy.Rational(int(shape), 2), sympy.Rational(phi)
    ratio = 2 * half * sympy.besseli(half, p) / (p * sympy.besseli(half - 1, p))
    return float(ratio.evalf(60))


@pytest.mark.parametrize("shape", Geometry)
@pytest.mark.parametrize(
    "phi", [1e-9, 1e-3, 0.5, 1.0, math.nextafter(1.0, 2.0), 3.0, 40.0, 299.0, 301.0, 1e200]
)
def test_effectiveness_has_all_its_digits(shape, phi):
    # A sum and a quotient of terms of one sign: a few roundings of 1.1e-16, and one subtraction above φ = 1.
    assert effectiveness(shape, phi) == pytest.approx(many_digits(shape, phi), rel=2e-15)


@pytest.mark.parametrize("shape", Geometry)
def test_profile_and_effectiveness_solve_the_same_problem(shape):
    """c″ + (d − 1)c′/x = φ²c from the centre outwards by an integrator; η = d c′(1)/(φ² c(1))."""
    phi, near = 2.3, 1e-6

    def slope(x, y):
        return [y[1], phi**2 * y[0] - (shape - 1) * y[1] / x]

    start = [1 + phi**2 * near**2 / (2 * shape), phi**2 * near / shape]
    solved = solve_ivp(
        slope, (near, 1), start, method="DOP853", rtol=1e-12, atol=1e-14, t_eval=[0.2, 0.7, 1.0]
    )
    surface, gradient = solved.y[0, -1], solved.y[1, -1]
    for x, value in zip((0.2, 0.7, 1.0), solved.y[0], strict=True):
        assert profile(shape, phi, x) == pytest.approx(value / surface, rel=1e-9)
    assert profile(shape, phi, 0.0) == pytest.approx(1 / surface, rel=1e-9)
    assert effectiveness(shape, phi) == pytest.approx(shape * gradient / (phi**2 * surface), rel=1e-9)
    # A film with flux Bi (1 − c(1)) = c′(1): the surface concentration by hand.
    biot = 4.0
    at_surface = biot / (biot + gradient / surface)
    expected = effectiveness(shape, phi) * at_surface
    assert overall_effectiveness(shape, phi, biot) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("shape", Geometry)
def test_profile_of_a_large_modulus_neither_overflows_nor_loses_its_tail(shape):
    assert profile(shape, 1e4, 1.0) == pytest.approx(1.0, rel=1e-12)
    curvature = 0.99 ** (-(shape - 1) / 2)
    # Only the leading term of the Bessel functions is compared: the next is 1/(8φ) of it at most.
    assert profile(shape, 1e4, 0.99) == pytest.approx(math.exp(-100.0) * curvature, rel=1e-4)


def test_modulus_and_damkohler():
    assert thiele_modulus(2.0, 9.0, 4.0) == 3.0
    assert damkohler(3.0) == 9.0
    with pytest.raises(UsageError, match="rate = 0"):
        thiele_modulus(2.0, 0.0, 4.0)
    with pytest.raises(UsageError, match="centre"):
        profile(Geometry.SLAB, 1.0, 1.1)


def test_spheroid_balances_supply_and_uptake():
    """c(r_n) = c′(r_n) = 0 and c(R) = c₀ on the profile integrated outwards from the necrotic edge."""
    spheroid = Spheroid(radius=5e-4, diffusion=2e-9, consumption=0.0215, outside=0.105)
    edge = spheroid.necrotic_radius
    assert not spheroid.is_supplied
    r = np.linspace(edge, 5e-4, 20_001)
    slope = 0.0215 / (3 * 2e-9) * (r - edge**3 / r**2)
    supplied = float(np.sum((slope[1:] + slope[:-1]) * np.diff(r)) / 2)
    # The trapezoid rule's error is h²/12 of the slope's change, 1e-9 of the whole here.
    assert supplied == pytest.approx(0.105, rel=1e-8)


def test_spheroid_of_the_critical_radius_is_just_supplied():
    small = Spheroid(2e-4, 2e-9, 0.0215, 0.105)
    assert small.is_supplied
    assert small.necrotic_radius == 0.0
    just = Spheroid(small.critical_radius * (1 + 1e-9), 2e-9, 0.0215, 0.105)
    # u² = (1 − q)/3 near q = 1, with 1 − q = 2e-9.
    assert just.necrotic_radius / just.radius == pytest.approx(math.sqrt(2e-9 / 3), rel=1e-4)
