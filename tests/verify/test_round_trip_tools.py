"""What isthmus writes is valid SBML, and a model read back from it runs as before."""

from pathlib import Path

import numpy as np
import pytest

from isthmus.dynamics.rates import read_rates
from isthmus.formats import check_sbml, read_model, sbml_text
from isthmus.simulate.rates import simulate

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.ant"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_written_as_valid_sbml_and_read_back_the_same(path):
    model = read_model(path)
    text = sbml_text(model)
    assert check_sbml(text) == []
    again = read_model(text)
    assert sbml_text(again) == text
    first, second = (simulate(read_rates(m), 10.0, points=21) for m in (model, again))
    assert first.states == second.states
    # The same equations in the same order: only the rounding of the states may differ.
    np.testing.assert_allclose(
        first.values, second.values, rtol=1e-9, atol=1e-12 * np.abs(first.values).max()
    )


def test_the_check_says_no():
    text = sbml_text(read_model(EXAMPLES[0]))
    assert check_sbml(text.replace('compartment="cell"', 'compartment="nowhere"', 1))
