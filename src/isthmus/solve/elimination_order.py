"""The order of elimination that fills little (minimum degree, Tinney and Walker 1967), and what it fills."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Indices
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import indices_at

# Of the entries that a step would update if all were there.
_NEARLY_DENSE = 0.3
# Fewer unknowns than this are quicker done one by one.
_FEWEST_DENSE = 16


def elimination_order(row: Indices, column: Indices, size: int) -> Indices:
    """Return the new number of each unknown of a matrix with entries at (row, column)."""
    rows, columns = (np.ascontiguousarray(given, dtype=np.int64) for given in (row, column))
    scratch, place = np.empty(size * size, dtype=np.int64), np.empty(size, dtype=np.int64)
    arrays = (rows, columns, scratch, place)
    _order(size, len(rows), *(array.ctypes.data for array in arrays))
    return place


@entry
def _order(n: int, entries: int, row: int, column: int, linked: int, place: int) -> None:
    eliminate_least(n, entries, indices_at(row), indices_at(column), indices_at(linked), indices_at(place))


@part
def eliminate_least(
    n: int, entries: int, row: Indices, column: Indices, linked: Indices, place: Indices
) -> None:
    """Write the new number of each unknown of a matrix with entries at (row, column).

    ``linked`` (n × n) is overwritten; its diagonal counts neighbours.
    """
    # Of equals the one whose neighbours were left alone for longest goes first: short chains of dependence.
    for i in range(n):
        place[i] = -1
        for j in range(n):
            linked[i * n + j] = 0
    for k in range(entries):
        i, j = row[k], column[k]
        if i != j and linked[i * n + j] == 0:
            linked[i * n + j] = 1
            linked[j * n + i] = 1
            linked[i * n + i] += 1
            linked[j * n + j] += 1
    for step in range(n):
        best = -1
        for i in range(n):
            if place[i] >= 0:
                continue
            gain = 1 if best < 0 else linked[best * n + best] - linked[i * n + i]
            if gain > 0 or (gain == 0 and place[i] > place[best]):
                best = i
        place[best] = step
        for j in range(n):
            if j == best or linked[best * n + j] == 0:
                continue
            place[j] = -2 - step
            linked[j * n + best] = 0
            linked[j * n + j] -= 1
            for i in range(j):
                if i != best and linked[best * n + i] != 0 and linked[i * n + j] == 0:
                    linked[i * n + j] = 1
                    linked[j * n + i] = 1
                    linked[i * n + i] += 1
                    linked[j * n + j] += 1


@part
def find_fill(
    n: int,
    grid: Indices,
    lower_start: Indices,
    lower_row: Indices,
    upper_start: Indices,
    upper_column: Indices,
) -> int:
    """Write where L (by columns) and U (by rows) of a matrix have entries when no rows are exchanged.

    ``grid`` (n x n) is nonzero where the matrix may be, and is filled in; the lists are without diagonals.
    What is left is taken for dense once it nearly is: full rows are subtracted several numbers at a time.
    Returns the step from which on it is, the number of steps where that is not worth while.
    """
    lower, upper, dense, begin = 0, 0, False, n
    lower_start[0] = 0
    upper_start[0] = 0
    for k in range(n):
        first, left = upper, lower
        for j in range(k + 1, n):
            if dense or grid[k * n + j] != 0:
                upper_column[upper] = j
                upper += 1
        for i in range(k + 1, n):
            if dense or grid[i * n + k] != 0:
                lower_row[lower] = i
                lower += 1
                if not dense:
                    for e in range(first, upper):
                        grid[i * n + upper_column[e]] = 1
        if not dense and (lower - left) * (upper - first) > _NEARLY_DENSE * (n - 1 - k) ** 2:
            dense, begin = True, k + 1
        lower_start[k + 1] = lower
        upper_start[k + 1] = upper
    return begin if n - begin >= _FEWEST_DENSE else n
