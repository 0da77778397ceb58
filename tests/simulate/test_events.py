"""Events against closed forms: when they happen, in what order, and what they leave behind."""

import math

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UnsupportedFeature
from isthmus.model.question import Observable
from isthmus.simulate import run, simulate, steady_state, sweep
from isthmus.solve.result import Solution

RTOL = 1e-8
# The global error is some hundred local ones: events and order-1 restarts add up.
CLOSE = 1e3 * RTOL


def at_end(model, horizon, **settings):
    trajectory = simulate(read_rates(model), horizon, times=[horizon], rtol=RTOL, **settings)
    values = {name: float(curve[-1]) for name, curve in trajectory.columns.items()}
    return values, trajectory.attributes["events"]


def times_of(events):
    return [time for time, _ in events]


def ball(share=0.8):
    return ruled(
        {"x": 1.0, "v": 0.0},
        {"x": "v", "v": "-9.81"},
        [event("bounce", "x <= 0 && v < 0", {"v": f"-{share}*v"})],
    )


@pytest.mark.parametrize("method", ["ndf", "radau", "cvode", "ida"])
def test_a_ball_bounces_at_the_times_of_the_closed_form(method):
    fall = math.sqrt(2 / 9.81)
    expected = [fall]
    for bounce in range(1, 4):
        expected.append(expected[-1] + 2 * 0.8**bounce * fall)
    done = run(read_rates(ball()), 2.4, times=[1.0], rtol=RTOL, method=method)
    np.testing.assert_allclose(times_of(done.events), expected, rtol=CLOSE)
    speed, since = 0.8 * 9.81 * fall, 1.0 - fall
    np.testing.assert_allclose(
        done.at([1.0])[0], [speed * since - 9.81 / 2 * since**2, speed - 9.81 * since], rtol=10 * CLOSE
    )


def test_the_time_of_an_event_converges_with_the_tolerance():
    # A decays through 0.3 in between steps.
    model = ruled({"A": 1.0, "hit": 0.0}, {"A": "-A"}, [event("low", "A < 0.3", {"hit": "time"})])
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        done = run(read_rates(model), 3.0, rtol=rtol, atol=1e-3 * rtol)
        errors.append(abs(done.events[0][0] - math.log(1 / 0.3)))
        assert errors[-1] < 300 * rtol
    assert errors[0] > errors[1] > errors[2] > errors[3]


def test_an_event_is_two_entries_and_the_later_one_holds():
    model = ruled({"A": 1.0}, {"A": "-A"}, [event("dose", "time >= 2", {"A": "A + 1"})])
    solution = run(read_rates(model), 4.0, rtol=RTOL).solution
    assert isinstance(solution, Solution)
    place = int(np.searchsorted(solution.t, 2.0))
    assert solution.t[place] == solution.t[place + 1] == 2.0
    assert solution.x[place + 1, 0] == solution.x[place, 0] + 1.0
    assert solution.at([2.0])[0, 0] == solution.x[place + 1, 0]
    before, after = solution.at([np.nextafter(2.0, 0.0), np.nextafter(2.0, 3.0)])[:, 0]
    np.testing.assert_allclose([before, after], [math.exp(-2), 1 + math.exp(-2)], rtol=CLOSE)


def test_repeated_doses_of_first_order_elimination():
    # Every 5 from time 5 on: amounts add up to a geometric series.
    model = ruled(
        {"A": 0.0, "next": 5.0},
        {"A": "-0.2*A"},
        [event("dose", "time >= next", {"A": "A + 3", "next": "next + 5"})],
    )
    values, events = at_end(model, 52.0)
    assert times_of(events) == [5.0 * k for k in range(1, 11)]
    exact = 3 * sum(math.exp(-0.2 * (52 - 5 * k)) for k in range(1, 11))
    assert values["A"] == pytest.approx(exact, rel=CLOSE)


@pytest.mark.parametrize("relation", [">", ">="])
def test_thresholds_in_time_are_met_exactly(relation):
    model = ruled(
        {"A": 1.0, "seen": -1.0}, {"A": "-A"}, [event("at", f"time {relation} 5", {"seen": "time"})]
    )
    values, events = at_end(model, 9.0)
    expected = 5.0 if relation == ">=" else math.nextafter(5.0, 6.0)
    assert times_of(events) == [expected]
    assert values["seen"] == expected


