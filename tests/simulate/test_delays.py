"""Delays against closed forms, a slow twin with its own history, and each other's integrators."""

from dataclasses import replace
from math import exp, factorial, floor

import numpy as np
import pytest
from tests.reference.delays import method_of_steps
from tests.reference.events import event, ruled

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, UnsupportedFeature, UsageError
from isthmus.model.parameter import Parameter
from isthmus.model.question import Observable
from isthmus.model.rule import AssignmentRule, InitialAssignment
from isthmus.simulate import run, simulate, steady_state, sweep

RTOL = 1e-8
# Some hundred local errors: each order-1 restart adds its own, and delays hand them on.
CLOSE = 1e3 * RTOL
TIMES = np.linspace(0, 5, 51)[1:]


def with_constants(model, **values):
    return replace(
        model, parameters=model.parameters + tuple(Parameter(name, value) for name, value in values.items())
    )


def with_rules(model, **texts):
    return replace(
        model,
        parameters=model.parameters + tuple(Parameter(name, None, constant=False) for name in texts),
        assignments=tuple(AssignmentRule(name, parse(text)) for name, text in texts.items()),
    )


def decay():
    return with_constants(ruled({"x": 1.0}, {"x": "-delay(x, tau)"}), tau=1.0)


def by_steps(t):
    """x′ = −x(t − 1), x = 1 before 0: a polynomial of one degree more on each interval."""
    return sum((-1) ** k * max(t - (k - 1), 0) ** k / factorial(k) for k in range(floor(t) + 2))


@pytest.mark.parametrize(("method", "rtol"), [("ndf", 1e-5), ("ndf", 1e-8), ("ndf", 1e-11), ("radau", 1e-8)])
def test_the_polynomials_of_the_method_of_steps(method, rtol):
    done = run(read_rates(decay()), 5.0, times=TIMES, rtol=rtol, method=method)
    expected = [by_steps(t) for t in TIMES]
    np.testing.assert_allclose(done.at(TIMES)[:, 0], expected, atol=1e2 * rtol, rtol=0)


def test_the_past_of_the_present_is_what_it_was():
    trajectory = simulate(
        read_rates(with_rules(decay(), then="delay(x, 0.3)", square="delay(x*time, 0.3)")),
        5.0,
        times=TIMES.tolist(),
        rtol=RTOL,
        observables=[Observable("then", parse("then")), Observable("square", parse("square"))],
    )
    past = np.array([by_steps(t - 0.3) if t >= 0.3 else 1.0 for t in TIMES])
    np.testing.assert_allclose(trajectory.observed[:, 0], past, atol=CLOSE)
    # time goes back as well, before 0 too
    np.testing.assert_allclose(trajectory.observed[:, 1], past * (TIMES - 0.3), atol=5 * CLOSE)


def test_mackey_and_glass_agree_with_a_slow_twin():
    text = "0.2*delay(x, 17)/(1 + delay(x, 17)^10) - 0.1*x"
    times = np.linspace(0, 60, 31)[1:]

    def slopes(t, x, at):
        past = at(t - 17.0)
        return 0.2 * past / (1 + past**10) - 0.1 * x

    twin = method_of_steps(slopes, [0.5], [17.0], 60.0)
    expected = np.array([twin(t) for t in times])
    for method in ("ndf", "radau"):
        done = run(read_rates(ruled({"x": 0.5}, {"x": text})), 60.0, times=times, rtol=RTOL, method=method)
        np.testing.assert_allclose(done.at(times), expected, rtol=CLOSE)


def test_two_lags_and_a_jump_that_comes_back_agree_with_a_slow_twin():
    model = ruled(
        {"x": 1.0, "y": 0.5, "seen": 0.0},
        {"x": "-delay(x, 1) + 0.3*delay(y, 0.35)", "y": "x - y"},
        [
            event("push", "time >= 1.3", {"x": "x + 2"}),
            event("note", "time >= 2.5", {"seen": "delay(x + y, 0.2)"}),
        ],
    )

    def slopes(t, state, at):
        x, y, _ = state
        return np.array([-at(t - 1.0)[0] + 0.3 * at(t - 0.35)[1], x - y, 0.0])

    jumps = [
        (1.3, lambda state, at: np.add(state, [2.0, 0.0, 0.0])),
        (2.5, lambda state, at: np.array([*state[:2], at(2.3)[0] + at(2.3)[1]])),
    ]
    twin = method_of_steps(slopes, [1.0, 0.5, 0.0], [0.35, 1.0], 5.0, jumps)
    times = TIMES[TIMES != 1.3]
    expected = np.array([twin(t) for t in times])
    for method in ("ndf", "radau"):
        done = run(read_rates(model), 5.0, times=times, rtol=RTOL, method=method)
        assert [name for _, name in done.events] == ["push", "note"]
        np.testing.assert_allclose(done.at(times), expected, atol=CLOSE)


