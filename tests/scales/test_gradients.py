"""Gradients against their differential equations, solved another way."""

import math

import pytest
from scipy.integrate import quad

from isthmus.errors import UsageError
from isthmus.scales.gradients import ExponentialGradient, PowerLawGradient

GRADIENT = ExponentialGradient(diffusion=10.0, loss=0.01, flux=1.0)


def test_flux_and_loss_balance():
    """What enters is what is lost: ∫k c = j, with and without a far end."""
    lost = quad(lambda x: 0.01 * GRADIENT.concentration(x), 0, math.inf)[0]
    assert lost == pytest.approx(1.0, rel=1e-8)
    lost = quad(lambda x: 0.01 * GRADIENT.concentration(x, 70.0), 0, 70.0)[0]
    assert lost == pytest.approx(1.0, rel=1e-8)
    assert GRADIENT.concentration(70.0, 1e9) == pytest.approx(GRADIENT.concentration(70.0), rel=1e-14)


@pytest.mark.parametrize(("x", "t"), [(0.0, 1.0), (5.0, 20.0), (60.0, 20.0), (60.0, 400.0), (500.0, 100.0)])
def test_transient_adds_up_what_came_in_and_spread(x, t):
    """∫₀ᵗ j e^{−x²/(4Ds) − ks}/√(πDs) ds, the spread of each moment's inflow; s = u² takes the root away."""

    def inflow(u):
        return 2 * math.exp(-(x**2) / (40 * u * u) - 0.01 * u * u) / math.sqrt(10 * math.pi) if u else 0.0

    expected = quad(inflow, 0, math.sqrt(t), epsabs=0, epsrel=1e-13, limit=200)[0]
    # Two terms of like size in the tail: their difference loses a factor 2z² of its digits, z² ≤ 62.5 here.
    assert GRADIENT.concentration_at(x, t) == pytest.approx(expected, rel=1e-12)


def test_transient_starts_at_nothing_and_settles_without_overflow():
    assert GRADIENT.concentration_at(3.0, 0.0) == 0.0
    assert GRADIENT.concentration_at(3.0, 1e9) == pytest.approx(GRADIENT.concentration(3.0), rel=1e-14)
    assert 0.0 <= GRADIENT.concentration_at(1e6, 1.0) < 1e-300


def test_accumulation_time_is_the_mean_of_what_is_missing():
    for x in (0.0, 20.0):
        steady = GRADIENT.concentration(x)

        def missing(t, x=x, steady=steady):
            return 1 - GRADIENT.concentration_at(x, t) / steady

        found = quad(missing, 0, 100, limit=200)[0] + quad(missing, 100, math.inf, limit=200)[0]
        assert GRADIENT.accumulation_time(x) == pytest.approx(found, rel=1e-6)


def test_power_law_balances_too():
    gradient = PowerLawGradient(diffusion=1.0, loss=0.5, flux=0.2)
    lost = quad(lambda x: 0.5 * gradient.concentration(x) ** 2, 0, math.inf)[0]
    assert lost == pytest.approx(0.2, rel=1e-8)
    h = 1e-3
    around = [gradient.concentration(2.0 + d) for d in (-h, 0.0, h)]
    # The second difference is off by h²c⁗/12, 2e-7 of the curvature here.
    curvature = (around[0] - 2 * around[1] + around[2]) / h**2
    assert curvature == pytest.approx(0.5 * around[1] ** 2, rel=1e-6)


def test_outside_is_refused():
    with pytest.raises(UsageError, match="from 0 to 10"):
        GRADIENT.concentration(11.0, 10.0)
    with pytest.raises(UsageError, match="0 or more"):
        GRADIENT.concentration_at(-1.0, 1.0)
    with pytest.raises(UsageError, match="loss = -1"):
        ExponentialGradient(1.0, -1.0, 1.0)
