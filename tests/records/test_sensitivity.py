"""What the records of sensitivities and steady states say of themselves."""

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.records.sensitivity import Sensitivities
from isthmus.records.steady_state import SteadyState


def record() -> Sensitivities:
    values = np.array([[[1.0, 4.0]], [[2.0, 8.0]]])
    return Sensitivities(
        np.array([0.0, 1.0]),
        ("A",),
        ("k", "zero"),
        values,
        np.array([[0.0], [4.0]]),
        np.array([2.0, 0.0]),
        "s",
    )


def test_curves_by_name():
    assert record().of("A", "zero").tolist() == [4.0, 8.0]
    for names in (("B", "k"), ("A", "q")):
        with pytest.raises(UsageError, match="E-UNKNOWN-CURVE"):
            record().of(*names)


def test_relative_change_needs_something_to_change():
    scaled = record().scaled()
    assert np.isnan(scaled[0]).all()
    # 2 · 2 / 4, and nothing for a quantity that is zero.
    assert scaled[1].tolist() == [[1.0, 0.0]]


def test_dataset_is_labelled():
    dataset = record().to_xarray()
    assert float(dataset["sensitivity"].sel(observable="A", quantity="k", time=1.0)) == 2.0
    assert dataset["time"].attrs["units"] == "s"


@pytest.mark.parametrize(("eigenvalues", "slowest"), [([-4.0, -0.5], 2.0), ([0.0, -1.0], np.inf), ([], 0.0)])
def test_the_slowest_mode_decides(eigenvalues, slowest):
    rest = SteadyState(
        ("A",), np.array([1.0]), True, np.array(eigenvalues, dtype=complex), 0.0, "newton", 0, 0.0
    )
    assert rest.slowest == slowest
    assert rest["A"] == 1.0
