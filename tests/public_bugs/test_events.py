"""Public bugs of events: each model is our own, each value a closed form."""

import math

import numpy as np
import pytest
from tests.public_bugs.curves import CLOSE, RTOL, curves, dynamics_of, mathml, sbml

from isthmus.simulate import simulate


@pytest.mark.parametrize("points", [3, 5, 21, 2001])
def test_a_short_spell_is_not_missed_on_a_coarse_grid(points: int) -> None:
    """sys-bio/roadrunner#1358: a delayed event whose trigger holds between two points of output.

    c rises at 0.3; the trigger holds from 0.7 to 0.7333, the event comes at 0.9 and sets c to 0.05.
    """
    model = """compartment V = 0.5; V' = 0.1; species $c in V; c = 0; c' = 0.3
    late: at 0.2 after (c > 0.21) && (c < 0.22): c = 0.05"""
    times = list(np.linspace(0.0, 1.4, points))
    np.testing.assert_allclose(curves(model, times, ["c"])[-1, 0], 0.05 + 0.3 * 0.5, rtol=CLOSE)


def with_event(level: tuple[int, int], trigger: str = "", version: str = "") -> str:
    """p = 0 and an event that makes it 1 as soon as p < 0.5."""
    constant = 'constant="false"' if level[0] > 1 else ""
    condition = mathml("<apply><lt/><ci>p</ci><cn>0.5</cn></apply>")
    return sbml(
        f'<listOfParameters><parameter id="p" value="0" {constant}/></listOfParameters>'
        f'<listOfEvents><event id="e" {version}><trigger {trigger}>{condition}</trigger>'
        f'<listOfEventAssignments><eventAssignment variable="p">{mathml("<cn>1</cn>")}</eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents>",
        level,
    )


LEVEL_3 = 'useValuesFromTriggerTime="true"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_event((2, 4)), 0.0),
        (with_event((3, 2), 'initialValue="true" persistent="true"', LEVEL_3), 0.0),
        (with_event((3, 2), 'initialValue="false" persistent="true"', LEVEL_3), 1.0),
    ],
)
def test_what_holds_at_the_start_fires_only_where_it_is_said_to(text: str, expected: float) -> None:
    """sys-bio/roadrunner#1074: events of Level 2 fired at time 0. AMICI-dev/AMICI#1760: not at all."""
    assert curves(text, [0.0, 1.0], ["p"])[:, 0].tolist() == [expected, expected]


@pytest.mark.parametrize(("dose", "total"), [(0.0, 0.0), (32.5, 32.5)])
def test_a_trigger_sees_the_values_of_this_run(dose: float, total: float) -> None:
    """sys-bio/roadrunner#983: triggers were looked at with the values in the file, not those that were set.

    Both assignments take the dose as it was before either.
    """
    model = "dose = 0; total = 0; given: at dose > 0, t0=false: dose = 0, total = total + dose"
    found = curves(model, [0.0, 1.0], ["dose", "total"], {"dose": dose})
    assert found.tolist() == [[0.0, total], [0.0, total]]


def test_a_run_with_events_ends_at_its_end_and_at_the_times_asked_for() -> None:
    """sys-bio/roadrunner#276 and #254: runs stopped early, and times came twice."""
    model = "A = 1; A' = -A; up: at time >= 3: A = A + 1; down: at time >= 4: A = 0.5"
    dynamics = dynamics_of(model)
    assert simulate(dynamics, 10.0).times[-1] == 10.0
    asked = simulate(dynamics, 10.0, points=11, rtol=RTOL)
    assert asked.times.tolist() == list(range(11))
    exact = (
        [math.exp(-t) for t in range(3)] + [1 + math.exp(-3)] + [0.5 * math.exp(4 - t) for t in range(4, 11)]
    )
    np.testing.assert_allclose(asked["A"], exact, rtol=10 * CLOSE)


