"""Rates that jump: located to the last digit however long the steps, against closed forms and a slow twin."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.reference import hybrid
from tests.reference.events import event, ruled

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError
from isthmus.model.rule import Constraint
from isthmus.simulate import run, simulate

RTOL = 1e-8
CLOSE = 1e3 * RTOL


@pytest.mark.parametrize("method", ["ndf", "cvode", "radau"])
def test_a_pulse_much_shorter_than_the_steps_is_seen(method):
    model = ruled({"A": 0.0}, {"A": "piecewise(1, (time >= 5) && (time < 5.001), 0) - 0.1*A"})
    trajectory = simulate(read_rates(model), 100.0, times=[5.0, 20.0], rtol=RTOL, method=method, atol=1e-12)
    exact = (1 - math.exp(-0.1 * 0.001)) / 0.1 * math.exp(-0.1 * (20 - 5.001))
    np.testing.assert_allclose(trajectory["A"], [0.0, exact], rtol=CLOSE)


def test_pulses_that_repeat_are_all_seen():
    # A thousandth of each day: a step is many days long.
    model = ruled({"A": 0.0}, {"A": "piecewise(1, time - 24*floor(time/24) < 0.024, 0)"})
    trajectory = simulate(read_rates(model), 1000.0, times=[1000.0], rtol=RTOL)
    np.testing.assert_allclose(trajectory["A"], [0.024 * 42], rtol=CLOSE)


def test_a_staircase_is_integrated_exactly():
    model = ruled({"A": 0.0, "B": 0.0}, {"A": "floor(time)", "B": "ceil(-2*time)"})
    trajectory = simulate(read_rates(model), 10.5, times=[10.5], rtol=RTOL)
    np.testing.assert_allclose(trajectory["A"], [45 + 5.0], rtol=CLOSE)
    # Minus the area under floor(2 t) up to 10.5.
    np.testing.assert_allclose(trajectory["B"], [-0.5 * sum(range(21))], rtol=CLOSE)


def test_a_jump_at_a_threshold_of_a_state():
    # A falls from 2 at rate 1 down to 1, then at rate 0.1.
    model = ruled({"A": 2.0}, {"A": "piecewise(-1, A > 1, -0.1)"})
    trajectory = simulate(read_rates(model), 3.0, times=[0.5, 1.0, 3.0], rtol=RTOL)
    np.testing.assert_allclose(trajectory["A"], [1.5, 1.0, 0.8], rtol=CLOSE)


def test_passing_through_an_equality_is_seen():
    model = ruled({"A": 0.0, "B": 0.0}, {"A": "1", "B": "piecewise(1, neq(A, 2), 5)"})
    done = run(read_rates(model), 4.0, rtol=RTOL)
    assert np.abs(done.solution.t - 2.0).min() < CLOSE
    np.testing.assert_allclose(done.at([4.0])[0], [4.0, 4.0], rtol=CLOSE)


def test_a_thermostat_with_hysteresis_has_the_period_of_the_closed_form():
    model = ruled(
        {"T": 15.0, "on": 1.0},
        {"T": "10*on - 0.5*(T - 10)"},
        [event("warm", "T > 20", {"on": "0"}), event("cold", "T < 18", {"on": "1"})],
    )
    done = run(read_rates(model), 20.0, rtol=RTOL)
    # Towards 30 with the heating, towards 10 without it.
    heating, cooling = 2 * math.log(12 / 10), 2 * math.log(10 / 8)
    spans = np.diff([time for time, _ in done.events])
    np.testing.assert_allclose(spans[0::2], cooling, rtol=10 * CLOSE)
    np.testing.assert_allclose(spans[1::2], heating, rtol=10 * CLOSE)


def test_rates_that_push_back_from_both_sides_are_an_error_with_advice():
    # Heating below 20, cooling above: T would stay at 20, where the rates have no value between the two.
    model = ruled({"T": 15.0}, {"T": "piecewise(5, T < 20, -5)"})
    with pytest.raises(NumericalError, match="slides along it"):
        simulate(read_rates(model), 3.0, atol=1e-6, max_steps=3000)


def test_implicit_unknowns_are_solved_for_after_an_event():
    # B = A^2 is given by an equation only.
    model = replace(
        ruled({"A": 1.0, "B": 1.0}, {"A": "-A"}, [event("jump", "time >= 1", {"A": "3"})]),
        constraints=(Constraint("B", parse("A^2 - B"), parse("1")),),
    )
    done = run(read_rates(model), 2.0, rtol=RTOL)
    exact = np.array([math.exp(-0.5), 3.0, 3 * math.exp(-1)])
    np.testing.assert_allclose(done.at([0.5, 1.0, 2.0]), np.stack([exact, exact**2], axis=1), rtol=CLOSE)


def test_a_jump_that_is_none_is_no_matter():
    # Both branches are one function: rounding decides which of them, again and again.
    model = ruled({"A": 1.0, "B": 1.0}, {"A": "piecewise(B - A, A > B, B - A)", "B": "A - B"})
    trajectory = simulate(read_rates(model), 1000.0, times=[1000.0])
    np.testing.assert_allclose(trajectory.values, [[1.0, 1.0]], rtol=1e-6)


def test_a_branch_without_values_beyond_its_end():
    # The root has no value for A < 0, which the other branch is for. A = (1 - t/2)^2 up to t = 2.
    model = ruled({"A": 1.0}, {"A": "piecewise(-A^(1/2), A > 0, 0)"})
    trajectory = simulate(read_rates(model), 4.0, times=[1.0, 4.0], rtol=1e-6)
    np.testing.assert_allclose(trajectory["A"], [0.25, 0.0], rtol=1e-4, atol=1e-6)


def test_a_threshold_on_a_wave_in_time_is_met_where_nothing_else_moves():
    model = ruled({"A": 0.0}, {}, [event("crest", "sin(time) > 0.99", {"A": "A + 1"})])
    done = run(read_rates(model), 300.0, rtol=RTOL)
    crests = math.asin(0.99) + 2 * math.pi * np.arange(48)
    np.testing.assert_allclose([time for time, _ in done.events], crests, rtol=1e-14)


@pytest.mark.parametrize("method", ["ndf", "cvode", "ida", "radau"])
def test_a_model_without_states_has_nothing_to_integrate(method):
    model = ruled({}, {}, [event("nothing", "time >= 1", {})])
    assert simulate(read_rates(model), 2.0, times=[0.0, 2.0], method=method).values.shape == (2, 0)


def test_smooth_models_have_nothing_to_switch():
    assert read_rates(ruled({"A": 1.0}, {"A": "-A*abs(A) + max(A, 2)"})).switched() is None
    # A condition of constants never changes.
    assert read_rates(ruled({"A": 1.0, "k": 3.0}, {"A": "piecewise(1, 2 > 1, A)"})).switched() is None


PREDATORS = ruled(
    {"x": 1.0, "y": 0.5, "n": 0.0, "last": 0.0},
    {"x": "x*(1 - y)", "y": "y*(x - 1)"},
    [
        event("cull", "x > 1.2", {"x": "0.9*x", "n": "n + 1", "last": "x*y"}, delay="0.3", at_trigger=False),
        event("feed", "y < 0.6 && x < 1.1", {"y": "y + 0.2"}, delay="0.1*x", persistent=False),
        event("mark", "n >= 2", {"n": "0", "y": "1.05*y"}, priority="1"),
        event("clock", "time >= 3", {"x": "x + 0.1"}, priority="n", initially=False),
    ],
)


TIMES = np.linspace(0.0, 9.0, 19)


@pytest.fixture(scope="module")
def slow_twin():
    return hybrid.integrate(PREDATORS, 9.0, TIMES, 0.5)


@pytest.mark.parametrize("method", ["ndf", "cvode", "ida"])
def test_many_kinds_of_events_as_in_the_slow_twin(method, slow_twin):
    expected, events = slow_twin
    assert len({name for _, name in events}) == 4
    found = run(read_rates(PREDATORS), 9.0, times=TIMES, rtol=1e-8, method=method, atol=1e-12)
    assert [name for _, name in found.events] == [name for _, name in events]
    # Errors of events feed into later ones.
    np.testing.assert_allclose([t for t, _ in found.events], [t for t, _ in events], rtol=1e-5)
    np.testing.assert_allclose(found.at(TIMES), expected, rtol=1e-5, atol=1e-6)
