"""Gradients of a molecule made at one end, that diffuses and is lost on its way.

notation: D the diffusion constant (area per time); k the loss; j the flux at x = 0 (amount per area and
time); concentrations are amounts per volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cbrt, erfc, exp, inf, sqrt

from isthmus.scales.diffusion_limited import finite, positive, refused, turnover_length


@dataclass(frozen=True, slots=True)
class ExponentialGradient:
    """D c″ = k c with the flux j at x = 0: loss in proportion to the concentration.

    loss: k, per time. Source: Bergmann and others 2007 (transient), Berezhkovskii and others 2010
    (accumulation time).
    """

    diffusion: float
    loss: float
    flux: float

    def __post_init__(self) -> None:
        finite(diffusion=self.diffusion, loss=self.loss, flux=self.flux)

    @property
    def length(self) -> float:
        """λ = √(D/k), over which the concentration falls by e."""
        return turnover_length(self.diffusion, self.loss)

    @property
    def height(self) -> float:
        """jλ/D, the concentration at x = 0 with no far end."""
        return self.flux * self.length / self.diffusion

    def concentration(self, position: float, end: float = inf) -> float:
        """Return the steady state at x.

        (jλ/D) e^{−x/λ}, or (jλ/D) cosh((L − x)/λ)/sinh(L/λ) with a closed end at L.
        """
        if not 0.0 <= position <= end:
            raise refused(f"position {position:g}", f"a position from 0 to {end:g}")
        positive(end=end)
        decay = exp(-position / self.length)
        if end == inf:
            return self.height * decay
        # cosh u/sinh v = e^{u−v}(1 + e^{−2u})/(1 − e^{−2v}) does not overflow.
        back, whole = (end - position) / self.length, end / self.length
        return self.height * decay * (1.0 + exp(-2.0 * back)) / (1.0 - exp(-2.0 * whole))

    def concentration_at(self, position: float, time: float) -> float:
        """Return c(x, t) from c(x, 0) = 0, with no far end.

        (jλ/2D)[e^{−x/λ} erfc(z − s) − e^{x/λ} erfc(z + s)], z = x/(2√(Dt)), s = √(kt); the second term as
        e^{−z²−s²} erfcx(z + s), which does not overflow.
        """
        if position < 0.0 or time < 0.0:
            raise refused(f"position {position:g} and time {time:g}", "values of 0 or more")
        if time == 0.0:
            return 0.0
        from scipy.special import erfcx

        z, s = position / (2.0 * sqrt(self.diffusion * time)), sqrt(self.loss * time)
        later = exp(-z * z - s * s)
        earlier = later * float(erfcx(z - s)) if z > s else exp(-position / self.length) * erfc(z - s)
        return 0.5 * self.height * (earlier - later * float(erfcx(z + s)))

    def accumulation_time(self, position: float) -> float:
        """τ(x) = (1 + x/λ)/(2k), the mean time in which the steady state builds up at x."""
        return (1.0 + position / self.length) / (2.0 * self.loss)


@dataclass(frozen=True, slots=True)
class PowerLawGradient:
    """D c″ = k c² with the flux j at x = 0: loss in pairs, c = A/(x + x₀)².

    loss: k, per concentration and time. Source: Eldar and others 2003.
    """

    diffusion: float
    loss: float
    flux: float

    def __post_init__(self) -> None:
        finite(diffusion=self.diffusion, loss=self.loss, flux=self.flux)

    @property
    def amplitude(self) -> float:
        """A = 6D/k, which does not depend on the flux."""
        return 6.0 * self.diffusion / self.loss

    @property
    def offset(self) -> float:
        """x₀ = (12D²/(kj))^{1/3}."""
        return cbrt(12.0 * self.diffusion**2 / (self.loss * self.flux))

    def concentration(self, position: float) -> float:
        """Return the steady state at x ≥ 0."""
        if position < 0.0:
            raise refused(f"position {position:g}", "a value of 0 or more")
        return self.amplitude / (position + self.offset) ** 2
