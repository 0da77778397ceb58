"""The lane integrator: its order, its twin, its outputs, its failures."""

import math
import threading
import time

import numpy as np
import pytest
from tests.reference import rodas as twin
from tests.solve import problems
from tests.solve.lane_models import EXPLOSION, FORCED, LOTKA, POLE, ROBERTSON, dynamics_of, solver_of

from isthmus.errors import NumericalError
from isthmus.solve import SparseMatrix, System, evaluate_jacobian, evaluate_slopes, solve_ndf
from isthmus.solve.result import ResultCode
from isthmus.solve.rodas import LaneEnsemble, lanes_fit


def march(text, table, end, times, rtol=1e-6, atol=1e-9, max_steps=100_000, solver=None):
    solver = solver or solver_of(text)
    table = np.ascontiguousarray(table, dtype=float)
    tolerances = np.full((len(table), solver.system.states), atol)
    cancel = np.zeros(1, dtype=np.int64)
    ensemble = LaneEnsemble(
        solver, table, end, np.array(times, dtype=float), rtol, tolerances, max_steps, cancel
    )
    ensemble.march()
    return ensemble


def sets_of(text, count, seed=3, spread=0.3):
    nominal = dynamics_of(text).nominal
    random = np.random.Generator(np.random.Philox(seed))
    return nominal * np.exp(random.uniform(-spread, spread, (count, len(nominal))))


def column(text, name):
    return dynamics_of(text).quantities.index(name)


