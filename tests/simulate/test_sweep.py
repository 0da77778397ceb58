"""Sweeps: the same numbers whatever the workers, each set on its own scale, the choice explained."""

import threading
import time

import numpy as np
import pytest
from tests.reference.events import event, ruled
from tests.solve.lane_models import EXPLOSION, LOTKA, ROBERTSON, dynamics_of

import isthmus
from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.model.question import Observable
from isthmus.simulate import simulate
from isthmus.simulate.sweep import sweep

TIMES = np.linspace(0.0, 10.0, 6)
SMALL_VOLUME = """
model small
  compartment cell = 4e-12; species A in cell, B in cell;
  A = 1; B = 0; A -> B; cell * k * A; B -> A; cell * 2 * B; k = 1;
end
"""


def columns(count, seed=11):
    random = np.random.Generator(np.random.Philox(seed))
    return {"a": random.uniform(1.0, 2.0, count), "x": random.uniform(0.5, 1.5, count), "b": 0.9}


@pytest.mark.parametrize("method", ["lanes", "ndf"])
def test_the_number_of_workers_changes_nothing(method):
    runs = [sweep(dynamics_of(LOTKA), columns(41), 10.0, TIMES, workers=w, method=method) for w in (1, 2, 5)]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.values, runs[0].values)
        np.testing.assert_array_equal(run.steps, runs[0].steps)
    assert runs[0].ok.all()


def test_every_set_is_the_trajectory_of_its_quantities():
    given = columns(10)
    run = sweep(dynamics_of(LOTKA), given, 10.0, TIMES, rtol=1e-8)
    assert run.varied == ("a", "x", "b") and run.table.shape == (10, 3)
    for i in range(10):
        quantities = {"a": float(given["a"][i]), "x": float(given["x"][i]), "b": 0.9}
        expected = simulate(dynamics_of(LOTKA), 10.0, times=TIMES.tolist(), quantities=quantities, rtol=1e-10)
        np.testing.assert_allclose(run["x"][i], expected["x"], rtol=1e-5)
        np.testing.assert_allclose(run["y"][i], expected["y"], rtol=1e-5)


def test_huang_ferrell_agrees_with_tight_ndf():
    dynamics = read_rates(isthmus.read("examples/huang_ferrell_1996.ant").model)
    random = np.random.Generator(np.random.Philox(2))
    table = dynamics.nominal * np.exp(random.uniform(-0.3, 0.3, (12, len(dynamics.nominal))))
    times = np.linspace(0.0, 100.0, 11)
    loose = sweep(dynamics, table, 100.0, times, rtol=1e-6, method="lanes")
    tight = sweep(dynamics, table, 100.0, times, rtol=1e-9, method="ndf")
    peaks = np.abs(tight.values).max(axis=1, keepdims=True)
    # Half a dozen time scales: the global error is some tens of the tolerance.
    assert (np.abs(loose.values - tight.values) / peaks).max() < 3e-5


def test_each_set_has_its_own_scale():
    """Robertson's second state peaks at 4e-5 of the first; and a volume of 4e-12 makes all amounts tiny."""
    given = {"k1": np.geomspace(0.01, 0.1, 8), "A": np.geomspace(1e-3, 1e3, 8)}
    loose, tight = (sweep(dynamics_of(ROBERTSON), given, 40.0, [1.0, 40.0], rtol=r) for r in (1e-6, 1e-10))
    np.testing.assert_allclose(loose.values, tight.values, rtol=1e-4)
    dynamics = dynamics_of(SMALL_VOLUME)
    run = sweep(dynamics, {"k": np.linspace(0.5, 2.0, 9)}, 1.0, [0.5, 1.0])
    rate = 2.0 + np.linspace(0.5, 2.0, 9)[:, None]
    exact = (2.0 + (rate - 2.0) * np.exp(-rate * [0.5, 1.0])) / rate
    np.testing.assert_allclose(run["A"], exact, rtol=1e-5)


