"""Where jumps leave no derivative: refused by name, for the quantities concerned and for no others."""

from dataclasses import replace

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.dynamics.rates import read_rates
from isthmus.errors import UnsupportedFeature
from isthmus.simulate.sensitivities import sensitivities

REFUSED = {
    "is touched rather than crossed": (
        # A swings up to its largest value, 1, and there just so reaches the threshold.
        ruled(
            {"A": 0.0, "w": 1.0, "high": 0.99999, "B": 0.0},
            {"A": "w*cos(w*time)"},
            [event("reach", "A > high", {"B": "time"})],
        ),
        ["high"],
    ),
    "move apart with (second|first)": (
        ruled(
            {"A": 1.0, "first": 2.0, "second": 2.0},
            {},
            [event("a", "time >= first", {"A": "A + 1"}), event("b", "time >= second", {"A": "2*A"})],
        ),
        ["first", "second"],
    ),
    "drawn by lot": (
        ruled(
            {"A": 1.0, "at": 2.0},
            {},
            [
                event("a", "time >= at", {"A": "A + 1"}, priority="1"),
                event("b", "time >= at", {"A": "2*A"}, priority="1"),
            ],
        ),
        ["A"],
    ),
    "right on a threshold at t = 0": (
        ruled({"A": 1.0, "high": 1.0}, {"A": "piecewise(1, A >= high, 2)"}),
        ["A"],
    ),
    "right on a threshold at t = 2": (
        # B is set to where another event begins.
        ruled(
            {"B": 0.0, "to": 3.0, "C": 0.0},
            {},
            [event("a", "time >= 2", {"B": "to"}), event("b", "B >= 3", {"C": "1"})],
        ),
        ["to"],
    ),
    "no value beyond a jump": (
        ruled({"A": 0.3}, {"A": "piecewise(0.1 + (1 - A)^1.5, A < 1, 0.05)"}),
        ["A"],
    ),
    "E-DELAY-ANALYSIS": (ruled({"A": 1.0}, {"A": "-delay(A, 1)"}), ["A"]),
}


@pytest.mark.parametrize("message", REFUSED)
def test_where_there_is_no_derivative_is_refused_by_name(message):
    model, wrt = REFUSED[message]
    with pytest.raises(UnsupportedFeature, match=message):
        sensitivities(read_rates(model), 4.0, [4.0], wrt=wrt)


def test_only_the_quantities_that_matter_are_refused():
    # Two switches at one time: their times move apart with one of the quantities, not with k.
    model, _ = REFUSED["move apart with (second|first)"]
    model = replace(model, rates=ruled({"A": 1.0}, {"A": "0.5"}).rates)
    result = sensitivities(read_rates(model), 4.0, [4.0], wrt=["A"])
    # (A + 1)·2 or 2·A + 1: both double it.
    assert result.of("A", "A")[0] == pytest.approx(2.0, rel=1e-5)
    # An atom that changes at that time and sets nothing does not count.
    idle = ruled({"A": 1.0, "on": 2.0}, {"A": "piecewise(1, time >= on, 0) + 0*piecewise(1, time >= 2, 0)"})
    late = sensitivities(read_rates(idle), 4.0, [4.0], wrt=["on"])
    assert late.of("A", "on")[0] == pytest.approx(-1.0, rel=1e-5)


def cycles(extra=""):
    """A dose at the beginning of each period, where floor and comparison change at once."""
    return read_rates(
        ruled(
            {"A": 0.0, "period": 3.0, "dose": 2.0, "length": 0.5, "number": 4.0},
            {"A": f"piecewise(dose, time - floor(time/period)*period < length{extra}, 0)"},
        )
    )


def test_a_comparison_that_changes_with_the_floor_in_it_moves_with_the_floor():
    # After k whole periods and a little more, A = k dose length + dose (t - k period).
    times = [6.2, 8.0, 9.1]
    found = sensitivities(cycles(), 9.1, times, wrt=["period", "length", "dose"], rtol=1e-8)
    np.testing.assert_allclose(found.of("A", "period"), [-4.0, 0.0, -6.0], atol=1e-6)
    np.testing.assert_allclose(found.of("A", "length"), [4.0, 6.0, 6.0], atol=1e-6)
    np.testing.assert_allclose(found.of("A", "dose"), [1.2, 1.5, 1.6], atol=1e-6)


def test_jumps_that_hide_each_other_are_seen():
    # Doses end at the time at which the fifth would begin: a little later and it begins.
    dynamics = cycles(" && time < number*period")
    with pytest.raises(UnsupportedFeature, match="t = 12 that move apart with number"):
        sensitivities(dynamics, 13.0, [13.0], wrt=["dose", "number"])
    found = sensitivities(dynamics, 13.0, [13.0], wrt=["dose", "period"], rtol=1e-8)
    np.testing.assert_allclose(found.values[0, dynamics.states.index("A")], [2.0, 0.0], atol=1e-6)


def test_a_kink_is_no_jump():
    # The rate is continuous where it changes: even touching the threshold is no fault.
    model = ruled({"A": 0.0, "w": 1.0, "high": 0.99999, "B": 0.0}, {"A": "w*cos(w*time)"})
    model = replace(model, rates=(*model.rates, *ruled({}, {"B": "piecewise(A - high, A > high, 0)"}).rates))
    found = sensitivities(read_rates(model), 4.0, [4.0], wrt=["w"], rtol=1e-8)
    assert found.of("A", "w")[0] == pytest.approx(4 * np.cos(4.0), rel=1e-5)
