"""Independent integrators through jumps: their own steps, ended where a mode changes on their own curve."""

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.dynamics.rates import read_rates
from isthmus.solve.cvode import solve_cvode
from isthmus.solve.hybrid_sampled import solve_sampled
from isthmus.solve.ida import solve_ida
from isthmus.solve.radau import solve_radau

ALL = [solve_cvode, solve_ida, solve_radau]
WAVE = ruled({"x": 1.0, "y": 0.0, "n": 0.0}, {"x": "y", "y": "-x"}, [event("low", "x < 0.2", {"n": "1"})])
X0, P, TOLERANCES = np.array([1.0, 0.0, 0.0]), np.empty(0), (1e-8, 1e-10)


@pytest.mark.parametrize("integrate", ALL)
def test_looking_does_not_change_the_steps(integrate):
    dynamics = read_rates(WAVE)
    switched = dynamics.switched()
    assert switched is not None
    plain = integrate(switched.live, 0.0, 2.0, X0, P, *TOLERANCES)
    found = solve_sampled(integrate, switched, 0.0, 2.0, X0, P, *TOLERANCES)
    (time, _), *others = found.executed
    assert not others
    place = int(np.searchsorted(plain.t, time))
    assert place > 10
    assert np.array_equal(found.solution.t[:place], plain.t[:place])
    assert np.array_equal(found.solution.x[:place], plain.x[:place])
    # x = cos t.
    assert time == pytest.approx(np.arccos(0.2), rel=1e-5)


@pytest.mark.parametrize("integrate", ALL)
def test_a_mode_differs_at_the_end_of_a_march_and_not_before(integrate):
    dynamics = read_rates(WAVE)
    switched = dynamics.switched()
    assert switched is not None
    done = solve_sampled(integrate, switched, 0.0, 2.0, X0, P, *TOLERANCES).solution
    leap = int(np.flatnonzero(np.diff(done.t) == 0.0)[0])
    assert done.x[leap, 0] < 0.2 <= done.x[leap - 1, 0]
    assert done.x[leap, 2] == 0.0
    assert done.x[leap + 1].tolist() == [done.x[leap, 0], done.x[leap, 1], 1.0]
    # The curve is rounded to its size there.
    assert done.x[leap, 0] == pytest.approx(0.2, abs=1e-14)


@pytest.mark.parametrize("integrate", ALL)
def test_times_that_are_asked_for_have_the_state_after_an_event(integrate):
    model = ruled({"A": 1.0}, {"A": "-A"}, [event("dose", "time >= 1", {"A": "A + 1"})])
    switched = read_rates(model).switched()
    assert switched is not None
    times = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    given = (0.0, 2.0, [1.0], P, 1e-9, 1e-12)
    done = solve_sampled(integrate, switched, *given, times=times).solution
    exact = np.exp(-times) + np.where(times >= 1.0, np.exp(1.0 - times), 0.0)
    np.testing.assert_allclose(done.at_times[:, 0], exact, rtol=1e-6)


@pytest.mark.parametrize("integrate", ALL)
def test_waves_of_time_are_located_where_nothing_else_moves(integrate):
    model = ruled({"A": 0.0}, {}, [event("crest", "sin(time) > 0.99", {"A": "A + 1"})])
    switched = read_rates(model).switched()
    assert switched is not None
    done = solve_sampled(integrate, switched, 0.0, 30.0, [0.0], P, 1e-6, 1e-9)
    crests = np.arcsin(0.99) + 2 * np.pi * np.arange(5)
    np.testing.assert_allclose([time for time, _ in done.executed], crests, rtol=1e-14)


def test_too_many_steps_are_told():
    switched = read_rates(WAVE).switched()
    assert switched is not None
    done = solve_sampled(solve_cvode, switched, 0.0, 2.0, X0, P, *TOLERANCES, max_steps=20)
    assert done.solution.code.name == "MAX_STEPS"
    assert done.solution.steps == 20
