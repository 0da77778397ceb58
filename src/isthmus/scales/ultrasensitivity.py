"""How steep a response is: each effective Hill coefficient by its stated definition, for they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, exp, expm1, inf, log, sqrt

from isthmus.errors import UsageError


def hill_coefficient(ec10: float, ec90: float) -> float:
    """Return ln 81/ln(EC90/EC10), the definition by the 10–90 % range."""
    return log(81) / log(ec90 / ec10)


@dataclass(frozen=True, slots=True)
class IndependentSites:
    """y = (x/(K + x))ᴺ: all N independent sites occupied. sites may be `inf`.

    Then K is K·N and y = exp(−K/x).

    Its Hill coefficient by the 10–90 % range never exceeds 1.4247, whatever N.
    """

    sites: float
    constant: float = 1.0

    def effective_concentration(self, fraction: float) -> float:
        """EC_p = K p^(1/N)/(1 − p^(1/N))."""
        if self.sites == inf:
            return -self.constant / log(fraction)
        return self.constant / expm1(-log(fraction) / self.sites)

    @property
    def hill(self) -> float:
        """ln 81/ln(EC90/EC10)."""
        return hill_coefficient(self.effective_concentration(0.1), self.effective_concentration(0.9))

    @property
    def logit_slope_at_half(self) -> float:
        """d logit y/d ln x at EC50, 2N(1 − 2^(−1/N))."""
        return 2 * log(2) if self.sites == inf else -2 * self.sites * expm1(-log(2) / self.sites)

    @property
    def logit_slope_supremum(self) -> float:
        """N, approached as x → 0 and never attained."""
        return self.sites

    @property
    def steepest(self) -> tuple[float, float]:
        """(x, dy/d ln x) where dy/d ln x is largest: x = N K, (N/(N + 1))^(N + 1)."""
        if self.sites == inf:
            return self.constant, exp(-1)
        n = self.sites
        return n * self.constant, (n / (n + 1)) ** (n + 1)


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding polynomial Z = Σ wᵢ xⁱ of one macromolecule with n sites (Adair).

    `weights[0]` is that of no ligand bound.
    """

    weights: tuple[float, ...]

    @classmethod
    def adair(cls, intrinsic: Sequence[float]) -> Binding:
        """Stepwise intrinsic association constants, with the statistical factors (n − j + 1)/j."""
        n = len(intrinsic)
        weights = [1.0]
        for j, constant in enumerate(intrinsic, start=1):
            weights.append(weights[-1] * constant * (n - j + 1) / j)
        return cls(tuple(weights))

    @classmethod
    def concerted(cls, sites: int, allosteric: float, ratio: float) -> Binding:
        """Monod, Wyman and Changeux 1965.

        Z = (1 + α)ⁿ + L(1 + cα)ⁿ with α = x/K_R, L = T₀/R₀, c = K_R/K_T.
        """
        return cls(tuple(comb(sites, i) * (1 + allosteric * ratio**i) for i in range(sites + 1)))

    def moments(self, x: float) -> tuple[float, float]:
        """(mean, variance) of the number of ligands bound."""
        terms = [weight * x**i for i, weight in enumerate(self.weights)]
        z = sum(terms)
        mean = sum(i * term for i, term in enumerate(terms)) / z
        return mean, sum((i - mean) ** 2 * term for i, term in enumerate(terms)) / z

    def occupancy(self, x: float) -> float:
        """Ȳ, the fraction of sites bound."""
        return self.moments(x)[0] / (len(self.weights) - 1)

    def hill(self, x: float) -> float:
        """d logit Ȳ/d ln x = Var/(n Ȳ (1 − Ȳ)), at most n."""
        mean, variance = self.moments(x)
        return variance / (mean * (1 - mean / (len(self.weights) - 1)))

    def half_saturation(self) -> float:
        """Return x with Ȳ = ½, by bisection in ln x (Ȳ increases)."""
        return exp(_bisect(lambda s: self.occupancy(exp(s)) - 0.5))

    def steepest_hill(self) -> tuple[float, float]:
        """(x, n_H) with the largest Hill slope, found on a grid in ln x and refined by golden section."""
        centre = log(self.half_saturation())
        grid = [centre + i / 20 for i in range(-300, 301)]
        best = max(range(1, len(grid) - 1), key=lambda i: self.hill(exp(grid[i])))
        low, high = grid[best - 1], grid[best + 1]
        golden = (sqrt(5) - 1) / 2
        while high - low > 1e-9:
            a, b = high - golden * (high - low), low + golden * (high - low)
            if self.hill(exp(a)) >= self.hill(exp(b)):
                high = b
            else:
                low = a
        x = exp((low + high) / 2)
        return x, self.hill(x)


def concerted_active_fraction(sites: int, allosteric: float, ratio: float, alpha: float) -> float:
    """R̄ = (1 + α)ⁿ/((1 + α)ⁿ + L(1 + cα)ⁿ)."""
    return 1 / (1 + allosteric * ((1 + ratio * alpha) / (1 + alpha)) ** sites)


@dataclass(frozen=True, slots=True)
class CovalentCycle:
    """v₁(1 − W)/(J₁ + 1 − W) = v₂ W/(J₂ + W): a modification cycle.

    J₁ belongs to the modifying enzyme. Goldbeter and Koshland 1981.
    """

    forward_saturation: float
    backward_saturation: float

    def modified(self, ratio: float) -> float:
        """W at v₁/v₂ = ratio, in the form that does not cancel."""
        j1, j2 = self.forward_saturation, self.backward_saturation
        b = 1 - ratio + j1 + ratio * j2
        discriminant = b * b - 4 * (1 - ratio) * ratio * j2
        if b >= 0:
            return 2 * ratio * j2 / (b + sqrt(discriminant))
        return (b - sqrt(discriminant)) / (2 * (1 - ratio))

    def ratio_for(self, fraction: float) -> float:
        """v₁/v₂ that modifies this fraction: the inverse in closed form."""
        j1, j2 = self.forward_saturation, self.backward_saturation
        if not 0 < fraction < 1:
            raise UsageError("E-FRACTION", f"fraction {fraction}", needed="a fraction between 0 and 1")
        return fraction * (j1 + 1 - fraction) / ((1 - fraction) * (j2 + fraction))

    @property
    def response_coefficient(self) -> float:
        """R_v = ratio for 90 %/ratio for 10 % = 81 (J₁ + 0.1)(J₂ + 0.1)/((J₁ + 0.9)(J₂ + 0.9))."""
        return self.ratio_for(0.9) / self.ratio_for(0.1)

    @property
    def hill(self) -> float:
        """ln 81/ln R_v."""
        return log(81) / log(self.response_coefficient)


def _bisect(function: Callable[[float], float]) -> float:
    low, high = -1.0, 1.0
    while function(low) > 0:
        low *= 2
    while function(high) < 0:
        high *= 2
    while high - low > 1e-15 * max(abs(low), abs(high)):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2
