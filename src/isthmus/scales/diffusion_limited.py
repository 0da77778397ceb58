"""Two molecules that must meet before they react: diffusion and reaction in series, and the search of a cell.

notation: k the intrinsic rate constant at contact and k_S = 4πDa the rate constant of diffusion to contact
(both volume per time); D = D_A + D_B (area per time); a the distance of contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, pi, sqrt

from isthmus.errors import UsageError

_SHARE = 9.0


class Regime(StrEnum):
    """Which of the two steps sets the rate."""

    REACTION = "reaction-limited"
    BOTH = "neither alone"
    DIFFUSION = "diffusion-limited"


@dataclass(frozen=True, slots=True)
class Encounter:
    """A pair A + B that reacts at contact, in three dimensions, isotropic, dilute and irreversible.

    intrinsic: k, volume per time; `inf` for a perfect absorber. diffusion: D, area per time. distance: a.
    Source: Collins and Kimball 1949.
    """

    intrinsic: float
    diffusion: float
    distance: float

    def __post_init__(self) -> None:
        positive(intrinsic=self.intrinsic)
        finite(diffusion=self.diffusion, distance=self.distance)

    @property
    def diffusion_rate(self) -> float:
        """k_S = 4πDa, volume per time (Smoluchowski 1917)."""
        return 4.0 * pi * self.diffusion * self.distance

    @property
    def damkohler(self) -> float:
        """k/k_S: reaction at contact against arrival by diffusion."""
        return self.intrinsic / self.diffusion_rate

    @property
    def rate(self) -> float:
        """Return k_eff with 1/k_eff = 1/k + 1/k_S, volume per time; of the steady state only."""
        return _in_series(self.intrinsic, self.diffusion_rate)

    @property
    def regime(self) -> Regime:
        """What k_eff is within 10 % of: k where k/k_S ≤ 1/9, k_S where k/k_S ≥ 9."""
        if self.damkohler <= 1.0 / _SHARE:
            return Regime.REACTION
        return Regime.DIFFUSION if self.damkohler >= _SHARE else Regime.BOTH

    def dissociation_rate(self, intrinsic: float) -> float:
        """Return k_off = k_d k_S/(k + k_S), per time, of pairs that fall apart at contact at the rate k_d.

        Both rate constants shrink by 1 + k/k_S, so that k_off/k_eff = k_d/k does not depend on D.
        """
        positive(intrinsic=intrinsic)
        return intrinsic / (1.0 + self.damkohler)

    def rate_with_turnover(self, turnover: float) -> float:
        """Return k_eff where B is made everywhere and lost at the rate `turnover` (per time).

        The depleted zone then reaches λ = √(D/turnover), and k_S becomes 4πDa(1 + a/λ).
        """
        reach = self.distance / turnover_length(self.diffusion, turnover)
        return _in_series(self.intrinsic, self.diffusion_rate * (1.0 + reach))


@dataclass(frozen=True, slots=True)
class Search:
    """One molecule that looks for a target at the centre of a closed sphere.

    radius: R > a, of the sphere; its wall reflects.
    """

    encounter: Encounter
    radius: float

    def __post_init__(self) -> None:
        finite(radius=self.radius)
        if self.radius <= self.encounter.distance:
            raise refused(
                f"a sphere of radius {self.radius:g} around a target of radius {self.encounter.distance:g}",
                "a sphere larger than the target",
            )

    def mean_time(self, start: float) -> float:
        """Return T(r) = R³/(3D)(1/a − 1/r) − (r² − a²)/(6D) + V/k, the mean time until it reacts.

        start: r between a and R, the distance from the centre. V = (4π/3)(R³ − a³).
        """
        a, d = self.encounter.distance, self.encounter.diffusion
        if not a <= start <= self.radius:
            raise refused(f"a start at {start:g}", f"a start between {a:g} and {self.radius:g}")
        arrival = self.radius**3 * (start - a) / (3.0 * d * a * start) - (start - a) * (start + a) / (6.0 * d)
        return arrival + self.volume / self.encounter.intrinsic

    @property
    def mean_time_from_anywhere(self) -> float:
        """Return the mean of T(r) over a uniform start between a and R."""
        a, big, d = self.encounter.distance, self.radius, self.encounter.diffusion
        shell = big**3 - a**3
        inverse = 1.5 * (big**2 - a**2) / shell
        square = 0.6 * (big**5 - a**5) / shell
        arrival = big**3 / (3.0 * d) * (1.0 / a - inverse) - (square - a * a) / (6.0 * d)
        return arrival + self.volume / self.encounter.intrinsic

    @property
    def well_mixed_time(self) -> float:
        """V/k_eff, the limit of the mean time as a/R → 0.

        For a perfect absorber the mean time is V/k_S (1 − 9a/(5R) + …).
        """
        return self.volume / self.encounter.rate

    @property
    def volume(self) -> float:
        """V = (4π/3)(R³ − a³), where the molecule can be."""
        return 4.0 / 3.0 * pi * (self.radius**3 - self.encounter.distance**3)


def turnover_length(diffusion: float, turnover: float) -> float:
    """Return λ = √(D/k), how far a molecule gets before it is lost at the rate k (per time)."""
    finite(diffusion=diffusion, turnover=turnover)
    return sqrt(diffusion / turnover)


def _in_series(one: float, other: float) -> float:
    return other if one == inf else one * other / (one + other)


def positive(**values: float) -> None:
    """Refuse (UsageError) the first value that is not above 0."""
    for name, value in values.items():
        if not value > 0:
            raise refused(f"{name} = {value:g}", "a positive number")


def finite(**values: float) -> None:
    """Refuse (UsageError) the first value that is not above 0 and finite."""
    positive(**values)
    for name, value in values.items():
        if value == inf:
            raise refused(f"{name} = {value:g}", "a finite number")


def refused(found: str, needed: str) -> UsageError:
    """Return the error of a setting in which nothing can diffuse and react."""
    return UsageError("E-TRANSPORT", found, needed=needed)
