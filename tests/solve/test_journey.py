"""The compiled loop over jumps and events is the plain one, step by step and event by event."""

from dataclasses import replace

import numpy as np
import pytest
from tests.reference import journey
from tests.reference.events import event, ruled
from tests.simulate.test_jumps import PREDATORS

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.model.rule import Constraint
from isthmus.solve.hybrid_ndf import solve_switched

EQUAL = [
    event(name, "time >= next", {name: f"{name} + 1", "next": "next + 1"}, priority="1", persistent=False)
    for name in "abc"
]
CASCADE = [
    event("start", "time >= 1", {"A": "1"}),
    event("two", "A >= 1", {"A": "A + 1"}, delay="0.5*A", at_trigger=False),
    event("three", "A >= 2", {"A": "A + 1", "B": "A*B"}, priority="B"),
    event("back", "B > 1.5", {"B": "0.1"}, priority="2 - A"),
    event("never", "A < 0", {"B": "1"}),
]
MANY = [event(f"e{k}", f"sin({k + 1}*time) > 0.5", {"n": "n + 1"}, delay="3") for k in range(5)]
CASES = {
    "predators": (PREDATORS, 9.0),
    "ball that stops": (
        ruled(
            {"x": 1.0, "v": 0.0},
            {"x": "v", "v": "-9.81"},
            [event("bounce", "x <= 0 && v < 0", {"v": "-0.8*v"})],
        ),
        10.0,
    ),
    "lots": (ruled({"a": 0.0, "b": 0.0, "c": 0.0, "next": 1.0}, {}, EQUAL), 700.5),
    "cascade": (ruled({"A": 0.0, "B": 1.0}, {"B": "0.1*B"}, CASCADE), 9.0),
    "many that wait": (ruled({"n": 0.0, "A": 1.0}, {"A": "-A"}, MANY), 200.0),
    "a delay below zero": (
        ruled({"A": 1.0}, {"A": "-A"}, [event("early", "time >= 1", {"A": "2"}, delay="A - 1")]),
        2.0,
    ),
    "on and off for ever": (
        ruled({"A": 0.5}, {"A": "1"}, [event("on", "A < 1", {"A": "2"}), event("off", "A > 1", {"A": "0"})]),
        2.0,
    ),
    "pulses": (ruled({"A": 0.0}, {"A": "piecewise(1, time - 24*floor(time/24) < 0.024, 0) - 0.01*A"}), 500.0),
    "waves": (ruled({"A": 0.0}, {"A": "piecewise(1, sin(time) > 0.9, 0) - A"}), 50.0),
    "sliding": (ruled({"T": 15.0}, {"T": "piecewise(5, T < 20, -5)"}), 3.0),
    "no values beyond": (
        ruled({"A": 1.0, "B": 0.0}, {"A": "-1", "B": "piecewise(sqrt(A), A >= 0, 0.5)"}),
        2.0,
    ),
    "negative times": (ruled({"A": 1.0}, {"A": "-A*piecewise(1, time < -0.5, 2)"}), 1.0),
    "delays": (
        ruled(
            {"x": 1.0, "n": 0.0},
            {"x": "-delay(x, 1) + 0.1*delay(n, 0.3)"},
            [event("low", "delay(x, 0.7) < 0.2", {"n": "n + 1", "x": "x + 0.5"})],
        ),
        8.0,
    ),
    "constraints": (
        replace(
            ruled(
                {"A": 1.0, "B": 1.0},
                {"A": "piecewise(-A, B > 0.5, -2*A)"},
                [
                    event("jump", "time >= 1", {"A": "3"}),
                    event("low", "B < 0.2", {"A": "A + 1"}, priority="1"),
                ],
            ),
            constraints=(Constraint("B", parse("A^2 - B"), parse("1")),),
        ),
        3.0,
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("rtol", [1e-4, 1e-8])
def test_the_same_events_and_steps_to_the_last_bit(name, rtol):
    model, horizon = CASES[name]
    dynamics = read_rates(model)
    switched = dynamics.switched()
    assert switched is not None
    begin = -1.0 if name == "negative times" else 0.0
    given = (switched, begin, horizon, *dynamics.start(), rtol, np.full(switched.live.states, 1e-3 * rtol))
    solution, executed, switches, live_from = journey.integrate(*given, max_steps=20_000)
    found = solve_switched(*given, max_steps=20_000)
    assert found.executed == executed
    assert (found.solution.code, found.switches, found.live_from) == (solution.code, switches, live_from)
    assert np.array_equal(found.solution.t, solution.t)
    assert np.array_equal(found.solution.x, solution.x)
    assert np.array_equal(found.solution.differences, solution.differences)


def test_the_cases_have_what_they_are_named_after():
    found = {}
    for name, (model, horizon) in CASES.items():
        dynamics = read_rates(model)
        switched = dynamics.switched()
        assert switched is not None
        start, p = dynamics.start()
        found[name] = solve_switched(switched, 0.0, horizon, start, p, 1e-6, 1e-9, max_steps=20_000)
    codes = {name: done.solution.code.name for name, done in found.items()}
    assert codes["a delay below zero"] == "BAD_DELAY"
    assert codes["on and off for ever"] == codes["ball that stops"] == "ENDLESS_EVENTS"
    assert codes["sliding"] == "SLIDING"
    assert len(found["lots"].executed) == 700
    assert found["sliding"].live_from < 3.0
    assert found["no values beyond"].live_from < 2.0
    # More than the first room for what waits and for what was done.
    assert len(found["many that wait"].executed) > 64
    assert found["pulses"].switches == 21 + 20
    assert {place for _, place in found["cascade"].executed} == {0, 1, 2, 3}


def test_two_journeys_of_one_system_do_not_mix():
    # The memory of the first is used again by the second, and must not show.
    dynamics = read_rates(PREDATORS)
    switched = dynamics.switched()
    assert switched is not None
    start, p = dynamics.start()
    first = solve_switched(switched, 0.0, 9.0, start, p, 1e-6, 1e-9)
    other = solve_switched(switched, 0.0, 4.0, 1.3 * start, p, 1e-6, 1e-9)
    again = solve_switched(switched, 0.0, 9.0, start, p, 1e-6, 1e-9)
    assert other.executed != first.executed[: len(other.executed)]
    assert again.executed == first.executed
    assert np.array_equal(again.solution.x, first.solution.x)
