"""The error metric on curves whose error is known in closed form."""

import math
import time

import numpy as np
import pytest

from isthmus.certify.error import ErrorMetric, choose_metric, comparison_times
from isthmus.certify.features import MOVING, OSCILLATING, SETTLED, end_state, features, turning_points
from isthmus.model.question import Domain


def peak_metric(floor: float = 0.0) -> ErrorMetric:
    return ErrorMetric(("peak",), np.array([floor]))


def test_the_error_is_the_supremum_over_the_peak() -> None:
    """full = 1 − e^{−t}, reduced = 1 − e^{−2t}: the difference is largest at t = ln 2, where it is 1/4."""
    times = np.linspace(0, 20, 20001)
    full, reduced = 1 - np.exp(-times), 1 - np.exp(-2 * times)
    comparison = peak_metric().compare(times, full[:, None], reduced[:, None])
    # On a grid of spacing h the supremum is missed by at most |f''| h²/8 ≈ 1e-7.
    assert comparison.error == pytest.approx(0.25, abs=2e-7)
    assert comparison.time == pytest.approx(math.log(2), abs=1e-3)


def test_the_floor_takes_over_from_a_small_peak() -> None:
    times = np.linspace(0, 1, 11)
    full, reduced = np.full((11, 1), 1e-6), np.zeros((11, 1))
    assert peak_metric(1e-3).compare(times, full, reduced).error == pytest.approx(1e-3)
    assert peak_metric().compare(times, full, reduced).error == pytest.approx(1.0)


def test_values_that_are_not_finite_are_an_infinite_error() -> None:
    times = np.linspace(0, 1, 3)
    full = np.ones((3, 2))
    reduced = np.ones((3, 2))
    reduced[1, 1] = math.nan
    comparison = ErrorMetric(("peak", "peak"), np.zeros(2)).compare(times, full, reduced)
    assert comparison.error == math.inf
    assert (comparison.observable, comparison.time) == (1, 0.5)


def test_a_ripple_on_a_plateau_is_measured_by_its_range(build) -> None:
    times = np.linspace(0, 10, 1001)
    ripple = 100 + np.sin(times)
    question = build.question("P", 0.01, 10.0, Domain())
    metric, notes = choose_metric(question, ripple[:, None])
    assert metric.kinds == ("range",)
    assert "P" in notes[0]
    # Losing the whole ripple is 1 % of the peak, but half of the range.
    assert metric.compare(times, ripple[:, None], np.full((1001, 1), 100.0)).error == pytest.approx(
        0.5, rel=1e-3
    )
    # A range of 30 % of the peak is no ripple at 1 %; a constant has no range to be measured by.
    assert choose_metric(question, (100 + 30 * np.sin(times))[:, None])[0].kinds == ("peak",)
    assert choose_metric(question, np.full((3, 1), 5.0))[0].kinds == ("peak",)


def test_the_grid_holds_both_solvers_steps_and_points_in_between() -> None:
    first, second = np.array([0.0, 1.0, 4.0]), np.array([0.0, 2.0, 4.0])
    times = comparison_times(first, second, 0.5, 4.0, interior=1)
    assert times.tolist() == [0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0]


def test_a_layer_between_the_steps_of_one_solver_is_seen_through_the_other() -> None:
    """The reduced solver's coarse steps jump a pulse of width 1e-3 that the full solver resolved."""
    coarse = np.array([0.0, 5.0, 10.0])
    fine = np.concatenate(([0.0], 3 + np.linspace(-5e-3, 5e-3, 41), [10.0]))

    def pulse(t: np.ndarray) -> np.ndarray:
        return np.exp(-(((t - 3) / 1e-3) ** 2))

    both = comparison_times(fine, coarse, 0.0, 10.0)
    assert peak_metric().compare(both, 1 + pulse(both)[:, None], np.ones((len(both), 1))).error > 0.49
    alone = comparison_times(coarse, coarse, 0.0, 10.0)
    assert peak_metric().compare(alone, 1 + pulse(alone)[:, None], np.ones((len(alone), 1))).error < 1e-6


def test_features_of_a_sine() -> None:
    times = np.linspace(0, 50, 5001)
    found = features(times, 3 + 2 * np.sin(1.7 * times), 0.2)
    assert found.period == pytest.approx(2 * math.pi / 1.7, rel=1e-5)
    assert found.amplitude == pytest.approx(2, rel=1e-4)
    assert found.mean == pytest.approx(3, rel=1e-3)


def test_the_features_metric_forgives_a_phase_and_sees_a_period() -> None:
    times = np.linspace(0, 60, 6001)
    full = (2 + np.sin(times))[:, None]
    metric = ErrorMetric(("features",), np.array([1e-3]))
    assert metric.compare(times, full, (2 + np.sin(times + 1))[:, None]).error < 1e-3
    assert metric.compare(times, full, (2 + np.sin(1.1 * times))[:, None]).error == pytest.approx(
        1 - 1 / 1.1, abs=1e-3
    )
    assert metric.compare(times, full, (2 + 1.3 * np.sin(times))[:, None]).error == pytest.approx(
        0.3, abs=1e-3
    )
    assert metric.compare(times, full, np.full((6001, 1), 2.0)).error == math.inf


def test_turning_points_ignore_wiggles() -> None:
    times = np.linspace(0, 10, 1001)
    values = np.sin(times) + 1e-3 * np.sin(200 * times)
    assert [round(float(times[i]), 1) for i in turning_points(values, 0.1)] == pytest.approx(
        [math.pi / 2, 3 * math.pi / 2, 5 * math.pi / 2], abs=0.06
    )
    assert turning_points(np.ones(10), 0.1) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (lambda t: 1 - np.exp(-t), SETTLED),
        (lambda t: np.sin(t), OSCILLATING),
        (lambda t: t / 100, MOVING),
        (lambda t: np.exp(-t) * np.sin(5 * t), SETTLED),
        (lambda t: np.exp(-t / 30) * np.sin(2 * t), MOVING),
        (lambda t: np.exp(-t / 200) * np.sin(2 * t), OSCILLATING),
    ],
    ids=["relaxing", "sine", "ramp", "ringing down at once", "ringing down", "ringing on"],
)
def test_how_a_run_ends(values, expected) -> None:
    times = np.linspace(0, 100, 10001) if expected != SETTLED else np.linspace(0, 40, 10001)
    assert end_state(times, values(times), 0.02) == expected


def test_a_comparison_is_fast() -> None:
    """300 steps with two points in between, one observable: the best of many, as the machine is shared."""
    steps = np.sort(np.random.default_rng(1).random(300))
    times = comparison_times(steps, steps, 0.0, 1.0)
    full, reduced = np.sin(times)[:, None], np.cos(times)[:, None]
    metric = peak_metric(1e-3)

    def one() -> float:
        start = time.perf_counter()
        metric.compare(times, full, reduced)
        return time.perf_counter() - start

    assert min(one() for _ in range(50)) < 200e-6
