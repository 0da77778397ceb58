"""The enzyme motif S + E ⇌ C → P + E: its small parameters and the closed forms of its reduced models.

notation: K_M = (k₋₁ + k₂)/k₁, K_S = k₋₁/k₁, K = k₂/k₁; S0 and E0 are totals at time 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Enzyme:
    """One enzyme with mass-action rates.

    binding: k₁ per concentration and time. unbinding: k₋₁ and catalysis: k₂ per time. enzyme, substrate: E0
    and S0, concentrations.
    """

    binding: float
    unbinding: float
    catalysis: float
    enzyme: float
    substrate: float

    def __post_init__(self) -> None:
        values = {name: getattr(self, name) for name in ("binding", "enzyme", "substrate")}
        for name, value in values.items():
            if not value > 0:
                raise UsageError("E-ENZYME", f"{name} = {value}", needed="a positive number")
        if self.unbinding < 0 or self.catalysis < 0 or self.unbinding + self.catalysis == 0:
            raise UsageError(
                "E-ENZYME",
                f"unbinding = {self.unbinding}, catalysis = {self.catalysis}",
                needed="non-negative rates, one of them positive",
            )

    @property
    def michaelis(self) -> float:
        """K_M = (k₋₁ + k₂)/k₁."""
        return (self.unbinding + self.catalysis) / self.binding

    @property
    def dissociation(self) -> float:
        """K_S = k₋₁/k₁."""
        return self.unbinding / self.binding

    @property
    def van_slyke(self) -> float:
        """K = k₂/k₁."""
        return self.catalysis / self.binding


@dataclass(frozen=True, slots=True)
class SmallParameters:
    """What must be small for each approximation; no single one is a guarantee.

    hta = E0/S0 (Heineken, Tsuchiya and Aris 1967). ssl = E0/(K_M + S0) (Segel and Slemrod 1989): not uniform,
    with E0 ≈ K_M and S0 → ∞ it vanishes while sup|ΔS|/K_M does not. rs = E0/K_M (Reich and Selkov 1974), the
    uniform one. tzafriri ≤ K/(4 K_M) ≤ 1/4 for the total quasi-steady state (Tzafriri 2003). borghans =
    K·E0/(E0 + K_M + S0)² (Borghans and others 1996).
    """

    hta: float
    ssl: float
    rs: float
    tzafriri: float
    borghans: float


def small_parameters(enzyme: Enzyme) -> SmallParameters:
    """Return the five small parameters of an enzyme at its initial totals."""
    e, s = enzyme.enzyme, enzyme.substrate
    b = e + enzyme.michaelis + s
    root = sqrt((e - s) ** 2 + enzyme.michaelis * (enzyme.michaelis + 2 * (e + s)))
    # (K/2S0)(b/root − 1) with b − root = 4 E0 S0/(b + root): nothing cancels for small S0.
    tzafriri = 2 * enzyme.van_slyke * e / (root * (b + root))
    return SmallParameters(
        e / s, e / (enzyme.michaelis + s), e / enzyme.michaelis, tzafriri, enzyme.van_slyke * e / b**2
    )


def total_complex(enzyme: Enzyme, total: ArrayLike, *, rapid_equilibrium: bool = False) -> Floats:
    """Return the complex C(S + C) on the total quasi-steady state.

    2 E0 S̄/(b + √(b² − 4 E0 S̄)) with b = E0 + K_M + S̄.

    This form does not cancel. rapid_equilibrium: K_S in the place of K_M, which needs k₂ ≪ k₋₁.
    """
    constant = enzyme.dissociation if rapid_equilibrium else enzyme.michaelis
    s = np.asarray(total, dtype=np.float64)
    b = enzyme.enzyme + constant + s
    root = np.sqrt((enzyme.enzyme - s) ** 2 + constant * (constant + 2 * (enzyme.enzyme + s)))
    return np.asarray(2 * enzyme.enzyme * s / (b + root))


def standard_substrate(enzyme: Enzyme, times: ArrayLike) -> Floats:
    """Return S(t) = K_M W((S0/K_M) exp((S0 − k₂E0 t)/K_M)), the closed solution of S' = −k₂E0 S/(K_M + S).

    W is taken of an exponent in the log domain, so S0/K_M may exceed 700. Source: Schnell and Mendoza 1997.
    """
    k = enzyme.michaelis
    t = np.asarray(times, dtype=np.float64)
    exponent = np.log(enzyme.substrate / k) + (enzyme.substrate - enzyme.catalysis * enzyme.enzyme * t) / k
    return k * lambert_w_of_exp(exponent)


def reverse_product(enzyme: Enzyme, times: ArrayLike) -> Floats:
    """Return P(t) = S0 (1 − exp(−k₂ t)): all substrate is bound at once (K_M + S0 ≪ E0)."""
    return np.asarray(-enzyme.substrate * np.expm1(-enzyme.catalysis * np.asarray(times, dtype=np.float64)))


def lambert_w_of_exp(exponent: ArrayLike) -> Floats:
    """Return W(e^z), the solution of w + ln w = z, for any real z.

    Newton on ln w for z ≤ 1 (w + ln w is convex in it) and on w above; it converges from below in a handful
    of steps.
    """
    z = np.asarray(exponent, dtype=np.float64)
    log_w = np.minimum(z, 0.0)
    w = np.where(z > 1.0, z - np.log(np.maximum(z, 1.0)), 1.0)
    for _ in range(60):
        e = np.exp(log_w)
        new_log = log_w - (e + log_w - z) / (1.0 + e)
        new_w = w * (1.0 + z - np.log(w)) / (1.0 + w)
        done = np.allclose(new_log, log_w, rtol=1e-16, atol=1e-16) and np.allclose(
            new_w, w, rtol=1e-16, atol=0.0
        )
        log_w, w = np.where(z > 1.0, log_w, new_log), np.where(z > 1.0, new_w, w)
        if done:
            break
    return np.asarray(np.where(z > 1.0, w, np.exp(log_w)))


@dataclass(frozen=True, slots=True)
class LinearFeedback:
    """ε x' = 1 − a y − x, y' = x − y: the slow manifold x = α + β y in closed form.

    β solves εβ² + (1 − ε)β + a = 0. It is real only for ε ≤ 1 + 2a − 2√(a(1 + a)): beyond, the node is a
    focus and there is no slow manifold, however small ε looks.
    """

    feedback: float
    epsilon: float

    @property
    def critical_epsilon(self) -> float:
        """The largest ε with a slow manifold, as (√(1 + a) − √a)²."""
        return (sqrt(1 + self.feedback) - sqrt(self.feedback)) ** 2

    @property
    def slope(self) -> float:
        """β, the root that tends to −a."""
        if self.epsilon > self.critical_epsilon:
            raise UsageError(
                "E-NO-SLOW-MANIFOLD",
                f"ε = {self.epsilon:g} with feedback {self.feedback:g}",
                needed=f"ε ≤ {self.critical_epsilon:g}",
                advice="keep both variables: they spiral",
            )
        b = 1 - self.epsilon
        return -2 * self.feedback / (b + sqrt(b * b - 4 * self.epsilon * self.feedback))

    @property
    def offset(self) -> float:
        """α = 1/(1 + εβ)."""
        return 1 / (1 + self.epsilon * self.slope)

    @property
    def slow_rate(self) -> float:
        """1 − β, the rate of relaxation along the manifold."""
        return 1 - self.slope

    @property
    def first_order_slope(self) -> float:
        """−a(1 + ε(1 + a)), the expansion of β to first order."""
        return -self.feedback * (1 + self.epsilon * (1 + self.feedback))
