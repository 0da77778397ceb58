"""Binomial bounds against SciPy's beta distribution and closed forms, and the arithmetic of spending."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from isthmus.certify.clopper_pearson import at_most, lower_bound, make_plan, sample_size, upper_bound


def exact_at_most(failures: int, draws: int, probability: float) -> float:
    return sum(
        comb(draws, i) * probability**i * (1 - probability) ** (draws - i) for i in range(failures + 1)
    )


@given(st.integers(1, 400), st.floats(0.001, 0.999), st.floats(0.001, 0.5))
def test_bounds_are_quantiles_of_beta(draws: int, share: float, delta: float) -> None:
    failures = int(share * draws)
    expected_upper = 1.0 if failures == draws else stats.beta.ppf(1 - delta, failures + 1, draws - failures)
    expected_lower = 0.0 if failures == 0 else stats.beta.ppf(delta, failures, draws - failures + 1)
    # lgamma of up to 400 loses about 1e-13; the quantile's slope is gentle.
    assert upper_bound(failures, draws, delta) == pytest.approx(expected_upper, rel=1e-9, abs=1e-12)
    assert lower_bound(failures, draws, delta) == pytest.approx(expected_lower, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("draws", "delta"), [(10, 0.05), (628, 0.05), (720, 0.025), (100_000, 0.01)])
def test_no_failure_has_a_closed_form(draws: int, delta: float) -> None:
    assert upper_bound(0, draws, delta) == pytest.approx(1 - delta ** (1 / draws), rel=1e-10)
    assert lower_bound(draws, draws, delta) == pytest.approx(delta ** (1 / draws), rel=1e-10)


def test_at_most_is_the_binomial_sum_and_does_not_underflow() -> None:
    assert at_most(2, 628, 0.01) == pytest.approx(exact_at_most(2, 628, 0.01), rel=1e-11)
    # All 2000 of 2000 but one: (1 − p)^2000 underflows, the probability does not.
    assert at_most(1999, 2000, 0.999) == pytest.approx(1 - 0.999**2000, rel=1e-9)


@pytest.mark.parametrize(
    ("delta", "failures", "draws"),
    [(0.05, 0, 299), (0.05, 2, 628), (0.025, 0, 368), (0.025, 2, 720), (0.0125, 2, 810)],
)
def test_sample_size_is_the_smallest_that_suffices(delta: float, failures: int, draws: int) -> None:
    assert sample_size(0.01, delta, failures) == draws
    assert exact_at_most(failures, draws, 0.01) <= delta < exact_at_most(failures, draws - 1, 0.01)
    assert upper_bound(failures, draws, delta) <= 0.01 < upper_bound(failures, draws - 1, delta)


def test_attempts_spend_no_more_than_delta_together() -> None:
    plans = [make_plan(j) for j in range(1, 40)]
    assert sum(plan.delta for plan in plans) <= 0.05
    assert [plan.draws for plan in plans[:3]] == [720, 810, 897]
    # Announced as the only one, a test may spend all of delta.
    assert (make_plan(0).draws, make_plan(0).delta) == (628, 0.05)


def test_a_claim_that_is_wrong_is_kept_no_more_often_than_delta() -> None:
    """Coverage, exactly: at a violation rate of eta, at most 2 failures come with probability ≤ delta."""
    for attempt in (0, 1, 2, 5):
        plan = make_plan(attempt)
        assert stats.binom.cdf(plan.failures, plan.draws, plan.eta) <= plan.delta
        # One failure more would not be safe: the rule is not needlessly strict.
        assert stats.binom.cdf(plan.failures + 1, plan.draws, plan.eta) > plan.delta


def test_stopping_at_the_settling_failure_keeps_the_bound_valid() -> None:
    """Negative binomial stopping: the bound used is at least the exact one for that stopping rule."""
    delta, failures = 0.025, 3
    for draws in (3, 10, 50, 400):
        # P{the third failure comes at draw n or later} = P{at most 2 failures in n − 1 draws}.
        grid = np.linspace(1e-4, 1 - 1e-4, 4001)
        exact = grid[stats.binom.cdf(failures - 1, draws - 1, grid) >= delta].max()
        assert upper_bound(failures, draws, delta) >= exact - 1e-3
