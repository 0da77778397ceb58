"""Sensitivities of models with jumps and events against differences of CVODE runs."""

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.reference.events import event, ruled
from tests.reference.networks import michaelis_menten, network

from isthmus import formats
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.model.parameter import Parameter
from isthmus.model.question import Observable
from isthmus.simulate import simulate
from isthmus.simulate.sensitivities import sensitivities

RTOL = 1e-8


def differences(dynamics, horizon, times, quantity, observables):
    """∂observable/∂quantity by central differences of two widths, extrapolated, and a bound on its error.

    The narrow ones are off by a fourth of what the wide ones are: their difference is three times the error
    that the extrapolation takes away. Runs themselves are wrong by some hundred tolerances.
    """
    q = dict(zip(dynamics.quantities, dynamics.nominal, strict=True))[quantity]
    rtol, width = 1e-10, 2e-4 * abs(q)

    def at(value):
        run = simulate(
            dynamics,
            horizon,
            times=list(times),
            quantities={quantity: value},
            observables=observables,
            rtol=rtol,
            method="cvode",
            max_steps=1_000_000,
        )
        return np.column_stack([run[observable.name] for observable in observables])

    runs = {h: (at(q + h), at(q - h)) for h in (width, width / 2)}
    wide, narrow = ((above - below) / (2 * h) for h, (above, below) in runs.items())
    size = np.abs(runs[width][0]).max(axis=0)
    return (4 * narrow - wide) / 3, np.abs(narrow - wide) + 100 * rtol * size / width, size


def assert_agree(dynamics, horizon, times, wrt):
    observables = [Observable(name, parse(name)) for name in dynamics.states]
    result = sensitivities(dynamics, horizon, times, observables, wrt=wrt, rtol=RTOL)
    for j, quantity in enumerate(wrt):
        expected, doubt, size = differences(dynamics, horizon, times, quantity, observables)
        # A hundred steps' errors, in the scale of the quantity; and rounding of the largest state.
        allowed = doubt + 100 * RTOL * (np.abs(expected).max(axis=0) + size / abs(result.at[j]))
        allowed = allowed + 1e-15 * size.max() / abs(result.at[j])
        assert (np.abs(result.values[:, :, j] - expected) <= allowed).all(), quantity
        # The check is worth something only where there is something to see.
        assert (np.abs(expected).max(axis=0) > 10 * doubt.max(axis=0)).any(), quantity


def fed():
    """Michaelis–Menten with substrate added whenever it runs out, a while later."""
    model = michaelis_menten()
    parameters = (*model.parameters, Parameter("low", 2.0), Parameter("lag", 1.5), Parameter("share", 0.7))
    refill = event("refill", "S < low", {"S": "S + share*P"}, delay="lag + 0.1*C", at_trigger=False)
    return replace(model, parameters=parameters, events=(refill,))


def hunted():
    """Predators and prey; where there are many prey, a share of them and of the predators is taken."""
    return ruled(
        {"prey": 1.0, "hunters": 0.4, "a": 1.1, "b": 0.9, "many": 1.8, "taken": 0.3},
        {"prey": "a*prey - prey*hunters", "hunters": "b*prey*hunters - hunters"},
        [
            event("first", "prey > many", {"prey": "(1 - taken)*prey"}, priority="2", at_trigger=False),
            event("second", "prey > many", {"hunters": "hunters*prey/many"}, priority="1", at_trigger=False),
        ],
    )


def heated():
    """A thermostat with hysteresis by events, and losses that are larger at night."""
    return ruled(
        {"T": 18.0, "heat": 0.0, "cold": 17.0, "warm": 21.0, "power": 6.0, "day": 3.0, "loss": 0.25},
        {"T": "power*heat - loss*piecewise(1, sin(2*time/day) > 0.2, 1.7)*(T - 5)"},
        [event("on", "T < cold", {"heat": "1"}), event("off", "T > warm", {"heat": "0"})],
    )


def relay():
    """Two genes, each made at another rate while there is little of the other one."""
    return network(
        {"X": 0.2, "Y": 1.0},
        {"k": 1.0, "d": 0.6, "few": 0.7, "leak": 0.15},
        {
            "x": "-> X ; piecewise(k, Y < few, leak)",
            "y": "-> Y ; piecewise(leak, X < few, k)",
            "dx": "X -> ; d*X",
            "dy": "Y -> ; d*Y",
        },
    )


MODELS = {
    "refills that come late": (fed(), 60.0, ["low", "lag", "share"]),
    "two events of one time": (hunted(), 5.0, ["a", "many", "prey"]),
    "a thermostat": (heated(), 9.0, ["cold", "power", "day"]),
    "rates that jump": (relay(), 7.0, ["few", "Y"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_differences_of_another_integrator(name):
    model, horizon, wrt = MODELS[name]
    times = np.array([0.31, 0.577, 0.83, 1.0]) * horizon
    assert_agree(read_rates(model), horizon, times, wrt)


def published(numbers):
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    names = {f"BIOMD{number:010d}.xml": number for number in numbers}
    found = {}
    with tarfile.open(Path(root) / "biomodels" / "biomodels.tar.xz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if Path(member.name).name in names else None
            if stream is not None:
                found[names[Path(member.name).name]] = stream.read().decode()
    return found


PUBLISHED = {
    7: (100.0, ["k1", "k4", "Mass"]),
    158: (20.0, ["xmax", "beta_x", "y"]),
    436: (100.0, ["k1", "k6", "k8"]),
    816: (6.0, ["OV_dose", "D0", "r"]),
}


@pytest.mark.corpora
def test_published_models_with_events():
    found = published(PUBLISHED)
    assert found.keys() == PUBLISHED.keys()
    for number, text in found.items():
        dynamics = read_rates(formats.read_model(text))
        horizon, wrt = PUBLISHED[number]
        assert_agree(dynamics, horizon, np.array([0.137, 0.613, 0.937]) * horizon, wrt)
