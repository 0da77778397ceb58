"""PEtab 2: long conditions, and experiments as periods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from isthmus.formats.petab.formulas import read_formula
from isthmus.formats.petab.table import Row, read_table, refused
from isthmus.model.calibration import Change, Experiment, Period


def read_long_conditions(paths: Sequence[Path]) -> dict[str, tuple[Change, ...]]:
    """Id → what the condition sets."""
    found: dict[str, dict[str, Change]] = {}
    for path in paths:
        for row in read_table(path, ("conditionId", "targetId", "targetValue")):
            changes = found.setdefault(row.identifier("conditionId"), {})
            target = row.identifier("targetId")
            if target in changes:
                raise refused(f"a second value for {target!r}", "one", row.where("targetId"))
            changes[target] = Change(target, read_formula(row, "targetValue"), row.where("targetValue"))
    return {name: tuple(changes.values()) for name, changes in found.items()}


def read_experiments(
    paths: Sequence[Path], conditions: Mapping[str, tuple[Change, ...]], measured: Mapping[str, Row]
) -> tuple[Experiment, ...]:
    """The experiments; "" is the model as it is, from time 0, where a measurement asks for it."""
    periods: dict[str, dict[float, tuple[Change, ...]]] = {}
    for path in paths:
        for row in read_table(path, ("experimentId", "time", "conditionId")):
            at_times = periods.setdefault(row.identifier("experimentId"), {})
            time = row.number("time")
            if time == math.inf:
                raise refused("inf", "a time, or -inf for a preequilibration", row.where("time"))
            at_times[time] = (*at_times.get(time, ()), *_changes(row, conditions))
            targets = [change.target for change in at_times[time]]
            twice = [target for target in targets if targets.count(target) > 1]
            if twice:
                found = f"conditions that set {twice[0]!r} twice at one time"
                raise refused(found, "one value", row.where("conditionId"))
    if "" in measured:
        periods.setdefault("", {0.0: ()})
    for name, row in measured.items():
        if name not in periods:
            needed = f"one of {', '.join(sorted(periods)[:10])}"
            raise refused(f"no experiment {name!r}", needed, row.where("experimentId"))
    return tuple(
        Experiment(name, tuple(Period(time, changes) for time, changes in sorted(at_times.items())))
        for name, at_times in periods.items()
    )


def _changes(row: Row, conditions: Mapping[str, tuple[Change, ...]]) -> tuple[Change, ...]:
    name = row.identifier("conditionId", "")
    if not name:
        return ()
    if name not in conditions:
        needed = f"one of {', '.join(sorted(conditions)[:10])}"
        raise refused(f"no condition {name!r}", needed, row.where("conditionId"))
    return conditions[name]
