"""Diffusion and reaction in series, and the search of a target, against their own equations."""

import math

import pytest
from scipy.integrate import quad

from isthmus.errors import UsageError
from isthmus.scales.diffusion_limited import Encounter, Regime, Search, turnover_length

PAIR = Encounter(intrinsic=2.0, diffusion=0.7, distance=0.3)


def test_rates_add_as_resistances():
    assert PAIR.diffusion_rate == pytest.approx(4 * math.pi * 0.7 * 0.3)
    assert 1 / PAIR.rate == pytest.approx(1 / 2.0 + 1 / PAIR.diffusion_rate, rel=1e-14)
    assert Encounter(math.inf, 0.7, 0.3).rate == PAIR.diffusion_rate


def test_steady_flux_is_what_reacts_at_contact():
    """D c' 4πa² = k c(a) on the profile c = 1 − (1 − c(a)) a/r: the definition of the rate."""
    at_contact = PAIR.rate / PAIR.intrinsic
    gradient = (1 - at_contact) / PAIR.distance
    assert 4 * math.pi * PAIR.distance**2 * PAIR.diffusion * gradient == pytest.approx(PAIR.rate, rel=1e-13)


@pytest.mark.parametrize(
    ("ratio", "regime"),
    [(0.1, Regime.REACTION), (0.12, Regime.BOTH), (8.9, Regime.BOTH), (9.1, Regime.DIFFUSION)],
)
def test_regime_says_what_the_rate_is_within_a_tenth_of(ratio, regime):
    rate = PAIR.diffusion_rate
    pair = Encounter(ratio * rate, 0.7, 0.3)
    assert pair.regime is regime
    assert (pair.rate >= 0.9 * pair.intrinsic) == (regime is Regime.REACTION)
    assert (pair.rate >= 0.9 * rate) == (regime is Regime.DIFFUSION)
    assert Encounter(math.inf, 0.7, 0.3).regime is Regime.DIFFUSION


def test_equilibrium_does_not_depend_on_diffusion():
    slow = Encounter(2.0, 1e-6, 0.3)
    for pair in (PAIR, slow):
        assert pair.dissociation_rate(5.0) / pair.rate == pytest.approx(5.0 / 2.0, rel=1e-12)


def test_turnover_sharpens_the_depleted_zone():
    """The profile c = 1 − A e^{−r/λ}/r with A from 4πa²D c'(a) = k c(a), solved by hand."""
    turnover = 0.04
    length = turnover_length(0.7, turnover)
    a, d, k = 0.3, 0.7, 2.0
    slope_of_one = math.exp(-a / length) * (1 / (a * length) + 1 / a**2)
    value_of_one = math.exp(-a / length) / a
    amplitude = k / (4 * math.pi * a * a * d * slope_of_one + k * value_of_one)
    assert PAIR.rate_with_turnover(turnover) == pytest.approx(k * (1 - amplitude * value_of_one), rel=1e-12)


@pytest.mark.parametrize("intrinsic", [2.0, math.inf])
def test_mean_time_solves_its_equation(intrinsic):
    """D (r²T')'/r² = −1, T'(R) = 0 and D 4πa² T'(a) = k T(a): by quadrature of the flux."""
    pair = Encounter(intrinsic, 0.7, 0.3)
    search = Search(pair, radius=2.0)

    def slope(r):
        return (2.0**3 - r**3) / (3 * 0.7 * r * r)

    boundary = 4 * math.pi * 0.3**2 * 0.7 * slope(0.3) / intrinsic
    for start in (0.3, 0.31, 1.0, 2.0):
        assert search.mean_time(start) == pytest.approx(boundary + quad(slope, 0.3, start)[0], rel=1e-11)
    mean = quad(lambda r: search.mean_time(r) * 4 * math.pi * r * r, 0.3, 2.0)[0] / search.volume
    assert search.mean_time_from_anywhere == pytest.approx(mean, rel=1e-11)


def test_well_mixed_is_the_limit_of_a_small_target():
    """1 − ratio is 9a/(5R) to leading order, and what is left falls at least tenfold with a/R."""
    left = []
    for size in (1e-2, 1e-3):
        search = Search(Encounter(math.inf, 1.0, size), 1.0)
        left.append(abs(1 - search.mean_time_from_anywhere / search.well_mixed_time - 1.8 * size))
    assert left[1] < 0.1 * left[0] < 1e-3


def test_impossible_settings_are_refused():
    with pytest.raises(UsageError, match="diffusion = 0"):
        Encounter(1.0, 0.0, 1.0)
    with pytest.raises(UsageError, match="intrinsic = nan"):
        Encounter(math.nan, 1.0, 1.0)
    with pytest.raises(UsageError, match="diffusion = inf"):
        Encounter(1.0, math.inf, 1.0)
    with pytest.raises(UsageError, match="larger than the target"):
        Search(PAIR, 0.3)
    with pytest.raises(UsageError, match="between"):
        Search(PAIR, 2.0).mean_time(2.5)