def test_a_coarse_pass_that_runs_away_does_not_loosen_the_tolerance():
    """For these numbers the coarse pass leaves Robertson's manifold and finds peaks far too high."""
    given = {"A": 0.7901240648501746, "k1": 0.0350301266864401, "k2": 8925.835269251504}
    columns = {name: np.full(8, value) for name, value in given.items()} | {
        "k3": np.full(8, 23664102.75443131)
    }
    times = np.linspace(5.0, 100.0, 20)
    run, tight = (
        sweep(dynamics_of(ROBERTSON), columns, 100.0, times, rtol=rtol, method=method)
        for rtol, method in ((1e-6, "lanes"), (1e-10, "ndf"))
    )
    np.testing.assert_allclose(run.values, tight.values, rtol=1e-5)


def test_a_set_that_starts_far_below_the_others_is_measured_by_its_own_start():
    """Logistic growth by eleven orders of magnitude, from a start by ten below the nominal one."""
    model = isthmus.read("x = 1000; K = 1e4; r = 1; x' = r*x*(1 - x/K)").model
    starts, times = np.geomspace(1e-7, 1e3, 16), np.array([1.0, 5.0, 12.0, 25.0, 40.0])
    run = sweep(read_rates(model), {"x": starts}, 40.0, times, rtol=1e-6, method="lanes")
    exact = 1e4 / (1.0 + (1e4 - starts[:, None]) / starts[:, None] * np.exp(-times))
    # While it grows, a relative error stays what it is; some tens of the tolerance come together.
    np.testing.assert_allclose(run["x"], exact, rtol=3e-5)


def test_observables_and_units():
    seen = [Observable("sum", symbol("x") + symbol("y")), Observable("x", symbol("x"))]
    run = sweep(dynamics_of(LOTKA), columns(9), 10.0, TIMES, seen)
    assert run.names == ("sum", "x") and run.values.shape == (9, 6, 2)
    both = sweep(dynamics_of(LOTKA), columns(9), 10.0, TIMES)
    np.testing.assert_array_equal(run["sum"], both["x"] + both["y"])


@pytest.mark.parametrize("method", ["lanes", "ndf"])
def test_a_set_that_fails_spares_the_others(method):
    k = np.linspace(0.1, 1.2, 12)
    healthy = sweep(dynamics_of(EXPLOSION), {"k": k}, 1.5, [0.5, 1.5], method=method)
    k[3], k[8] = np.nan, 9.0
    run = sweep(dynamics_of(EXPLOSION), {"k": k}, 1.5, [0.1, 1.5], method=method)
    assert run.endings()["SUCCESS"] == 10 and not run.ok[3] and not run.ok[8]
    spared = np.delete(np.arange(12), [3, 8])
    np.testing.assert_array_equal(run["x"][spared, 1], healthy["x"][spared, 1])
    assert np.isfinite(run["x"][8, 0]) and np.isnan(run["x"][[3, 8], 1]).all()


def test_what_fails_on_lanes_is_tried_again():
    # A switch as it is often written: its slope at x = 0 is infinity over infinity. y = t - k atan(t / k).
    text = "model switch\n  x = 0; x' = 1; y = 0; y' = 1 / (1 + (k / x)^n); k = 1; n = 2;\nend\n"
    given = {"k": np.linspace(0.1, 1.0, 9)}
    given["k"][4] = np.nan
    alone = sweep(dynamics_of(text), given, 2.0, [1.0, 2.0], method="lanes")
    assert alone.endings() == {"NOT_FINITE": 9} and alone.attributes["integrator"] == "RODAS5 on lanes"
    run = sweep(dynamics_of(text), given, 2.0, [1.0, 2.0])
    assert run.endings() == {"SUCCESS": 8, "NOT_FINITE": 1}
    assert "NDF for 9 sets" in run.attributes["integrator"]
    k, t = given["k"][:, None], np.array([1.0, 2.0])
    np.testing.assert_allclose(run["y"], t - k * np.arctan(t / k), rtol=1e-5)