def test_a_delayed_event_takes_its_values_from_where_it_says():
    def model(at_trigger):
        return ruled(
            {"A": 1.0, "B": 0.0},
            {"A": "-A"},
            [event("later", "A < 0.5", {"B": "A"}, delay="2*A", at_trigger=at_trigger)],
        )

    for at_trigger, expected in ((True, 0.5), (False, 0.5 * math.exp(-1))):
        values, events = at_end(model(at_trigger), 5.0)
        np.testing.assert_allclose(times_of(events), [math.log(2) + 1.0], rtol=CLOSE)
        assert values["B"] == pytest.approx(expected, rel=CLOSE)


@pytest.mark.parametrize(("persistent", "count"), [(True, 1), (False, 0)])
def test_an_event_that_does_not_persist_is_dropped(persistent, count):
    # The condition holds from 1 to 2 only, the event waits until 3.
    model = ruled(
        {"A": 0.0},
        {},
        [event("late", "time >= 1 && time < 2", {"A": "A + 1"}, delay="2", persistent=persistent)],
    )
    values, events = at_end(model, 5.0)
    assert values["A"] == count
    assert times_of(events) == [3.0] * count


def test_an_event_at_the_same_time_can_drop_another():
    def model(persistent):
        return ruled(
            {"A": 0.0, "B": 0.0},
            {},
            [
                event("second", "time >= 1 && A < 1", {"B": "1"}, priority="1", persistent=persistent),
                event("first", "time >= 1", {"A": "1"}, priority="2"),
            ],
        )

    assert at_end(model(True), 2.0)[0] == {"A": 1.0, "B": 1.0}
    assert at_end(model(False), 2.0)[0] == {"A": 1.0, "B": 0.0}


def test_priorities_are_worked_out_after_each_execution():
    # a goes first and makes c more urgent than b; d has no priority and comes last.
    model = ruled(
        {"order": 0.0, "urgent": 0.0},
        {},
        [
            event("d", "time >= 1", {"order": "10*order + 4"}, at_trigger=False),
            event("b", "time >= 1", {"order": "10*order + 2"}, priority="5", at_trigger=False),
            event("c", "time >= 1", {"order": "10*order + 3"}, priority="urgent", at_trigger=False),
            event("a", "time >= 1", {"order": "10*order + 1", "urgent": "7"}, priority="9", at_trigger=False),
        ],
    )
    values, events = at_end(model, 2.0)
    assert values["order"] == 1324
    assert [name for _, name in events] == ["a", "c", "b", "d"]


def test_without_priorities_the_order_is_the_models():
    model = ruled(
        {"order": 0.0},
        {},
        [
            event(name, "time >= 1", {"order": f"10*order + {k}"}, at_trigger=False)
            for k, name in enumerate("abc")
        ],
    )
    assert at_end(model, 2.0)[0]["order"] == 12


def test_equal_priorities_are_drawn_by_lot_the_same_in_every_run():
    # Each of the two comes first in about half of 400 draws: 5 standard errors are 50.
    both = [
        event(name, "time >= next", {name: f"{name} + 1", "next": "next + 1"}, priority="1", persistent=False)
        for name in "ab"
    ]
    model = ruled({"a": 0.0, "b": 0.0, "next": 1.0}, {}, both)
    values, events = at_end(model, 400.5)
    assert values["a"] + values["b"] == 400
    assert 150 < values["a"] < 250
    assert at_end(model, 400.5)[1] == events


def test_events_set_off_one_another():
    model = ruled(
        {"A": 0.0},
        {},
        [
            event("start", "time >= 1", {"A": "1"}),
            event("two", "A >= 1", {"A": "A + 1"}),
            event("three", "A >= 2", {"A": "A + 1"}),
        ],
    )
    values, events = at_end(model, 2.0)
    assert values["A"] == 3.0
    assert events == ((1.0, "start"), (1.0, "two"), (1.0, "three"))


@pytest.mark.parametrize(("initially", "expected"), [(False, 7.0), (True, 1.0)])
def test_events_at_the_start(initially, expected):
    model = ruled({"A": 1.0}, {"A": "0*A"}, [event("now", "A > 0", {"A": "7"}, initially=initially)])
    trajectory = simulate(read_rates(model), 1.0, times=[0.0, 1.0])
    assert trajectory["A"].tolist() == [expected, expected]


