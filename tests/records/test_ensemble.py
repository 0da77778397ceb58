import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.records.ensemble import Ensemble


def make_ensemble():
    values = np.arange(12.0).reshape(2, 3, 2)
    values[1, 2] = np.nan
    return Ensemble(
        varied=("k", "A"),
        table=np.array([[1.0, 2.0], [3.0, 4.0]]),
        times=np.array([0.0, 1.0, 2.0]),
        names=("A", "time"),
        values=values,
        codes=np.array([0, 3]),
        meanings={0: "SUCCESS", 3: "NOT_FINITE"},
        reached=np.array([2.0, 1.5]),
        steps=np.array([7, 5]),
        units={"A": "µM", "k": "1/s"},
        time_unit="s",
        attributes={"model": "m"},
    )


def test_curves_by_name():
    ensemble = make_ensemble()
    assert len(ensemble) == 2 and ensemble.ok.tolist() == [True, False]
    assert ensemble["A"][0].tolist() == [0.0, 2.0, 4.0]
    assert ensemble.endings() == {"SUCCESS": 1, "NOT_FINITE": 1}
    with pytest.raises(UsageError, match="E-UNKNOWN-CURVE"):
        ensemble["B"]


def test_the_dataset_has_units_quantities_and_endings(tmp_path):
    xarray = pytest.importorskip("xarray")
    dataset = make_ensemble().to_xarray()
    assert dataset["A"].dims == ("set", "time") and dataset["A"].attrs == {"units": "µM"}
    assert dataset["time_"].shape == (2, 3) and dataset["time"].attrs == {"units": "s"}
    assert dataset["quantity_A"].attrs == {"units": "µM"}
    assert dataset["quantity_k"].values.tolist() == [1.0, 3.0]
    assert dataset["result_code"].attrs["flag_meanings"] == "SUCCESS NOT_FINITE"
    dataset.to_netcdf(tmp_path / "e.nc", engine="h5netcdf")
    with xarray.open_dataset(tmp_path / "e.nc", engine="h5netcdf") as read:
        xarray.testing.assert_identical(read.load(), dataset)
