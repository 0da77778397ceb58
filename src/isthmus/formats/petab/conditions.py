"""PEtab 1: wide conditions, and an experiment for each pair of them that was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from isthmus.formats.petab.formulas import read_value
from isthmus.formats.petab.table import Row, read_table, refused
from isthmus.model.calibration import Change, Experiment, Period

_OTHER = ("conditionId", "conditionName")


def read_conditions(paths: Sequence[Path]) -> dict[str, tuple[Change, ...]]:
    """Id → what the condition sets; an empty cell (NaN) keeps what is there."""
    found: dict[str, tuple[Change, ...]] = {}
    for path in paths:
        for row in read_table(path, ("conditionId",)):
            identifier = row.identifier("conditionId")
            if identifier in found:
                raise refused(f"a second {identifier!r}", "each condition once", row.where("conditionId"))
            found[identifier] = tuple(
                Change(column, read_value(row, column, text), row.where(column))
                for column, text in row.cells.items()
                if column not in _OTHER and text
            )
    return found


def pair_conditions(
    first: Mapping[str, Row], conditions: Mapping[str, tuple[Change, ...]]
) -> tuple[Experiment, ...]:
    """An experiment for each id, from the two conditions that its first measurement names."""
    return tuple(Experiment(name, _periods(row, conditions)) for name, row in first.items())


def _periods(row: Row, conditions: Mapping[str, tuple[Change, ...]]) -> tuple[Period, ...]:
    during = Period(0.0, _condition(row, "simulationConditionId", conditions), constants_anew=True)
    if not row.cells.get("preequilibrationConditionId"):
        return (during,)
    before = _condition(row, "preequilibrationConditionId", conditions)
    return Period(-math.inf, before, constants_anew=True), during


def _condition(row: Row, column: str, conditions: Mapping[str, tuple[Change, ...]]) -> tuple[Change, ...]:
    name = row.identifier(column)
    if name not in conditions:
        needed = f"one of {', '.join(sorted(conditions)[:10])}"
        raise refused(f"no condition {name!r}", needed, row.where(column))
    return conditions[name]
