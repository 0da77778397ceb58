"""A shortened step is the same polynomial, and the first change on it is found to the last digit."""

import math

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.dynamics.rates import read_rates
from isthmus.solve.hybrid_ndf import solve_switched
from isthmus.solve.ndf import solve_ndf


def test_a_shortened_step_is_the_same_curve():
    # An event that changes nothing ends a step in the middle; up to it the steps are those without it.
    smooth = read_rates(ruled({"x": 1.0, "y": 0.0, "n": 0.0}, {"x": "y", "y": "-x", "n": "0*x"}))
    marked = read_rates(
        ruled({"x": 1.0, "y": 0.0, "n": 0.0}, {"x": "y", "y": "-x"}, [event("low", "x < 0.2", {"n": "1"})])
    )
    x0, p = smooth.start()
    plain = solve_ndf(smooth.system(), 0.0, 2.0, x0, p, 1e-8, 1e-10)
    found = solve_switched(switched_of(marked), 0.0, 2.0, x0, p, 1e-8, 1e-10)
    (time, _), *others = found.executed
    assert not others
    place = int(np.searchsorted(plain.t, time))
    assert plain.order[place - 1] > 2
    assert np.array_equal(found.solution.t[:place], plain.t[:place])
    inside = np.linspace(plain.t[place - 1], time, 50)[:-1]
    np.testing.assert_allclose(found.solution.at(inside), plain.at(inside), rtol=1e-13, atol=1e-15)


def switched_of(dynamics):
    switched = dynamics.switched()
    assert switched is not None
    return switched


@pytest.mark.parametrize("level", [0.9, 0.5, 0.01])
def test_the_first_double_at_which_a_mode_differs(level):
    dynamics = read_rates(
        ruled({"x": 1.0, "n": 0.0}, {"x": "-x"}, [event("low", f"x < {level}", {"n": "1"})])
    )
    found = solve_switched(switched_of(dynamics), 0.0, 9.0, *dynamics.start(), 1e-8, 1e-10)
    time = found.executed[0][0]
    at = found.solution.at([time])[0, 0]
    assert at < level
    assert found.solution.at([time - 1e-14 * time])[0, 0] >= level
    assert time == pytest.approx(-math.log(level), rel=1e-5)


def test_cancelled_runs_keep_what_they_have():
    dynamics = read_rates(ruled({"x": 1.0}, {"x": "-x + floor(time)"}))
    flag = np.ones(1, dtype=np.int64)
    found = solve_switched(switched_of(dynamics), 0.0, 9.0, *dynamics.start(), cancel=flag)
    assert found.solution.code.name == "CANCELLED"
    assert found.solution.t[-1] < 9.0


def test_too_many_steps_are_told():
    dynamics = read_rates(ruled({"x": 1.0}, {"x": "-x + floor(time)"}))
    found = solve_switched(switched_of(dynamics), 0.0, 1e6, *dynamics.start(), max_steps=500)
    assert found.solution.code.name == "MAX_STEPS"
    assert found.solution.steps == 500
