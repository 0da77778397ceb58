"""How far two tables of columns reach, and how far they are apart: all of it in one pass of compiled code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import array_address, floats_at, indices_at, row_at

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Weighted sums of few columns each: sum i has `weights` of `columns` from starts[i] to starts[i + 1]."""

    starts: Indices
    columns: Indices
    weights: Floats

    @classmethod
    def of(cls, rows: Floats, first: int) -> Sums:
        """The sums whose weights are the rows, over the columns from `first` on."""
        which, columns = np.nonzero(rows)
        starts = np.searchsorted(which, np.arange(len(rows) + 1)).astype(np.int64)
        return cls(starts, (columns + first).astype(np.int64), np.ascontiguousarray(rows[which, columns]))


NO_SUMS = Sums.of(np.zeros((0, 0)), 0)


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """Of each column: `high` and `low` of the first table, `low_after` of the second, NaN where one is.

    gap: the largest difference in each of the columns compared, those that are not finite counting as
    infinite; where: the first row that has it. strayed: the largest difference of each sum.
    """

    high: Floats
    low: Floats
    low_after: Floats
    gap: Floats
    where: Indices
    strayed: Floats

    @property
    def peaks(self) -> Floats:
        """The largest absolute value of each column of the first table."""
        return np.asarray(np.maximum(np.abs(self.high), np.abs(self.low)))


def extremes(first: Floats, second: Floats, compared: int, sums: Sums = NO_SUMS) -> Extremes:
    """Look through two tables of the same shape, of at least one row; compared: so many columns."""
    before, after = (np.ascontiguousarray(table, dtype=np.float64) for table in (first, second))
    rows, width = before.shape
    found, where = np.empty((4, width)), np.zeros(width, dtype=np.int64)
    strayed = np.zeros(len(sums.starts) - 1)
    tables = (array_address(before), array_address(after), array_address(found), array_address(where))
    _look(rows, width, compared, *tables)
    if len(strayed):
        members = (array_address(sums.starts), array_address(sums.columns), array_address(sums.weights))
        _add_up(rows, width, *tables[:2], len(strayed), *members, array_address(strayed))
    high, low, low_after, gap = found
    return Extremes(high, low, low_after, gap[:compared], where[:compared], strayed)


@entry
def _look(rows: int, width: int, compared: int, first: int, second: int, found: int, where: int) -> None:
    high = floats_at(found)
    low, low_after, gap = row_at(high, width), row_at(high, 2 * width), row_at(high, 3 * width)
    for j in range(width):
        ours, theirs = row_at(floats_at(first), j), row_at(floats_at(second), j)
        low[j], high[j] = _reach(rows, width, ours)
        low_after[j], _ = _reach(rows, width, theirs)
        if j < compared:
            gap[j], indices_at(where)[j] = _widest(rows, width, ours, theirs)


@part
def _reach(rows: int, width: int, column: Floats) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for k in range(rows):
        value = column[k * width]
        if value != value:
            return value, value
        low = value if value < low else low
        high = value if value > high else high
    return low, high


@part
def _widest(rows: int, width: int, ours: Floats, theirs: Floats) -> tuple[float, int]:
    gap, where = -1.0, 0
    for k in range(rows):
        apart = abs(ours[k * width] - theirs[k * width])
        if not apart < np.inf:
            return np.inf, k
        if apart > gap:
            gap, where = apart, k
    return gap, where


@entry
def _add_up(
    rows: int,
    width: int,
    first: int,
    second: int,
    count: int,
    starts: int,
    columns: int,
    weights: int,
    strayed: int,
) -> None:
    start, column, weight = indices_at(starts), indices_at(columns), floats_at(weights)
    most = floats_at(strayed)
    for k in range(rows):
        before, after = row_at(floats_at(first), k * width), row_at(floats_at(second), k * width)
        for i in range(count):
            total = _total(before, after, start[i], start[i + 1], column, weight)
            if total > most[i] or total != total:
                most[i] = total


@part
def _total(before: Floats, after: Floats, low: int, high: int, column: Indices, weight: Floats) -> float:
    total = 0.0
    for m in range(low, high):
        total += weight[m] * (after[column[m]] - before[column[m]])
    return abs(total)