def test_what_grows_without_bound_is_not_tried_again():
    # x = 1 / (2 - k t) has no value at t = 2.5 where k > 0.8.
    run = sweep(dynamics_of(EXPLOSION), {"k": np.linspace(0.1, 1.6, 16)}, 2.5, [2.5])
    assert run.endings() == {"SUCCESS": 7, "STEP_UNDERFLOW": 9}
    assert run.attributes["integrator"] == "RODAS5 on lanes"


@pytest.mark.parametrize("method", ["lanes", "ndf"])
def test_a_sweep_can_be_cancelled(method):
    sweep(dynamics_of(LOTKA), columns(9), 1.0, [1.0], method=method)
    cancel = np.zeros(1, dtype=np.int64)
    timer = threading.Timer(0.3, cancel.__setitem__, (0, 1))
    timer.start()
    begun = time.monotonic()
    run = sweep(
        dynamics_of(LOTKA),
        columns(9),
        1e7,
        [1e7],
        rtol=1e-10,
        atol=1e-12,
        max_steps=10**9,
        cancel=cancel,
        method=method,
    )
    assert time.monotonic() - begun < 2.3
    assert run.endings() == {"CANCELLED": 9}


def test_the_choice_is_explained():
    few = sweep(dynamics_of(LOTKA), {"a": [1.0, 1.1]}, 1.0, [1.0])
    many = sweep(dynamics_of(LOTKA), {"a": np.linspace(1, 2, 8)}, 1.0, [1.0])
    assert few.attributes["integrator"] == "NDF" and "2 sets" in few.attributes["chosen_because"]
    assert "lanes" in many.attributes["integrator"] and "2 states" in many.attributes["chosen_because"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantities": {"aa": [1.0]}}, "E-UNKNOWN-QUANTITY"),
        ({"quantities": {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}}, "E-QUANTITIES-SHAPE"),
        ({"quantities": {"a": [[1.0, 2.0]]}}, "E-QUANTITIES-SHAPE"),
        ({"quantities": np.ones((3, 2))}, "E-QUANTITIES-SHAPE"),
        ({"horizon": -1.0}, "E-HORIZON"),
        ({"times": [2.0, 1.0]}, "E-TIMES"),
        ({"times": []}, "E-TIMES"),
        ({"times": [11.0]}, "E-TIMES"),
        ({"method": "magic"}, "E-METHOD"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes, code):
    asked = {"quantities": {"a": [1.0]}, "horizon": 10.0, "times": [1.0], "method": "auto", **changes}
    with pytest.raises(UsageError, match=code):
        sweep(
            dynamics_of(LOTKA), asked["quantities"], asked["horizon"], asked["times"], method=asked["method"]
        )


def test_sets_of_models_with_events_are_what_single_runs_are():
    # A ball that is thrown up late and a dose: thresholds, delays and assigned values vary from set to set.
    model = ruled(
        {"A": 1.0, "B": 0.0, "low": 0.5, "lag": 0.4, "gain": 2.0, "at": 1.0, "k": 0.8},
        {"A": "-k*A", "B": "-0.2*B + piecewise(0.1, time < at, 0)"},
        [
            event("late", "A < low", {"B": "B + gain*A"}, delay="lag + A", at_trigger=False),
            event("dose", "time >= 2*at", {"A": "A + 1"}),
        ],
    )
    dynamics, times = read_rates(model), np.linspace(0.5, 6.0, 12)
    random = np.random.Generator(np.random.Philox(3))
    columns = {name: random.uniform(0.3, 0.9, 9) for name in ("low", "lag", "gain", "at", "k", "A")}
    found = sweep(dynamics, columns, 6.0, times, rtol=1e-8, workers=2)
    assert (found.codes == 0).all()
    names = list(found.names)
    for number in range(9):
        quantities = {name: float(values[number]) for name, values in columns.items()}
        for method, allowed in (("ndf", 0.0), ("cvode", 1e-5)):
            alone = simulate(
                dynamics, 6.0, times=list(times), quantities=quantities, rtol=1e-8, method=method
            )
            for name in ("A", "B"):
                curve = found.values[number, :, names.index(name)]
                np.testing.assert_allclose(curve, alone[name], rtol=allowed, atol=allowed)
