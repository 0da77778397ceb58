"""Sensitivities across jumps and events against closed forms, differentiated by complex steps."""

from dataclasses import replace

import numpy as np
import pytest
from tests.reference.events import event, ruled
from tests.reference.networks import network

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.model.event import Event, EventAssignment
from isthmus.model.parameter import Parameter
from isthmus.simulate.sensitivities import sensitivities

RTOL = 1e-8
# Errors of some hundred steps add up, and each jump divides them by the speed of its crossing.
CLOSE = 1e3 * RTOL
TINY = 1e-30


def ball(q, t):
    """Every bounce takes away a share of the speed."""
    speed, start = q["v"], 0.0
    height = q["x"]
    while True:
        landing = np.sqrt(speed**2 + 2 * q["g"] * height)
        length = (speed + landing) / q["g"]
        if t < (start + length).real:
            s = t - start
            return height + speed * s - q["g"] * s**2 / 2, speed - q["g"] * s
        start, speed, height = start + length, q["share"] * landing, 0.0


def dose(q, t):
    amount = q["A"] * np.exp(-q["k"] * t)
    if t >= q["at"].real:
        amount = amount + q["dose"] * np.exp(-q["k"] * (t - q["at"]))
    return (amount,)


def doses(q, t):
    """The time of the next dose is a state of its own."""
    amount, time = q["A"] * np.exp(-q["k"] * t), q["next"]
    while time.real <= t:
        amount = amount + q["dose"] * np.exp(-q["k"] * (t - time))
        time = time + q["period"]
    return (amount, time)


def fire(q, t):
    """V' = (E - V)/T, set back to c at the threshold."""
    begun, v = 0.0, q["V"]
    while True:
        spike = begun + q["T"] * np.log((q["E"] - v) / (q["E"] - q["high"]))
        if t < spike.real:
            return (q["E"] + (v - q["E"]) * np.exp(-(t - begun) / q["T"]),)
        begun, v = spike, q["c"]


def late(at_trigger):
    """A falls to low; after lag times what it then is, B is set to what A was or is."""

    def closed(q, t):
        hit = np.log(q["A"] / q["low"]) / q["k"]
        due = hit + q["lag"] * q["low"]
        value = q["low"] if at_trigger else q["A"] * np.exp(-q["k"] * due)
        if t < due.real:
            return (q["B"] * np.exp(-q["m"] * t),)
        return (q["gain"] * value * np.exp(-q["m"] * (t - due)),)

    return closed


def pulse(q, t):
    """The rate is a until `on` and b from then on."""
    rate, start, level = q["a"], 0.0, q["A"]
    if t >= q["on"].real:
        rest = q["a"] / q["k"]
        level = rest + (level - rest) * np.exp(-q["k"] * q["on"])
        rate, start = q["b"], q["on"]
    rest = rate / q["k"]
    return (rest + (level - rest) * np.exp(-q["k"] * (t - start)),)


def gears(q, t):
    """A grows at `slow` below the threshold and at `fast` above it."""
    hit = (q["high"] - q["A"]) / q["slow"]
    return (q["A"] + q["slow"] * t if t < hit.real else q["high"] + q["fast"] * (t - hit),)


