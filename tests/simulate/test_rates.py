"""Trajectories against closed forms and other integrators, in the user's units, and what is refused."""

import math

import numpy as np
import pytest
from tests.reference.networks import michaelis_menten, network

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UsageError
from isthmus.model.question import Observable
from isthmus.simulate import RatesSimulator, run, simulate
from isthmus.solve.result import Solution

DECAY = {"decay": "A -> B ; k*A"}


def decay(volume=1.0):
    return read_rates(network({"A": 3.0, "B": 0.0}, {"k": 0.5}, DECAY, volume=volume))


@pytest.mark.parametrize("volume", [1.0, 4e-12, 1e6])
def test_decay_in_concentrations_whatever_the_volume(volume):
    trajectory = simulate(decay(volume), 40.0, points=41, rtol=1e-8)
    exact = 3.0 * np.exp(-0.5 * trajectory.times)
    # rtol counts for large values, 1e-3 rtol of the peak for small ones; the global error is some ten local
    # ones.
    np.testing.assert_allclose(trajectory["A"], exact, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(trajectory["A"] + trajectory["B"], 3.0, rtol=1e-12)


@pytest.mark.parametrize("method", ["cvode", "radau", "ida"])
def test_integrators_agree(method):
    dynamics = read_rates(michaelis_menten(volume=1e-12))
    times = [0.01, 1.0, 20.0, 100.0]
    first = simulate(dynamics, 100.0, times=times, rtol=1e-9)
    second = simulate(dynamics, 100.0, times=times, rtol=1e-9, method=method)
    assert second.attributes["integrator"] == method
    np.testing.assert_allclose(second.values, first.values, rtol=1e-6, atol=1e-8)


def test_quantities_change_parameters_and_initial_values():
    trajectory = simulate(decay(), 2.0, times=[2.0], quantities={"k": 1.0, "A": 5.0, "B": 1.0})
    np.testing.assert_allclose(trajectory["A"], [5 * math.exp(-2)], rtol=1e-5)
    np.testing.assert_allclose(trajectory["B"], [1 + 5 * (1 - math.exp(-2))], rtol=1e-5)
    assert "k=1.0" in str(trajectory.attributes["changed_quantities"])


def test_observables_are_evaluated_along_the_way():
    observables = [Observable("share", parse("B/(A + B)")), Observable("flux", parse("decay"))]
    trajectory = simulate(decay(2.0), 4.0, points=5, observables=observables)
    np.testing.assert_allclose(trajectory["share"], trajectory["B"] / 3.0, rtol=1e-12)
    # A reaction id is its rate in substance per time: volume · k · A.
    np.testing.assert_allclose(trajectory["flux"], 2.0 * 0.5 * trajectory["A"], rtol=1e-12)


def test_without_times_the_steps_themselves():
    trajectory = simulate(decay(), 4.0)
    assert trajectory.times[0] == 0.0
    assert trajectory.times[-1] == 4.0
    assert len(trajectory.times) == trajectory.attributes["steps"] + 1


def test_what_starts_empty_is_resolved():
    # Everything starts at zero and fills through a catalytic chain; M reaches 1e-9, P 1e3: scales differ by
    # 1e12.
    model = network(
        {"M": 0.0, "P": 0.0},
        {"make": 1e-9, "gm": 1.0, "kp": 1e12, "gp": 1.0},
        {"tx": "-> M ; make", "dm": "M -> ; gm*M", "tl": "-> P ; kp*M", "dp": "P -> ; gp*P"},
    )
    trajectory = simulate(read_rates(model), 10.0, points=11)
    t = trajectory.times
    np.testing.assert_allclose(trajectory["M"], 1e-9 * -np.expm1(-t), rtol=1e-4, atol=1e-9 * 1e-6)
    np.testing.assert_allclose(trajectory["P"], 1e3 * (1 - np.exp(-t) * (1 + t)), rtol=1e-4, atol=1e3 * 1e-6)


def test_blow_up_is_an_error_with_advice():
    dynamics = read_rates(network({"X": 1.0}, {}, {"more": "2 X -> 3 X ; X*X"}))
    with pytest.raises(NumericalError, match="E-INTEGRATION") as caught:
        simulate(dynamics, 2.0)
    assert caught.value.exit_code == 5
    assert caught.value.advice
    # x = 1/(1 − t) is fine up to there; an error made early grows like dx/dx₀ = x², here 100-fold.
    assert simulate(dynamics, 0.9, times=[0.9])["X"][0] == pytest.approx(10.0, rel=1e-3)


def test_step_limit_is_an_error():
    with pytest.raises(NumericalError, match="max steps"):
        simulate(decay(), 4.0, max_steps=3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": 1}, "at least 2"),
        ({"points": 3, "times": [1.0]}, "both points and times"),
        ({"times": [2.0, 1.0]}, "out of order"),
        ({"times": [5.0]}, "outside the run"),
        ({"method": "euler"}, "'euler'"),
        ({"quantities": {"kk": 1.0}}, "did you mean k"),
        ({"quantities": {"k": math.nan}}, "finite number"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        simulate(decay(), 4.0, **arguments)


@pytest.mark.parametrize("horizon", [0.0, -1.0, math.inf, math.nan])
def test_horizon_must_be_positive_and_finite(horizon):
    with pytest.raises(UsageError, match="E-HORIZON"):
        simulate(decay(), horizon)


def test_a_sampled_run_knows_only_its_times():
    done = run(decay(), 4.0, times=[1.0, 3.0], method="radau")
    assert done.at([3.0]).shape == (1, 2)
    with pytest.raises(UsageError, match="E-TIMES"):
        done.at([2.0])


def test_the_simulator_keeps_its_settings():
    trajectory = RatesSimulator(points=7, rtol=1e-7).simulate(decay(), 4.0, {"k": 2.0})
    assert len(trajectory.times) == 7
    assert trajectory.attributes["rtol"] == 1e-7


def test_runs_share_no_memory():
    dynamics = read_rates(michaelis_menten())
    first = run(dynamics, 100.0)
    assert isinstance(first.solution, Solution)
    kept = [array.copy() for array in (first.solution.x, first.solution.differences, first.parameters)]
    # Shorter, longer and much tighter: the memory of each is of another size.
    for horizon, rtol in ((1.0, 1e-3), (100.0, 1e-6), (200.0, 1e-10)):
        again = run(dynamics, horizon, rtol=rtol)
        again.parameters[:] = -1.0
        again.quantities[:] = -1.0
    for array, copy in zip(
        (first.solution.x, first.solution.differences, first.parameters), kept, strict=True
    ):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(run(dynamics, 100.0).solution.x, kept[0])


def test_observing_is_evaluating_the_curve():
    dynamics = decay()
    done = run(dynamics, 4.0)
    kernel = dynamics.kernel([parse("A*time"), parse("decay")])
    # In any order, at the ends, at a step.
    times = np.array([4.0, 0.0, 1.7, done.solution.t[3], 0.3])
    amounts = done.at(times)[:, 0]
    curves = done.observe(kernel.address, kernel.width, times)
    np.testing.assert_allclose(curves[:, 0], amounts * times, rtol=1e-14)
    np.testing.assert_allclose(curves[:, 1], 0.5 * amounts, rtol=1e-14)
    for outside in (4.1, -0.1, math.nan):
        with pytest.raises(NumericalError, match="asked of a solution"):
            done.observe(kernel.address, kernel.width, [1.0, outside])