@pytest.mark.parametrize("assignments", ["V = 4, W = 9, k = 2", "k = 2, V = 4, W = 9", "W = 9, k = 2, V = 4"])
def test_compartments_are_assigned_in_any_order(assignments: str) -> None:
    """AMICI-dev/AMICI#2426: the last formula of an event was taken for the volume.

    Amounts stay, so concentrations are divided by 4 and by 3.
    """
    model = f"""compartment V = 1, W = 3; species S in V = 2, T in W = 6; k = 1
    grow: at time >= 1: {assignments}"""
    np.testing.assert_allclose(curves(model, [2.0], ["S", "T", "k"]), [[0.5, 2.0, 2.0]], rtol=CLOSE)


def test_assignments_of_one_event_are_made_at_once() -> None:
    """AMICI-dev/AMICI#2430: later assignments of an event saw earlier ones."""
    model = "a = 1; b = 2; c = 3; turn: at time >= 1: a = b, b = c, c = a"
    assert curves(model, [2.0], ["a", "b", "c"]).tolist() == [[2.0, 3.0, 1.0]]


@pytest.mark.parametrize(("when", "expected"), [("true", 0.5), ("false", 0.5 * math.exp(-1))])
def test_values_are_taken_when_the_event_says(when: str, expected: float) -> None:
    """AMICI-dev/AMICI#2427: useValuesFromTriggerTime was ignored.

    A = exp(-t) falls through 0.5; the event comes 1 later.
    """
    model = f"A = 1; A' = -A; B = 0; late: at 1 after A < 0.5, fromTrigger={when}: B = A"
    np.testing.assert_allclose(curves(model, [5.0], ["B"]), [[expected]], rtol=CLOSE)


def test_two_triggers_at_one_time_by_two_ways() -> None:
    """AMICI-dev/AMICI#2861: a root right after a restart was an error. Both come at 1000, clock by state."""
    model = """clock = 0; clock' = 1; x = 0; x' = 1; y = 0; y' = 2
    E1: at clock >= 1000, priority=10, fromTrigger=false: x = x + 10 + y
    E2: at time >= 1000, priority=20, fromTrigger=false: y = 7"""
    # Were the clock a hair late, E1 would still see the y of E2.
    np.testing.assert_allclose(curves(model, [1002.0], ["x", "y"]), [[1019.0, 11.0]], rtol=CLOSE)


def test_a_condition_that_stays_at_its_edge_fires_once() -> None:
    """AMICI-dev/AMICI#2861 and LLNL/sundials#881: a root function that is zero from its root on.

    x rises to 1 and stays there; g = x - 1 is zero for ever after.
    """
    model = """x = 0; x' = piecewise(1, time < 1, 0); n = 0; m = 0
    reach: at x >= 0.999999999: n = n + 1
    over: at x > 1.0001: m = m + 1"""
    np.testing.assert_allclose(curves(model, [9.0], ["x", "n", "m"]), [[1.0, 1.0, 0.0]], rtol=CLOSE)


@pytest.mark.parametrize("points", [2, 11])
def test_a_short_pulse_is_stepped_into(points: int) -> None:
    """LLNL/sundials#881: without its edges a pulse of 0.1 in 1000 is stepped over."""
    model = "x = 0; x' = piecewise(10000, (time > 20) && (time < 20.1), 0)"
    found = curves(model, list(np.linspace(0.0, 1000.0, points)), ["x"])
    np.testing.assert_allclose(found[-1, 0], 1000.0, rtol=CLOSE)


def test_an_event_in_time_is_not_early() -> None:
    """draeger-lab/SBSCL#44: an event at time >= 5 came at 4."""
    model = "p = 1; step: at time >= 5: p = 2"
    before = math.nextafter(5.0, 0.0)
    assert curves(model, [4.0, before, 5.0, 6.0], ["p"])[:, 0].tolist() == [1.0, 1.0, 2.0, 2.0]
