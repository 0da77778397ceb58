"""Steady states in the user's units, against long runs of CVODE, on the examples and on published models."""

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.reference.networks import michaelis_menten, network

from isthmus import formats
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UnsupportedFeature, UsageError
from isthmus.model.question import Observable
from isthmus.simulate import simulate
from isthmus.simulate.steady_state import conserved_totals, steady_state

# Some of the curated models that rest, and some that oscillate, as long runs show.
RESTING = (9, 13, 33, 52, 60, 63, 68, 84, 102, 150)
OSCILLATING = (3, 4, 6, 8, 12, 22, 35, 39, 44, 58)


def agrees_with_a_long_run(dynamics) -> None:
    rest = steady_state(dynamics)
    end = 10 * rest.time + min(30 * rest.slowest, 1e3 * rest.time)
    last = simulate(dynamics, end, times=[end], rtol=1e-9, method="cvode", max_steps=1_000_000).values[-1]
    # rtol for large values, 1e-3 rtol of the peak for small ones; the remnant of the slowest mode is e⁻³⁰.
    size = np.abs(last).max()
    np.testing.assert_allclose(rest.values, last, rtol=1e-5, atol=1e-7 * size)


@pytest.mark.parametrize(
    "name", ["gene_expression", "huang_ferrell_1996", "michaelis_menten", "toggle_switch_2000"]
)
def test_examples_rest_where_a_long_run_ends(name, examples):
    dynamics = read_rates(formats.read_model(examples / f"{name}.ant"))
    agrees_with_a_long_run(dynamics)
    rest = steady_state(dynamics)
    assert rest.stable
    assert len(rest.eigenvalues) + rest.conserved == len(dynamics.states)


@pytest.mark.parametrize("name", ["goldbeter_1991", "repressilator_2000"])
def test_examples_that_oscillate_are_refused(name, examples):
    with pytest.raises(NumericalError, match="oscillating"):
        steady_state(read_rates(formats.read_model(examples / f"{name}.ant")))


def published(numbers: tuple[int, ...]) -> list[tuple[str, str]]:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    names = {f"BIOMD{number:010d}.xml" for number in numbers}
    with tarfile.open(Path(root) / "biomodels" / "biomodels.tar.xz") as tar:
        members = [member for member in tar if Path(member.name).name in names]
        return [(m.name, stream.read().decode()) for m in members if (stream := tar.extractfile(m))]


@pytest.mark.corpora
def test_biomodels_rest_where_a_long_run_ends():
    models = published(RESTING)
    assert len(models) == len(RESTING)
    for _, text in models:
        agrees_with_a_long_run(read_rates(formats.read_model(text)))


@pytest.mark.corpora
def test_biomodels_that_oscillate_are_refused():
    models = published(OSCILLATING)
    assert len(models) == len(OSCILLATING)
    for _, text in models:
        with pytest.raises(NumericalError, match="oscillating"):
            steady_state(read_rates(formats.read_model(text)))


@pytest.mark.parametrize("volume", [1.0, 4e-12, 1e6])
def test_concentrations_whatever_the_volume(volume):
    # S ⇌ P with K = 3, and a decoy that keeps its total.
    model = network({"S": 8.0, "P": 0.0}, {"f": 3.0, "b": 1.0}, {"r": "S -> P ; f*S - b*P"}, volume=volume)
    observables = [Observable("flux", parse("f*S")), Observable("share", parse("P/(S + P)"))]
    rest = steady_state(read_rates(model), observables=observables)
    np.testing.assert_allclose(rest.values, [2.0, 6.0, 6.0, 0.75], rtol=1e-12)
    np.testing.assert_allclose(rest.eigenvalues, [-4.0], rtol=1e-12)
    assert rest.slowest == pytest.approx(0.25)
    assert rest.conserved == 1
    assert rest["share"] == pytest.approx(0.75)


def test_quantities_set_parameters_and_totals():
    model = network({"S": 8.0, "P": 0.0}, {"f": 3.0, "b": 1.0}, {"r": "S -> P ; f*S - b*P"})
    rest = steady_state(read_rates(model), {"S": 1.0, "P": 3.0, "f": 1.0})
    np.testing.assert_allclose(rest.values, [2.0, 2.0], rtol=1e-12)


def test_dataset():
    rest = steady_state(read_rates(michaelis_menten()))
    dataset = rest.to_xarray()
    assert float(dataset["value"].sel(name="P")) == pytest.approx(10.0)
    assert dataset.attrs["stable"] == "true"
    assert dataset["eigenvalue"].shape == (2, 2)
    with pytest.raises(UsageError, match="no value 'X'"):
        rest["X"]


def test_time_in_a_rate_is_refused():
    model = network({"A": 1.0}, {"k": 1.0}, {"loss": "A -> ; k*A*sin(time)"})
    with pytest.raises(UnsupportedFeature, match="depends on time"):
        steady_state(read_rates(model))


def test_growth_is_named():
    model = network({"A": 1.0, "B": 1.0}, {"k": 1.0}, {"make": "-> A ; k", "fall": "B -> ; B"})
    with pytest.raises(NumericalError, match=r"grows without bound \(A\)"):
        steady_state(read_rates(model))


def test_totals_are_exact():
    dynamics = read_rates(replace(michaelis_menten(), id="again"))
    totals = conserved_totals(dynamics)
    gain = dynamics.system().gain.dense()
    assert len(totals.dependent) == 2
    np.testing.assert_array_equal(gain[totals.dependent], totals.link @ gain[totals.independent])