def test_assignments_of_one_event_see_the_state_before_it():
    model = ruled({"A": 1.0, "B": 2.0}, {}, [event("swap", "time >= 1", {"A": "B", "B": "A"})])
    assert at_end(model, 2.0)[0] == {"A": 2.0, "B": 1.0}


def test_an_event_at_the_end_is_executed():
    model = ruled({"A": 1.0}, {}, [event("end", "time >= 2", {"A": "5"})])
    assert at_end(model, 2.0)[0] == {"A": 5.0}


def test_the_output_grid_changes_nothing():
    dynamics = read_rates(ball())
    coarse = simulate(dynamics, 2.4, points=3, rtol=RTOL)
    fine = simulate(dynamics, 2.4, points=2401, rtol=RTOL)
    assert coarse.attributes["events"] == fine.attributes["events"]
    assert np.array_equal(coarse.values, fine.values[::1200])


def test_a_short_spell_between_two_points_of_output_is_an_event():
    # The level is above its threshold for 0.02 in 1000, in the middle of nowhere.
    model = ruled(
        {"A": 0.0, "seen": 0.0},
        {},
        [
            event("up", "time >= 500.01", {"A": "1"}),
            event("down", "time >= 500.03", {"A": "0"}),
            event("count", "A > 0.5", {"seen": "seen + 1"}),
        ],
    )
    trajectory = simulate(read_rates(model), 1000.0, points=3)
    assert trajectory["seen"][-1] == 1.0


def test_a_dose_into_what_is_empty_is_resolved():
    # Doses of 1e-12 into a system in which all else is of order one.
    model = ruled(
        {"A": 0.0, "B": 0.0, "C": 1.0},
        {"A": "-A", "B": "A - 0.1*B", "C": "1 - C"},
        [event("dose", "time >= 1", {"A": "A + 1e-12"})],
    )
    trajectory = simulate(read_rates(model), 10.0, times=[2.0, 10.0])
    since = trajectory.times - 1.0
    exact = 1e-12 * (np.exp(-0.1 * since) - np.exp(-since)) / 0.9
    np.testing.assert_allclose(trajectory["B"], exact, rtol=1e-4)


def test_observables_see_the_state_after_an_event():
    model = ruled({"A": 1.0}, {}, [event("jump", "time >= 1", {"A": "3"})])
    twice = Observable("twice", parse("2*A"))
    trajectory = simulate(read_rates(model), 2.0, times=[0.5, 1.0, 1.5], observables=[twice])
    assert trajectory["twice"].tolist() == [2.0, 6.0, 6.0]


def test_sets_of_a_sweep_have_events_of_their_own():
    model = ruled(
        {"A": 0.0, "at": 2.0, "k": 0.5}, {"A": "-k*A"}, [event("dose", "time >= at", {"A": "A + 1"})]
    )
    doses = np.linspace(1.0, 8.0, 9)
    found = sweep(read_rates(model), {"at": doses}, 9.0, [9.0], rtol=RTOL)
    np.testing.assert_allclose(
        found.values[:, 0, found.names.index("A")], np.exp(-0.5 * (9.0 - doses)), rtol=CLOSE
    )
    assert "events" in found.attributes["chosen_because"]


def test_events_without_end_are_an_error_with_advice():
    switch = [event("on", "A < 1", {"A": "2"}), event("off", "A > 1", {"A": "0"})]
    with pytest.raises(NumericalError, match="time stands still"):
        simulate(read_rates(ruled({"A": 0.5}, {"A": "1"}, switch)), 2.0)
    with pytest.raises(NumericalError, match="bounces to rest"):
        simulate(read_rates(ball()), 10.0)


def test_a_negative_delay_is_an_error():
    model = ruled({"A": 1.0}, {"A": "-A"}, [event("early", "time >= 1", {"A": "2"}, delay="A - 1")])
    with pytest.raises(NumericalError, match="delay"):
        simulate(read_rates(model), 2.0)


def test_what_does_not_know_events_refuses_them():
    with pytest.raises(UnsupportedFeature, match="E-EVENT-ANALYSIS"):
        steady_state(read_rates(ball()))
