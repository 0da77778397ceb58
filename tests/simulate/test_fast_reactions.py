"""Reactions declared fast against closed forms, and against the same reactions made very fast."""

from dataclasses import replace

import numpy as np
import pytest

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UnsupportedFeature
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.species import Species
from isthmus.simulate import run, steady_state, sweep

RTOL = 1e-8
CLOSE = 1e3 * RTOL


def reaction(name, before, after, rate, fast=False):
    return Reaction(
        name,
        reactants=tuple(Participant(s) for s in before.split()),
        products=tuple(Participant(s) for s in after.split()),
        rate=parse(rate),
        fast=fast,
    )


def network(amounts, *reactions, events=(), **constants):
    return Model(
        "network",
        compartments=(Compartment("c", 1.0),),
        species=tuple(Species(name, "c", value, substance_only=True) for name, value in amounts.items()),
        parameters=tuple(Parameter(name, value) for name, value in constants.items()),
        reactions=reactions,
        events=tuple(events),
    )


def at(model, times, method="ndf"):
    return run(read_rates(model), times[-1], times=times, rtol=RTOL, method=method).at(times)


def shared(**more):
    """A ⇌ B at 1 : 2 at once, of which B leaves at k B: the pool T has T′ = −(2/3) k T."""
    return network(
        {"A": 3.0, "B": 0.0, "C": 0.0},
        reaction("balance", "A", "B", "2*A - B", fast=True),
        reaction("leave", "B", "C", "k*B"),
        k=0.6,
        **more,
    )


@pytest.mark.parametrize("method", ["ndf", "ida"])
def test_a_pool_shares_at_once_and_decays_together(method):
    times = np.array([0.0, 0.5, 1.0, 3.0])
    pool = 3 * np.exp(-0.4 * times)
    expected = np.stack([pool / 3, 2 * pool / 3, 3 - pool], axis=1)
    np.testing.assert_allclose(at(shared(), times, method), expected, atol=CLOSE)


def test_what_an_event_adds_is_shared_at_once():
    push = Event("push", parse("time >= 1"), (EventAssignment("A", parse("A + 6")),))
    times = np.array([0.999, 1.001, 2.0])
    pool = 3 * np.exp(-0.4 * times) + np.where(times > 1, 6 * np.exp(-0.4 * (times - 1)), 0.0)
    found = at(shared(events=[push]), times)
    np.testing.assert_allclose(found[:, :2], np.stack([pool / 3, 2 * pool / 3], axis=1), atol=CLOSE)


def ring(speed, fast):
    """Three fast reactions in a circle, of which two are independent, and binding of what comes in."""
    rates = {"r1": ("A", "B", "A - 2*B"), "r2": ("B", "C", "B - C"), "r3": ("C", "A", "C - A/2")}
    binding = reaction("bind", "A E", "F", f"{speed}*(A*E - F)", fast=fast)
    circle = [reaction(n, a, b, f"{speed}*({rate})", fast=fast) for n, (a, b, rate) in rates.items()]
    feed = [reaction("feed", "", "C", "0.7"), reaction("out", "F", "E", "0.5*F")]
    return network({"A": 1.0, "B": 0.5, "C": 0.0, "E": 2.0, "F": 0.0}, binding, *circle, *feed)


def test_it_is_the_limit_of_rates_that_are_very_fast():
    times = np.array([1.0, 2.0, 5.0])
    limit = at(ring("1", True), times)
    # The distance to the limit falls as 1/speed.
    gaps = [np.abs(at(ring(speed, False), times) - limit).max() for speed in ("1e3", "1e4")]
    assert gaps[0] < 1e-2 and gaps[0] / gaps[1] == pytest.approx(10, rel=0.1)


def test_an_irreversible_one_runs_to_its_end_before_anything_else():
    model = network(
        {"A": 2.0, "B": 3.0, "C": 0.0},
        reaction("all", "A", "B", "0.01*A", fast=True),
        reaction("slow", "B", "C", "B"),
    )
    found = at(model, np.array([0.0, 1.0]))
    np.testing.assert_allclose(found, np.array([[0, 5, 0], [0, 5 / np.e, 5 - 5 / np.e]]), atol=CLOSE)


def test_an_equilibrium_that_its_rate_does_not_decide_is_refused():
    model = network({"A": 1.0, "B": 0.0}, reaction("none", "A", "B", "k*A", fast=True), k=0.0)
    with pytest.raises(NumericalError):
        run(read_rates(model), 1.0)


def test_proportions_that_are_not_fixed_are_refused():
    model = shared(twice=2.0)
    species = tuple(replace(s, conversion="twice") if s.id == "B" else s for s in model.species)
    with pytest.raises(UnsupportedFeature, match="conversion factors") as caught:
        run(read_rates(replace(model, species=species)), 1.0)
    assert caught.value.code == "E-FAST-REACTION"


def test_what_looks_at_rates_alone_refuses_them():
    dynamics = read_rates(shared())
    for question in (
        dynamics.system,
        lambda: steady_state(dynamics),
        lambda: sweep(dynamics, {"k": [1.0, 2.0]}, 1.0, [1.0]),
    ):
        with pytest.raises(UnsupportedFeature) as caught:
            question()
        assert caught.value.code == "E-FAST-REACTION"
