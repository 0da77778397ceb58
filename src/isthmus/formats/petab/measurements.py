"""The table of measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from isthmus.algebra.expression import Expression
from isthmus.formats.petab.formulas import read_value
from isthmus.formats.petab.table import Row, read_table, refused
from isthmus.model.calibration import MeasuredObservable, Measurement


def experiment_id(row: Row, version: int) -> str:
    """The experiment of a measurement; in version 1 the conditions before and during the simulation."""
    if version == 2:
        return row.identifier("experimentId", "")
    before = row.identifier("preequilibrationConditionId", "")
    during = row.identifier("simulationConditionId")
    return f"{before} then {during}" if before else during


def read_measurements(
    paths: Sequence[Path], observables: Mapping[str, MeasuredObservable], version: int
) -> tuple[tuple[Measurement, ...], dict[str, Row]]:
    """(the measurements, the first row of each experiment); ModelError for what does not fit."""
    required = ["observableId", "time", "measurement"]
    required.append("simulationConditionId" if version == 1 else "experimentId")
    found: list[Measurement] = []
    first: dict[str, Row] = {}
    for path in paths:
        for row in read_table(path, required):
            measurement = _measurement(row, observables, version)
            first.setdefault(measurement.experiment, row)
            found.append(measurement)
    return tuple(found), first


def _measurement(row: Row, observables: Mapping[str, MeasuredObservable], version: int) -> Measurement:
    identifier = row.identifier("observableId")
    observable = observables.get(identifier)
    if observable is None:
        needed = f"one of {', '.join(sorted(observables)[:10])}"
        raise refused(f"no observable {identifier!r}", needed, row.where("observableId"))
    value, time = row.number("measurement"), row.number("time")
    if math.isinf(value):
        raise refused("an infinite value", "a finite number", row.where("measurement"))
    if time == -math.inf:
        raise refused("-inf", "a time, or inf for a steady state", row.where("time"))
    overrides = _overrides(row, "observableParameters", observable.placeholders)
    overrides |= _overrides(row, "noiseParameters", observable.noise_placeholders)
    return Measurement(
        identifier,
        experiment_id(row, version),
        time,
        value,
        overrides,
        row.cells,
        row.where("measurement"),
    )


def _overrides(row: Row, column: str, placeholders: tuple[str, ...]) -> dict[str, Expression]:
    parts = row.parts(column)
    if len(parts) != len(placeholders):
        needed = f"{len(placeholders)}, as the formulas of the observable have placeholders"
        raise refused(f"{len(parts)} values", needed, row.where(column))
    values = [read_value(row, column, part) for part in parts]
    return dict(zip(placeholders, values, strict=True))
