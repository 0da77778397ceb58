"""Modes: found, held, and the times at which those of time alone change."""

import numpy as np
import pytest

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import TIME_NODE, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.definitions import state_symbol
from isthmus.dynamics.switches import find_switches

A = state_symbol("A")
POINTS = [(0.3, 1.7), (1.0, -2.0), (2.5, 2.5), (7.25, 0.0), (4.0, 4.0)]


def resolved(text):
    return substitute([parse(text)], {symbol("A"): A})[0]


@pytest.mark.parametrize(
    "text",
    [
        "piecewise(A, A < time, 2*A)",
        "piecewise(1, A >= 2 && time <= 4, 2, A == time, 3)",
        "floor(A) + ceil(2*time)*A",
        "piecewise(1, 1 < A && A < time, 0)",
        "piecewise(A, neq(A, 0), 7) + abs(A)",
        "piecewise(1, time - 3*floor(time/3) < 1, 0)",
        "piecewise(1, !(A > 1) || xor(A > 0, time > 2), 0)",
    ],
)
def test_with_modes_held_at_their_values_nothing_changes(text):
    formula = resolved(text)
    switches = find_switches([formula], frozenset())
    assert switches.modes
    held = switches.freeze([formula])
    for time, a in POINTS:
        values = {"x:A": a, "k": 0.5}
        modes = evaluate([mode.live for mode in switches.modes], values, time)
        entries = {str(mode.entry.value): float(v) for mode, v in zip(switches.modes, modes, strict=True)}
        assert evaluate(held, values | entries, time) == evaluate([formula], values, time)


def test_held_formulas_do_not_jump():
    formula = resolved("piecewise(1, A < time, floor(A))")
    switches = find_switches([formula], frozenset())
    entries = {str(mode.entry.value): 0.0 for mode in switches.modes}
    values = [evaluate(switches.freeze([formula]), {"x:A": a} | entries, 1.0) for a in np.linspace(0, 3, 7)]
    assert all(value == values[0] for value in values)


def test_modes_of_time_alone_come_first_and_take_states_that_only_events_change():
    formula = resolved("piecewise(1, A > 1, 2) + piecewise(1, time > B, 2)")
    formula = substitute([formula], {symbol("B"): state_symbol("B")})[0]
    moving = find_switches([formula], frozenset())
    assert [mode.is_timed for mode in moving.modes] == [False, False]
    inert = find_switches([formula], frozenset({state_symbol("B")}))
    assert [mode.is_timed for mode in inert.modes] == [True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("piecewise(1, time - 24*floor(time/24) < k, 0)", False),
        ("piecewise(1, time > 5 && B < 2*time, 0)", False),
        ("piecewise(1, sin(time) > 0.5, 0)", True),
        ("piecewise(1, time*B < 1, 0) + piecewise(1, time^2 > k, 0)", True),
    ],
)
def test_waves_are_what_no_landmark_tells_of(text, expected):
    # B changes by events only, so that all of these are modes of time alone.
    inert = state_symbol("B")
    formula = substitute([parse(text)], {symbol("B"): inert})[0]
    switches = find_switches([formula], frozenset({inert}))
    assert switches.timed == switches.modes
    assert switches.has_waves is expected


def test_landmarks_are_exact_times():
    formula = resolved("piecewise(1, 3*time >= 1 + k, 0) + piecewise(1, sin(time) > 0.5, 0) + floor(time/24)")
    switches = find_switches([formula], frozenset())
    entries = {str(mode.entry.value): 2.0 for mode in switches.modes}
    assert sorted(evaluate(switches.landmarks(), {"k": 0.5} | entries, 50.0)) == [0.5, 48.0, 72.0]


def test_what_a_mode_depends_on_is_followed_inwards():
    one, two = resolved("piecewise(1, A > floor(time), 0)"), resolved("piecewise(1, time > 9, 0)")
    switches = find_switches([one, two], frozenset())
    by_op = {(mode.op, mode.is_timed): k for k, mode in enumerate(switches.modes)}
    used = switches.used_by([one])
    assert used[by_op["floor", True]] and used[by_op["gt", False]]
    assert sum(used) == 2


def test_a_condition_of_parameters_is_no_mode():
    assert not find_switches([parse("piecewise(1, k > 2, 3)*time")], frozenset()).modes
    assert TIME_NODE is parse("time")