@pytest.mark.parametrize("method", ["ndf", "radau"])
def test_a_delayed_trigger_is_late_by_the_lag(method):
    # x = exp(−t) passes ½ at ln 2.
    model = ruled({"x": 1.0, "hit": 0.0}, {"x": "-x"}, [event("low", "delay(x, 0.4) < 0.5", {"hit": "time"})])
    done = run(read_rates(model), 3.0, times=[3.0], rtol=RTOL, method=method)
    [(time, _)] = done.events
    assert time == pytest.approx(np.log(2) + 0.4, abs=CLOSE)


def test_a_jump_is_felt_one_lag_later_and_not_before():
    # y′ = x(t − 0.7) with x = 0, then 1 from 1 on: y = t − 1.7.
    model = ruled({"x": 0.0, "y": 0.0}, {"y": "delay(x, 0.7)"}, [event("on", "time >= 1", {"x": "1"})])
    for method in ("ndf", "radau"):
        times = np.array([0.5, 1.0, 1.69, 1.71, 2.0, 3.0])
        done = run(read_rates(model), 3.0, times=times, rtol=RTOL, method=method)
        np.testing.assert_allclose(done.at(times)[:, 1], np.maximum(times - 1.7, 0.0), atol=CLOSE)


def test_before_time_0_an_initial_assignment_holds():
    # x(t) = sin t up to 0, then x′ = x(t − 1): x = cos 1 − cos(t − 1) on [0, 1].
    model = replace(
        ruled({"x": 0.0}, {"x": "delay(x, 1)"}),
        initial_assignments=(InitialAssignment("x", parse("sin(time)")),),
    )
    times = np.linspace(0.1, 1.0, 10)
    done = run(read_rates(model), 1.0, times=times, rtol=RTOL)
    np.testing.assert_allclose(done.at(times)[:, 0], np.cos(1) - np.cos(times - 1), atol=CLOSE)


def test_a_lag_that_varies_may_be_looked_at():
    model = with_rules(
        ruled({"x": 1.0}, {"x": "-x"}), half="delay(x, time/2)", both="delay(delay(x, 0.2), x)"
    )
    seen = [Observable(name, parse(name)) for name in ("half", "both")]
    found = simulate(read_rates(model), 5.0, times=TIMES.tolist(), observables=seen, rtol=RTOL).observed
    np.testing.assert_allclose(found[:, 0], np.exp(-TIMES / 2), rtol=CLOSE)
    then = TIMES - np.exp(-TIMES) - 0.2
    np.testing.assert_allclose(found[:, 1], np.exp(-np.maximum(then, 0.0)), rtol=CLOSE)


def test_no_lag_is_the_present():
    model = with_constants(ruled({"x": 1.0}, {"x": "-delay(x, tau) - delay(x, 0)"}), tau=0.0)
    done = run(read_rates(model), 1.0, rtol=RTOL)
    assert done.at([1.0])[0, 0] == pytest.approx(exp(-2), rel=CLOSE)


def test_many_steps_are_looked_up_while_they_are_made():
    """More steps than the first room holds, each longer than none of the lag."""
    done = run(
        read_rates(with_constants(ruled({"x": 1.0}, {"x": "-delay(x, tau)"}), tau=1e-3)), 1.0, rtol=1e-6
    )
    assert done.solution.steps > 1000
    # The other modes of p = −exp(−p τ) are gone: C exp(−s t), s = exp(s τ), C the residue 1/(s (1 − τ s)).
    s = 1.0
    for _ in range(20):
        s = exp(s * 1e-3)
    assert done.at([1.0])[0, 0] == pytest.approx(exp(-s) / (s * (1 - 1e-3 * s)), rel=1e-5)


@pytest.mark.parametrize(
    ("lag", "error"),
    [("-1", ModelError), ("below", ModelError), ("x", UnsupportedFeature), ("time", UnsupportedFeature)],
)
def test_lags_that_cannot_be_meant_are_refused(lag, error):
    model = with_constants(ruled({"x": 1.0}, {"x": f"-delay(x, {lag})"}), below=-2.0)
    with pytest.raises(error) as caught:
        run(read_rates(model), 1.0)
    assert caught.value.code == "E-DELAY-LAG"


def test_what_knows_only_the_present_refuses_delays():
    dynamics = read_rates(decay())
    for question in (
        dynamics.system,
        lambda: steady_state(dynamics),
        lambda: sweep(dynamics, {"tau": [1.0, 2.0]}, 1.0, [1.0]),
    ):
        with pytest.raises(UnsupportedFeature) as caught:
            question()
        assert caught.value.code == "E-DELAY-ANALYSIS"
    for method in ("cvode", "ida"):
        with pytest.raises(UsageError) as refused:
            run(dynamics, 1.0, method=method)
        assert refused.value.code == "E-DELAY-METHOD"