def stairs(q, t):
    """A' is the number of whole periods so far."""
    whole = int(t // q["period"].real)
    return (q["A"] + sum(t - k * q["period"] for k in range(1, whole + 1)),)


def cascade(q, t):
    """When A falls to low, B becomes A's double; that sets C to the time plus B² and B to zero."""
    hit = np.log(q["A"] / q["low"]) / q["k"]
    if t < hit.real:
        return q["B"], q["C"] + q["r"] * t
    return 0.0, hit + (2 * q["low"]) ** 2 + q["r"] * (t - hit)


def ordered(q, t):
    """Two events of one time that do not commute, by priority: first A + step, then A · factor."""
    hit = np.log(q["A"] / q["low"]) / q["k"]
    if t < hit.real:
        return (q["A"] * np.exp(-q["k"] * t),)
    return ((q["low"] + q["step"]) * q["factor"] * np.exp(-q["k"] * (t - hit)),)


def divided(q, t):
    """The cell grows and divides in two at a size; the amount of A is shared, its concentration goes on."""
    size, amount, begun = q["cell"], q["A"] * q["cell"], 0.0
    while True:
        hit = begun + np.log(q["limit"] / size) / q["grow"]
        if t < hit.real:
            now = size * np.exp(q["grow"] * (t - begun))
            # dN/dt = make · size
            return now, (amount + q["make"] * (now - size) / q["grow"]) / now
        amount = (amount + q["make"] * (q["limit"] - size) / q["grow"]) / 2
        size, begun = q["limit"] / 2, hit


def begun(q, t):
    """Set at time 0 by an event, and then left to decay."""
    return (q["gain"] * q["A"] ** 2 * np.exp(-q["k"] * t),)


def dropped(q, t):
    """An event that does not persist waits in vain; one that does is executed."""
    out = np.log(q["A"] / q["low"]) / q["k"] + q["lag"]
    return (q["B"] + (out if t >= out.real else 0.0),)


def compartment_model():
    model = network({"A": 0.4}, {"grow": 0.3, "limit": 2.0, "make": 0.7}, {"in": "-> A ; make"})
    return replace(
        model,
        compartments=(replace(model.compartments[0], size=1.1, constant=False),),
        rates=(ruled({"cell": 1.0}, {"cell": "grow*cell"}).rates),
        events=(
            Event(
                "divide",
                parse("cell >= limit"),
                (
                    EventAssignment("cell", parse("cell/2")),
                    EventAssignment("A", parse("A/2")),
                ),
            ),
        ),
    )


def in_gears():
    model = ruled({"A": 0.2}, {"A": "piecewise(slow, A < high, fast)"})
    parameters = {"high": 1.0, "slow": 0.7, "fast": 0.3}
    return replace(
        model, parameters=(*model.parameters, *(Parameter(name, v) for name, v in parameters.items()))
    )


A_DECAYS = {"A": "-k*A"}
CASES = {
    "a bouncing ball": (
        ruled(
            {"x": 1.0, "v": 0.3, "g": 9.81, "share": 0.8},
            {"x": "v", "v": "-g"},
            [event("bounce", "x <= 0 && v < 0", {"v": "-share*v"})],
        ),
        ball,
        ["x", "v"],
        [0.3, 0.9, 1.6, 2.1],
    ),
    "a dose at a set time": (
        ruled(
            {"A": 0.3, "k": 0.5, "at": 2.0, "dose": 1.4},
            A_DECAYS,
            [event("dose", "time >= at", {"A": "A + dose"})],
        ),
        dose,
        ["A"],
        [1.0, 3.0, 5.0],
    ),
    "doses at a period": (
        ruled(
            {"A": 0.0, "next": 1.0, "k": 0.3, "dose": 2.0, "period": 1.7},
            A_DECAYS,
            [event("dose", "time >= next", {"A": "A + dose", "next": "next + period"})],
        ),
        doses,
        ["A", "next"],
        [0.5, 2.0, 9.0],
    ),
    "integrate and fire": (
        ruled(
            {"V": 0.1, "E": 2.0, "T": 0.9, "high": 1.3, "c": -0.2},
            {"V": "(E - V)/T"},
            [event("spike", "V > high", {"V": "c"})],
        ),
        fire,
        ["V"],
        [0.5, 1.5, 6.0],
    ),
    **{
        f"a delayed event with values of the {'trigger' if at_trigger else 'execution'}": (
            ruled(
                {"A": 1.0, "B": 0.0, "k": 0.8, "low": 0.5, "lag": 1.5, "gain": 2.0, "m": 0.2},
                A_DECAYS | {"B": "-m*B"},
                [event("late", "A < low", {"B": "gain*A"}, delay="lag*A", at_trigger=at_trigger)],
            ),
            late(at_trigger),
            ["B"],
            [1.0, 2.0, 4.0],
        )
        for at_trigger in (True, False)
    },
    "an input that switches at a set time": (
        ruled({"A": 0.4, "a": 1.0, "b": 0.2, "k": 0.6, "on": 1.5}, {"A": "piecewise(a, time < on, b) - k*A"}),
        pulse,
        ["A"],
        [1.0, 2.0, 4.0],
    ),
    "a rate that changes gear at a level": (in_gears(), gears, ["A"], [0.6, 2.0]),
    "a staircase of time": (
        ruled({"A": 0.0, "period": 0.7}, {"A": "floor(time/period)"}),
        stairs,
        ["A"],
        [0.5, 3.0],
    ),
    "an event that sets off another": (
        ruled(
            {"A": 1.0, "B": 0.0, "C": 0.0, "k": 0.8, "low": 0.4, "r": 0.0},
            A_DECAYS | {"C": "r"},
            [
                event("first", "A < low", {"B": "2*A"}),
                event("second", "B > 0.3", {"C": "time + B^2", "B": "0"}, at_trigger=False),
            ],
        ),
        cascade,
        ["B", "C"],
        [0.5, 3.0],
    ),
    "events by priority": (
        ruled(
            {"A": 1.0, "k": 0.8, "low": 0.4, "step": 0.3, "factor": 0.9},
            A_DECAYS,
            [
                event("scale", "A < low", {"A": "A*factor"}, priority="1", at_trigger=False),
                event("step", "A < low", {"A": "A + step"}, priority="2", at_trigger=False),
            ],
        ),
        ordered,
        ["A"],
        [0.5, 1.2],
    ),
    "a cell that divides": (compartment_model(), divided, ["cell", "A"], [1.0, 3.0, 6.5]),
    "an event at the start": (
        ruled(
            {"A": 1.3, "k": 0.8, "gain": 0.5},
            A_DECAYS,
            [event("set", "A > 0.1", {"A": "gain*A^2"}, initially=False)],
        ),
        begun,
        ["A"],
        [0.0, 1.0],
    ),
    "events that persist and that do not": (
        ruled(
            {"A": 1.0, "B": 0.2, "k": 0.8, "low": 0.4, "lag": 0.9},
            A_DECAYS,
            [
                event("kept", "A < low && A > 0.3", {"B": "B + time"}, delay="lag", at_trigger=False),
                event("lost", "A < low && A > 0.3", {"B": "-7"}, delay="lag", persistent=False),
            ],
        ),
        dropped,
        ["B"],
        [1.0, 3.0],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_forms(name):
    model, closed, watched, times = CASES[name]
    dynamics = read_rates(model)
    result = sensitivities(dynamics, times[-1], times, rtol=RTOL)
    q = dict(zip(dynamics.quantities, map(complex, dynamics.nominal), strict=True))
    for k, time in enumerate(times):
        values = closed(q, time)
        for place, state in enumerate(watched):
            seen = result.observables.index(state)
            assert result.observed[k, seen] == pytest.approx(np.real(values[place]), rel=CLOSE, abs=CLOSE)
        for quantity in dynamics.quantities:
            moved = closed(q | {quantity: q[quantity] + TINY * 1j}, time)
            for place, state in enumerate(watched):
                exact = np.imag(moved[place]) / TINY
                # An error of a step is that of the state over the quantity, too.
                scale = abs(exact) + max(abs(np.real(values[place])), 1.0) / (abs(q[quantity]) or 1.0)
                found = result.of(state, quantity)[k]
                assert abs(found - exact) <= 3 * CLOSE * scale, (state, quantity, time, found, exact)


def test_at_the_time_of_an_event_the_value_after_it_is_given():
    model = ruled({"A": 1.0}, A_DECAYS | {"k": "0"}, [event("dose", "time >= 2", {"A": "3*A"})])
    model = replace(model, parameters=(*model.parameters, Parameter("k", 0.5, constant=False)))
    result = sensitivities(read_rates(model), 2.0, [0.0, 2.0], wrt=["A"], rtol=RTOL)
    np.testing.assert_allclose(result.of("A", "A"), [1.0, 3 * np.exp(-1.0)], rtol=CLOSE)


def test_errors_follow_the_tolerance():
    model, closed, _, _ = CASES["integrate and fire"]
    dynamics, time = read_rates(model), 6.0
    q = dict(zip(dynamics.quantities, map(complex, dynamics.nominal), strict=True))
    exact = [np.imag(closed(q | {name: q[name] + TINY * 1j}, time)[0]) / TINY for name in q]
    tolerances = 10.0 ** -np.arange(4.0, 10.0)
    errors = [
        np.abs(sensitivities(dynamics, time, [time], rtol=rtol).values[0, 0] - exact).max()
        for rtol in tolerances
    ]
    assert 0.6 < np.polyfit(np.log(tolerances), np.log(errors), 1)[0] < 1.3