def slope_of_log(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def test_order_of_the_twin():
    def slope(t, x):
        return np.array([x[0] * math.cos(t), x[0] - 3 * x[1] * x[1]])

    def jacobian(t, x):
        return np.array([[math.cos(t), 0], [1, -6 * x[1]]])

    def drift(t, x):
        return np.array([-x[0] * math.sin(t), 0.0])

    exact = twin.integrate(slope, jacobian, drift, [1.0, 0.5], 2.0, 1000)
    steps = np.array([20, 28, 40, 56])
    errors = [np.abs(twin.integrate(slope, jacobian, drift, [1.0, 0.5], 2.0, s) - exact).max() for s in steps]
    assert abs(slope_of_log(2.0 / steps, errors) - 5) < 0.2


def test_order_of_the_lanes_with_true_stage_times():
    """Where all is accepted the steps are 0.1, 0.6 and 0.3 of the end: an error of order 6 in it."""
    ends = np.array([0.06, 0.085, 0.12, 0.17])
    errors = []
    for end in ends:
        ensemble = march(FORCED, dynamics_of(FORCED).nominal[None], end, [end], rtol=0.5, atol=1e30)
        assert ensemble.steps.tolist() == [3]
        errors.append(abs(ensemble.found[0, 0, 0] - math.exp(math.sin(end))))
    assert abs(slope_of_log(ends, errors) - 6) < 0.2


def test_order_of_the_curve_between_the_steps():
    """Within the middle step, from 0.1 to 0.7 of the end; its local error is of order 5."""
    ends = np.array([0.06, 0.085, 0.12, 0.17])
    errors = []
    for end in ends:
        times = np.linspace(0.2, 0.6, 9) * end
        ensemble = march(FORCED, dynamics_of(FORCED).nominal[None], end, times, rtol=0.5, atol=1e30)
        errors.append(np.abs(ensemble.found[0, :, 0] - np.exp(np.sin(times))).max())
    assert abs(slope_of_log(ends, errors) - 5) < 0.2


def test_robertson_published():
    ensemble = march(
        ROBERTSON, dynamics_of(ROBERTSON).nominal[None], 40.0, [0.0, 40.0], 1e-9, [1e-11, 1e-15, 1e-11]
    )
    assert ensemble.codes.tolist() == [ResultCode.SUCCESS]
    np.testing.assert_array_equal(ensemble.found[0, 0], [1.0, 0.0, 0.0])
    np.testing.assert_allclose(ensemble.found[0, 1], problems.ROBERTSON_40, rtol=1e-8)


def test_lanes_agree_with_the_twin():
    dynamics, table = dynamics_of(LOTKA), sets_of(LOTKA, 3)
    ensemble = march(LOTKA, table, 6.0, [6.0], rtol=1e-7)
    system = dynamics.system()
    for quantities, found in zip(table, ensemble.found[:, 0], strict=True):
        start, p = dynamics.start(quantities)
        x, steps = twin.integrate_adaptively(
            lambda t, x, p=p: evaluate_slopes(system, t, x, p),
            lambda t, x, p=p: evaluate_jacobian(system, t, x, p),
            lambda t, x: np.zeros(2),
            start,
            6.0,
            1e-7,
            1e-9,
        )
        # Both keep the tolerance, of which some fifty steps make at most fifty.
        np.testing.assert_allclose(found, x, rtol=5e-6)
        assert abs(steps - ensemble.steps.mean()) < 0.3 * steps


def test_lanes_agree_with_ndf_at_all_times():
    table, times = sets_of(LOTKA, 20), np.linspace(0.0, 12.0, 57)
    ensemble = march(LOTKA, table, 12.0, times, rtol=1e-8, atol=1e-11)
    dynamics = dynamics_of(LOTKA)
    for quantities, found in zip(table, ensemble.found, strict=True):
        start, p = dynamics.start(quantities)
        reference = solve_ndf(dynamics.system(), 0.0, 12.0, start, p, 1e-11, 1e-13)
        np.testing.assert_allclose(found, reference.at(times), rtol=3e-6)
    assert ensemble.reached.tolist() == [12.0] * 20


def test_error_follows_the_tolerance():
    table, tolerances = sets_of(LOTKA, 8), 10.0 ** np.arange(-4, -10, -1)
    reference = march(LOTKA, table, 6.0, [6.0], 1e-12, 1e-14).found
    errors = [np.abs(march(LOTKA, table, 6.0, [6.0], r, r).found / reference - 1).max() for r in tolerances]
    assert 0.7 < slope_of_log(tolerances, errors) < 1.3


@pytest.mark.parametrize("rtol", [1e-4, 1e-6])
def test_the_first_step_stays_on_this_side_of_a_pole(rtol):
    """The slope changes within far less than the absolute tolerance, so that only the first step decides."""
    end, poles = 1e10, np.geomspace(1e-14, 1e2, 24)
    table = np.tile(dynamics_of(POLE).nominal, (len(poles), 1))
    table[:, column(POLE, "k")] = poles
    done = march(POLE, table, end, [end], rtol, 1e-3 * rtol * math.sqrt(2 * end))
    exact = np.sqrt(poles**2 + 2 * end) - poles
    # x ~ √t: some hundred steps, each within the tolerance, of which all but the last few are forgotten.
    assert (done.codes == 0).all() and np.abs(done.found[:, 0, 0] / exact - 1).max() < 10 * rtol


@pytest.mark.parametrize("text", [ROBERTSON, LOTKA])
def test_a_set_does_not_feel_its_neighbours(text):
    table, times = sets_of(text, 37), np.linspace(0.0, 5.0, 11)
    together = march(text, table, 5.0, times)
    order = np.random.Generator(np.random.Philox(1)).permutation(37)
    mixed = march(text, table[order], 5.0, times)
    np.testing.assert_array_equal(mixed.found, together.found[order])
    np.testing.assert_array_equal(mixed.steps, together.steps[order])
    np.testing.assert_array_equal(march(text, table[5:6], 5.0, times).found[0], together.found[5])


def test_failing_sets_have_their_codes_and_spare_the_others():
    table = np.repeat(dynamics_of(EXPLOSION).nominal[None], 12, axis=0)
    k, x = column(EXPLOSION, "k"), column(EXPLOSION, "x")
    table[:, k] = np.linspace(0.1, 1.2, 12)
    healthy = march(EXPLOSION, table, 1.5, [0.5, 1.5])
    table[2, k], table[5, x], table[7, x] = np.nan, 2.0, np.inf
    poisoned = march(EXPLOSION, table, 1.5, [0.5, 1.5])
    spared = np.delete(np.arange(12), [2, 5, 7])
    np.testing.assert_array_equal(poisoned.found[spared], healthy.found[spared])
    assert (poisoned.codes[spared] == ResultCode.SUCCESS).all()
    assert poisoned.codes[[2, 7]].tolist() == [ResultCode.NOT_FINITE] * 2
    assert poisoned.codes[5] in (ResultCode.STEP_UNDERFLOW, ResultCode.NOT_FINITE)
    # x = 1 / (1/2 - k t) for k = 0.6 grows without bound at t = 5/6; the first time was still reached.
    assert poisoned.reached[5] == pytest.approx(1 / (2.0 * table[5, k]), rel=1e-5)
    assert np.isfinite(poisoned.found[5, 0]).all() and np.isnan(poisoned.found[5, 1]).all()


def test_the_step_limit_is_a_code():
    ensemble = march(LOTKA, sets_of(LOTKA, 9), 50.0, [50.0], max_steps=10)
    assert (ensemble.codes == ResultCode.MAX_STEPS).all() and (ensemble.steps == 10).all()


def test_cancelling_takes_effect_soon():
    solver, table = solver_of(LOTKA), sets_of(LOTKA, 16)
    march(LOTKA, table, 1.0, [1.0])
    cancel = np.zeros(1, dtype=np.int64)
    ensemble = LaneEnsemble(
        solver, table, 1e7, np.array([1.0, 1e7]), 1e-9, np.full((16, 2), 1e-12), 10**9, cancel
    )
    thread = threading.Thread(target=ensemble.march)
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive()
    cancel[0] = 1
    thread.join(timeout=2.0)
    assert not thread.is_alive()
    assert (ensemble.codes == ResultCode.CANCELLED).all()
    assert (ensemble.reached[:8] > 1.0).all() and np.isfinite(ensemble.found[:8, 0]).all()


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(NumericalError, match="E-SOLVE-SHAPE"):
        march(LOTKA, np.ones((2, 1)), 1.0, [1.0])
    with pytest.raises(NumericalError, match="E-SOLVE-TOLERANCE"):
        march(LOTKA, sets_of(LOTKA, 2), 1.0, [1.0], atol=0.0)


def test_the_chooser_says_why_not():
    constrained = problems.robertson(mass=np.diag([1.0, 1.0, 0.0]), gain=((-1, 1, 0), (1, -1, -1), (0, 0, 1)))
    fit = lanes_fit(constrained)
    assert not fit.applies and "constrained" in fit.because
    assert not lanes_fit(chain(101)).applies and lanes_fit(chain(100)).applies
    dense = problems.linear(np.ones((60, 60)))
    assert not lanes_fit(dense).applies and "operations" in lanes_fit(dense).because


def chain(size) -> System:
    diagonal = np.arange(size + 1, dtype=np.int32)
    return System(size, size, 0, 0, diagonal, diagonal[:-1].copy(), SparseMatrix.identity(size))
