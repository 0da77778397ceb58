"""The table of parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from isthmus.formats.petab.table import Row, read_table, refused
from isthmus.model.calibration import ProblemParameter

SCALES = ("lin", "log", "log10")


def read_parameters(paths: Sequence[Path]) -> tuple[ProblemParameter, ...]:
    """Every parameter of the problem; ModelError where one comes twice."""
    found: dict[str, ProblemParameter] = {}
    for path in paths:
        for row in read_table(path, ("parameterId", "estimate")):
            parameter = _parameter(row)
            if parameter.id in found:
                raise refused(f"a second {parameter.id!r}", "each parameter once", row.where("parameterId"))
            found[parameter.id] = parameter
    return tuple(found.values())


def _parameter(row: Row) -> ProblemParameter:
    estimated = row.one_of("estimate", ("0", "1", "0.0", "1.0", "true", "false", "True", "False"), "0")
    has_value = bool(row.cells.get("nominalValue"))
    nominal = row.number("nominalValue") if has_value else None
    if nominal is not None and math.isinf(nominal):
        raise refused("an infinite value", "a finite number", row.where("nominalValue"))
    return ProblemParameter(
        row.identifier("parameterId"),
        nominal,
        estimated.lower() in ("1", "1.0", "true"),
        row.one_of("parameterScale", SCALES, "lin"),
        row.number("lowerBound", -math.inf),
        row.number("upperBound", math.inf),
        row.where("parameterId"),
    )
