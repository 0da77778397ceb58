"""Public bugs of conditions, and of what is not a number."""

import math

import numpy as np
import pytest
from tests.public_bugs.curves import CLOSE, curves

import isthmus
from isthmus.errors import ModelError, NumericalError


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a >= 1 && a <= 1", 1.0),
        ("a > 1 || a < 1", 0.0),
        ("a >= 1", 1.0),
        ("a < 1", 0.0),
        ("!(a > 1)", 1.0),
        ("a == 1 && a != 2", 1.0),
    ],
)
def test_a_comparison_at_equality_is_true_or_false(condition: str, expected: float) -> None:
    """AMICI-dev/AMICI#2700: a product of step functions gave a quarter."""
    model = f"a = 1; x = 0; p := piecewise(1, {condition}, 0); x' = p"
    np.testing.assert_allclose(curves(model, [3.0], ["p", "x"]), [[expected, 3 * expected]], rtol=CLOSE)


def test_a_piecewise_in_the_condition_of_another() -> None:
    """AMICI-dev/AMICI#3233: the outer one took the wrong branch."""
    model = """small := 0.001; inner := piecewise(0, small < 0, small)
    outer := piecewise(5, piecewise(0, small < 0, small) > 0, 7)
    switch := piecewise(piecewise(1, time < 1, 2), piecewise(1, time < 2, 0) > 0.5, 4)
    x = 0; x' = outer; y = 0; y' = switch"""
    # y: 1 for a time unit, then 2, then 4.
    expected = [[0.001, 5.0, 15.0, 1.0 + 2.0 + 4.0]]
    np.testing.assert_allclose(curves(model, [3.0], ["inner", "outer", "x", "y"]), expected, rtol=CLOSE)


@pytest.mark.parametrize("relation", [">", ">="])
@pytest.mark.parametrize("form", ["time {0} 5", "time - 5 {0} 0", "5 {1} time", "0 {1} 5 - time"])
def test_a_switch_in_time_in_whatever_form(form: str, relation: str) -> None:
    """sebapersson/SBMLImporter.jl#168: time - 5 > 0 was right, time > 5 was not."""
    condition = form.format(relation, relation.replace(">", "<"))
    model = f"x = 0; x' = piecewise(1, {condition}, 0)"
    np.testing.assert_allclose(curves(model, [10.0], ["x"]), [[5.0]], rtol=CLOSE)


def test_pulses_reach_a_state_at_rest() -> None:
    """sys-bio/tellurium#579 (as #1023 of roadrunner): what rests at 0 slept through its input.

    Two pulses of 3000 for half a time unit each, decay 0.1.
    """
    model = """X = 0; k = 0.1; X' = -k*X + u
    on := (time >= 1 && time <= 1.5) || (time >= 2 && time <= 2.5); u := piecewise(3000, on, 0)"""

    def pulse(start: float, at: float) -> float:
        return 3000 / 0.1 * (1 - math.exp(-0.05)) * math.exp(-0.1 * (at - start - 0.5))

    np.testing.assert_allclose(
        curves(model, [30.0], ["X"]), [[pulse(1.0, 30.0) + pulse(2.0, 30.0)]], rtol=CLOSE
    )


@pytest.mark.parametrize(
    "model",
    [
        "a = 0; x = 1; x' = a/a",
        "a = 0; x = 1; x' = a*ln(a)",
        "a = -1; x = 1; x' = sqrt(a)",
        "a = 0; x = a/a; x' = 1",
    ],
)
def test_what_is_no_number_is_no_zero(model: str) -> None:
    """spatial-model-editor#909: NaN became 0. Here it is an error, which names the quantity."""
    with pytest.raises(ModelError, match=r"'x'.*not a number") as caught:
        isthmus.simulate(isthmus.read(model), 1.0)
    assert caught.value.code == "E-NOT-FINITE-AT-START"
    # The integrator alone, which nobody asked before, gives no zero either.
    with pytest.raises(NumericalError, match="not finite"):
        curves(model, [1.0], ["x"])


def test_a_branch_that_is_not_taken_may_be_no_number() -> None:
    """A division by zero that a condition keeps away makes no NaN of the branch that is taken."""
    model = "x = 0; y = 0; x' = 0; y' = piecewise(1/x, x > 0, 0.5)"
    np.testing.assert_allclose(curves(model, [2.0], ["y"]), [[1.0]], rtol=CLOSE)


def test_an_event_moves_the_edge_of_a_piecewise_that_it_sits_on() -> None:
    """AMICI-dev/AMICI#2926: an event at the time of a switch left the branch as it was."""
    model = (
        "clock = 0; clock' = 1; edge = 0; x := piecewise(2, clock >= edge, 1);"
        " at clock >= 0, t0 = false: edge = 10;"
    )
    found = curves(model, [0.0, 5.0, 10.0, 11.0], ["x"])
    assert found[:, 0].tolist() == [1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("condition", "values", "area"),
    [
        ("time >= 0", [2.0, 2.0, 2.0], 6.0),
        ("time > 0", [0.0, 2.0, 2.0], 6.0),
        ("time <= 0", [2.0, 0.0, 0.0], 0.0),
        ("time >= 1", [0.0, 2.0, 2.0], 4.0),
        ("time < 1", [2.0, 0.0, 0.0], 2.0),
    ],
)
def test_a_condition_has_its_own_value_at_the_first_time(
    condition: str, values: list[float], area: float
) -> None:
    """AMICI-dev/AMICI#2724: a jump at the start took another initial value than its condition has."""
    model = f"a := piecewise(2, {condition}, 0); x = 0; x' = a"
    found = curves(model, [0.0, 1.0, 3.0], ["a", "x"])
    assert found[:, 0].tolist() == values
    np.testing.assert_allclose(found[-1, 1], area, rtol=CLOSE, atol=CLOSE)
