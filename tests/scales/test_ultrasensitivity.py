"""Effective Hill coefficients against numerical derivatives and limits."""

import math

import pytest

from isthmus.errors import UsageError
from isthmus.scales.ultrasensitivity import (
    Binding,
    CovalentCycle,
    IndependentSites,
    concerted_active_fraction,
)


def logit_slope(function, x, h=1e-5):
    def logit(s):
        y = function(math.exp(s))
        return math.log(y / (1 - y))

    s = math.log(x)
    return (logit(s + h) - logit(s - h)) / (2 * h)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_independent_sites(n):
    sites = IndependentSites(n, 3.0)

    def response(x):
        return (x / (3.0 + x)) ** n

    for fraction in (0.1, 0.5, 0.9):
        assert response(sites.effective_concentration(fraction)) == pytest.approx(fraction, rel=1e-12)
    assert sites.logit_slope_at_half == pytest.approx(
        logit_slope(response, sites.effective_concentration(0.5)), rel=1e-8
    )
    x, slope = sites.steepest
    h = 1e-5
    assert (response(x * math.exp(h)) - response(x * math.exp(-h))) / (2 * h) == pytest.approx(
        slope, rel=1e-8
    )
    assert sites.hill < 1.4248


def test_many_independent_sites_tend_to_the_limit():
    limit = IndependentSites(math.inf)
    assert limit.hill == pytest.approx(1.42473398, abs=1e-8)
    assert limit.logit_slope_at_half == pytest.approx(2 * math.log(2))
    # The distance is O(1/N): a hundred times more sites, a hundred times closer.
    near, nearer = (abs(IndependentSites(n).hill - limit.hill) for n in (1e4, 1e6))
    assert near / nearer == pytest.approx(100, rel=0.05)


def test_cooperative_binding_slope_is_the_variance():
    binding = Binding.concerted(4, 1000.0, 0.01)
    for x in (0.5, 5.0, 50.0):
        assert binding.hill(x) == pytest.approx(logit_slope(binding.occupancy, x), rel=1e-7)
    x, steepest = binding.steepest_hill()
    assert binding.hill(x * 1.01) < steepest > binding.hill(x / 1.01)
    assert binding.occupancy(binding.half_saturation()) == pytest.approx(0.5, rel=1e-13)
    assert concerted_active_fraction(4, 1000.0, 0.01, 0.0) == pytest.approx(1 / 1001)


def test_identical_independent_adair_constants_do_not_cooperate():
    binding = Binding.adair([2.0, 2.0, 2.0])
    assert binding.occupancy(0.7) == pytest.approx(1.4 / 2.4, rel=1e-13)
    assert binding.hill(0.7) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("j1", "j2"), [(0.01, 0.01), (1.0, 0.2), (10.0, 10.0)])
@pytest.mark.parametrize("ratio", [0.3, 0.999999, 1.0, 1.000001, 4.0])
def test_covalent_cycle_balances_its_rates(j1, j2, ratio):
    cycle = CovalentCycle(j1, j2)
    w = cycle.modified(ratio)
    assert 0 < w < 1
    assert cycle.ratio_for(w) == pytest.approx(ratio, rel=1e-9)


def test_response_coefficient_closed_form():
    cycle = CovalentCycle(0.05, 0.3)
    expected = 81 * (0.05 + 0.1) * (0.3 + 0.1) / ((0.05 + 0.9) * (0.3 + 0.9))
    assert cycle.response_coefficient == pytest.approx(expected, rel=1e-13)
    with pytest.raises(UsageError, match="E-FRACTION"):
        cycle.ratio_for(1.0)
