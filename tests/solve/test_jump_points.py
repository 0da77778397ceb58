"""Where a solution jumped, read off its steps: against what the run itself says it executed."""

import math

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.dynamics.rates import read_rates
from isthmus.solve.hybrid_ndf import solve_switched
from isthmus.solve.jump_points import differ, jump_points

RTOL = 1e-8


def points_of(model, horizon):
    dynamics = read_rates(model)
    switched = dynamics.switched()
    assert switched is not None
    start, p = dynamics.start()
    done = solve_switched(switched, 0.0, horizon, start, p, RTOL, 1e-11)
    return done, jump_points(switched, done, switched.lengthened(p))


def test_a_start_a_change_of_a_rate_and_an_event():
    model = ruled(
        {"A": 0.0, "seen": 0.0},
        {"A": "piecewise(1, A < 1, 2)"},
        [event("at", "time >= 3", {"A": "A/10", "seen": "1"})],
    )
    _, (start, change, execution) = points_of(model, 3.1)
    assert start.is_start
    assert start.time == 0.0
    assert change.time == pytest.approx(1.0, rel=100 * RTOL)
    assert change.executed == ()
    np.testing.assert_array_equal(change.before, change.after)
    # Time comes first: the event's comparison, then that of the rate.
    np.testing.assert_array_equal([change.held, change.found, change.then], [[0, 1], [0, 0], [0, 0]])
    assert execution.time == 3.0
    assert execution.executed == (0,)
    assert execution.before[0] == pytest.approx(5.0, rel=100 * RTOL)
    assert execution.after[0] == execution.before[0] / 10
    # The event itself takes A below 1 again: that is a change of the jump, not on the way to it.
    np.testing.assert_array_equal([execution.held, execution.found, execution.then], [[0, 0], [1, 0], [1, 1]])
    time, state = execution.earlier
    assert change.time < time < execution.time
    assert state[0] == pytest.approx(1 + 2 * (time - 1), rel=100 * RTOL)


def test_every_execution_is_in_some_point_and_in_order():
    model = ruled(
        {"x": 1.0, "v": 0.0, "n": 0.0},
        {"x": "v", "v": "-9.81"},
        [
            event("bounce", "x <= 0 && v < 0", {"v": "-0.8*v"}),
            event("count", "v > 1", {"n": "n + 1"}, delay="0.05"),
            event("nothing", "time >= 0.2", {"n": "n"}),
        ],
    )
    done, points = points_of(model, 1.5)
    found = [(point.time, place) for point in points for place in point.executed]
    assert found == list(done.executed)
    assert {place for _, place in found} == {0, 1, 2}


def test_what_is_no_number_is_itself():
    left, right = np.array([1.0, math.nan, math.nan, 0.0]), np.array([1.0, math.nan, 2.0, 1.0])
    np.testing.assert_array_equal(differ(left, right), [False, False, True, True])
