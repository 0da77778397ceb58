"""A body that is supplied by diffusion from its surface: how much of it takes part.

notation: φ = R√(k/D), the Thiele modulus, with R the half thickness of a slab or the radius, k the rate
constant of a first-order reaction (per time) and D the diffusion constant (area per time); Da = φ².
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import asin, exp, expm1, sin, sqrt

from isthmus.scales.diffusion_limited import finite, positive, refused

_TERMS = 20


class Geometry(IntEnum):
    """A shape; its value is the number of directions from which it is supplied."""

    SLAB = 1
    CYLINDER = 2
    SPHERE = 3


def thiele_modulus(size: float, rate: float, diffusion: float) -> float:
    """φ = R√(k/D); size: R, the half thickness or the radius."""
    finite(size=size, rate=rate, diffusion=diffusion)
    return size * sqrt(rate / diffusion)


def damkohler(thiele: float) -> float:
    """Da = φ² = kR²/D. Da = 1 means η = 0.76 in a slab and 0.94 in a sphere: say which."""
    positive(thiele=thiele)
    return thiele * thiele


def effectiveness(geometry: Geometry, thiele: float) -> float:
    """Return η, the reaction in the body over that without any gradient; 1 − φ²/(d(d + 2)) … d/φ.

    tanh φ/φ, 2 I₁(φ)/(φ I₀(φ)), 3(φ coth φ − 1)/φ² for slab, cylinder, sphere: d I_{d/2}(φ)/(φ I_{d/2−1}(φ)),
    d the directions of supply. Up to φ = 1 by Gauss' continued fraction, in which nothing cancels. Source:
    Thiele 1939.
    """
    finite(thiele=thiele)
    d = float(geometry)
    square = thiele * thiele
    if thiele <= 1.0:
        value = d + 2.0 * _TERMS
        for j in range(_TERMS - 1, -1, -1):
            value = d + 2.0 * j + square / value
        return d / value
    cotangent = 1.0 + 2.0 / expm1(2.0 * thiele) if thiele < 300.0 else 1.0
    if geometry is Geometry.SLAB:
        return 1.0 / (thiele * cotangent)
    if geometry is Geometry.SPHERE:
        return 3.0 * (cotangent - 1.0 / thiele) / thiele
    from scipy.special import i0e, i1e

    return float(2.0 * i1e(thiele) / i0e(thiele) / thiele)


def overall_effectiveness(geometry: Geometry, thiele: float, biot: float) -> float:
    """Return η_o with a film outside: 1/η_o = 1/η + φ²/(d Bi), Bi = k_c R/D, k_c a length per time."""
    positive(biot=biot)
    return 1.0 / (1.0 / effectiveness(geometry, thiele) + damkohler(thiele) / (float(geometry) * biot))


def profile(geometry: Geometry, thiele: float, position: float) -> float:
    """Return the concentration over that at the surface; position: r/R from 0 (centre) to 1.

    cosh φx/cosh φ, I₀(φx)/I₀(φ), sinh φx/(x sinh φ), with the growing exponentials divided out.
    """
    finite(thiele=thiele)
    if not 0.0 <= position <= 1.0:
        raise refused(f"position {position:g}", "a position from 0 (centre) to 1 (surface)")
    grown = exp(thiele * (position - 1.0))
    if geometry is Geometry.SLAB:
        return grown * (1.0 + exp(-2.0 * thiele * position)) / (1.0 + exp(-2.0 * thiele))
    if geometry is Geometry.SPHERE:
        if position == 0.0:
            return -2.0 * thiele * grown / expm1(-2.0 * thiele)
        return grown * expm1(-2.0 * thiele * position) / (position * expm1(-2.0 * thiele))
    from scipy.special import i0e

    return float(grown * i0e(thiele * position) / i0e(thiele))


@dataclass(frozen=True, slots=True)
class Spheroid:
    """A ball of cells that take up oxygen at a constant rate wherever there is any.

    radius: R. diffusion: D. consumption: a, concentration per time. outside: c₀, the concentration at the
    surface. Source: Grimes and others 2014.
    """

    radius: float
    diffusion: float
    consumption: float
    outside: float

    def __post_init__(self) -> None:
        finite(
            radius=self.radius,
            diffusion=self.diffusion,
            consumption=self.consumption,
            outside=self.outside,
        )

    @property
    def critical_radius(self) -> float:
        """√(6Dc₀/a), above which the centre has no oxygen."""
        return sqrt(6.0 * self.diffusion * self.outside / self.consumption)

    @property
    def is_supplied(self) -> bool:
        """Whether oxygen reaches the centre."""
        return self.radius <= self.critical_radius

    @property
    def necrotic_radius(self) -> float:
        """The radius r of the part without oxygen, 0 where it reaches the centre.

        It solves c₀ = (a/6D)(R² − 3r² + 2r³/R): with u = r/R and q = (critical radius/R)², 1 − 3u² + 2u³ = q,
        whose root in [0, 1] is ½ + sin(asin(1 − 2q)/3).
        """
        if self.is_supplied:
            return 0.0
        share = (self.critical_radius / self.radius) ** 2
        return self.radius * (0.5 + sin(asin(1.0 - 2.0 * share) / 3.0))
