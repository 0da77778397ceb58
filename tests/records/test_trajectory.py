"""Trajectories as tables and datasets, written complete or not at all."""

import csv

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.records.trajectory import Trajectory

TIMES = np.array([0.0, 0.1, 1e10])
TRAJECTORY = Trajectory(
    TIMES,
    ("S", "time"),
    np.array([[1.0, 2.0], [1 / 3, 2.5], [1e-300, 3.0]]),
    ("ratio",),
    np.array([[0.5], [0.25], [0.125]]),
    {"S": "mole / liter"},
    "second",
    {"seed": 1, "model": "m", "atol": np.array([1e-9, 1e-12]), "flag": True},
)


def test_curves_by_name():
    np.testing.assert_array_equal(TRAJECTORY["ratio"], [0.5, 0.25, 0.125])
    with pytest.raises(UsageError, match="one of S, time, ratio"):
        TRAJECTORY["T"]


def test_dataset_carries_units_and_attributes():
    data = TRAJECTORY.to_xarray()
    assert data["S"].attrs["units"] == "mole / liter"
    assert data["time"].attrs["units"] == "second"
    assert data.attrs["seed"] == 1
    np.testing.assert_array_equal(data["time_"], [2.0, 2.5, 3.0])
    np.testing.assert_array_equal(data.attrs["atol"], [1e-9, 1e-12])
    assert "S" in TRAJECTORY._repr_html_()


def test_csv_keeps_every_digit(tmp_path):
    path = TRAJECTORY.write(tmp_path / "x.csv")
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["time", "S", "time", "ratio"]
    np.testing.assert_array_equal(np.array(rows, dtype=float)[:, 1], TRAJECTORY["S"])


def test_netcdf_round_trip(tmp_path):
    import xarray

    path = TRAJECTORY.write(tmp_path / "x.nc")
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["S"], TRAJECTORY["S"])
        assert data.attrs["model"] == "m"
        assert data["S"].attrs["units"] == "mole / liter"


def test_unknown_ending_and_missing_folder_are_refused(tmp_path):
    with pytest.raises(UsageError, match="E-OUTPUT-FORMAT"):
        TRAJECTORY.write(tmp_path / "x.txt")
    with pytest.raises(UsageError, match="E-OUTPUT-FOLDER"):
        TRAJECTORY.write(tmp_path / "no" / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("before")
    broken = Trajectory(TIMES, ("S",), np.zeros((2, 1)))
    with pytest.raises(ValueError, match="dimension"):
        broken.write(path)
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.csv"]
