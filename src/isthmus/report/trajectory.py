"""A trajectory as text: CSV and JSON."""

from __future__ import annotations

import csv
from typing import IO, Any

from isthmus.records.numbers import encode_number
from isthmus.records.trajectory import Trajectory


def trajectory_as_csv(trajectory: Trajectory, stream: IO[str]) -> None:
    """Write times and curves as CSV, one row a time, numbers so that they read back exactly."""
    columns = trajectory.columns
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["time", *columns])
    for row in zip(trajectory.times.tolist(), *(curve.tolist() for curve in columns.values()), strict=True):
        writer.writerow(map(repr, row))


def trajectory_as_json(trajectory: Trajectory) -> dict[str, Any]:
    """Times, curves and units by name."""
    return {
        "schema": "isthmus-trajectory",
        "version": 1,
        "time_unit": trajectory.time_unit,
        "times": trajectory.times.tolist(),
        "curves": {
            name: list(map(encode_number, curve.tolist())) for name, curve in trajectory.columns.items()
        },
        "units": dict(trajectory.units),
    }
