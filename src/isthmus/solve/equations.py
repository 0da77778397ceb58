"""A system as flat arrays, and its right-hand side, Jacobian and iteration matrix in compiled code."""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.system import Floats, Indices, Integers, SparseMatrix, System
from isthmus.solve.compiled import entry, part
from isthmus.solve.elimination_order import eliminate_least, find_fill
from isthmus.solve.factorisation import table_over
from isthmus.solve.native_call import call_kernel, indices_at, row_at
from isthmus.solve.table import reader_of


class Equations:
    """What compiled code needs of a system: numbers, and pointers to arrays that the system keeps.

    The union of the patterns of M and ``G dv/dx`` is a list of slots; rows and columns are renumbered by
    ``place`` so that elimination fills little. ``fill_...`` says where L (by columns) and U (by rows) then
    have entries, without the diagonals. What is solved with them stays in the order of the states.
    """

    states: int
    slots: int
    scattered: int
    constraints: int
    plain: int
    """1 where M is the identity"""
    dense: int
    """the unknown from which on, in the order of elimination, everything is taken for full"""
    unrolled_sums: int
    """the addresses of code for ``G v`` and for the entries of L and U, 0 where `unrolled` has made none"""
    unrolled_lower: int
    unrolled_upper: int
    rates_address: int
    jacobian_address: int
    gain: Floats
    gain_column: Indices
    gain_start: Indices
    sorted_gain: Floats
    """the entries by rows, those with the fewest first, so that short rows need no loops; see `row_sums`"""
    sorted_column: Indices
    sorted_row: Indices
    no_longer: Indices
    """how many rows have at most 0 to 4 entries"""
    mass: Floats
    mass_column: Indices
    mass_start: Indices
    scatter_slot: Indices
    scatter_coefficient: Floats
    scatter_source: Indices
    slot_mass: Floats
    slot_position: Indices
    slot_row: Indices
    slot_column: Indices
    constrained: Indices
    place: Indices
    unknown: Indices
    """the state at each place"""
    fill_lower_start: Indices
    fill_lower_row: Indices
    fill_upper_start: Indices
    fill_upper_column: Indices
    lower_place: Indices
    """the entries of L in the order in which they are subtracted, see `_list_entries`"""
    lower_row: Indices
    """the states of their rows and columns"""
    lower_column: Indices
    upper_place: Indices
    """those of U"""
    upper_row: Indices
    upper_column: Indices


equations_at = reader_of(Equations)


def packed(system: System) -> Indices:
    """Return the numbers and addresses of ``Equations``, worked out once and kept by the system."""
    if "packed" not in system.derived:
        system.derived["packed"], system.derived["arrays"] = _pack(system)
    table: Indices = system.derived["packed"]
    return table


def _pack(system: System) -> tuple[Indices, tuple[Floats, Indices]]:
    n, mass, gain = system.states, system.mass_matrix, system.gain
    pattern_start = system.indptr.astype(np.int64)
    scattered = int(np.diff(pattern_start)[gain.indices].sum())
    most = min(n * n, scattered + len(mass.data) + n)
    entries, rows, no_longer = _by_length(gain)
    reals = np.concatenate([gain.data, gain.data[entries], mass.data, np.zeros(scattered + most)])
    of_gain: list[Integers | Indices] = [gain.indices, gain.indptr, gain.indices[entries], rows, no_longer]
    given = [*of_gain, mass.indices, mass.indptr]
    half = n * (n - 1) // 2
    fill = [n + 1, half, n + 1, *[half] * 7]
    room = [*map(len, given), scattered, scattered, most, most, most, n, n, n, *fill]
    whole = np.zeros(sum(room), dtype=np.int64)
    np.concatenate(given, out=whole[: sum(room[: len(given)])])
    sizes = [len(gain.data), len(gain.data), len(mass.data), scattered, most]
    real_places, _ = table_over(reals.ctypes.data, sizes)
    places, _ = table_over(whole.ctypes.data, room)
    g, sorted_g, m, coefficient, slot_mass = real_places
    addresses = [system.rates_address, system.jacobian_address]
    numbers = [n, 0, scattered, 0, int(system.mass is None), n, 0, 0, 0, *addresses]
    matrices = [g, *places[:2], sorted_g, *places[2:5], m, *places[5:7]]
    table = np.array(
        [*numbers, *matrices, places[7], coefficient, places[8], slot_mass, *places[9:]], dtype=np.int64
    )
    columns, grid = system.indices.astype(np.int64), np.zeros(n * n, dtype=np.int64)
    given_at = (array.ctypes.data for array in (table, pattern_start, columns, grid))
    table[1], table[3], table[5] = lay_out(*given_at)
    return table, (reals, whole)


def _by_length(gain: SparseMatrix) -> tuple[Indices, Indices, Indices]:
    """(places of the entries, rows, number of rows with at most 0 to 4 entries), the shortest rows first."""
    lengths = np.diff(gain.indptr).astype(np.int64)
    rows = np.argsort(lengths, kind="stable").astype(np.int64)
    counts = lengths[rows]
    before = np.cumsum(counts) - counts
    entries = np.arange(len(gain.data)) + np.repeat(gain.indptr[rows] - before, counts)
    return entries, rows, np.searchsorted(counts, np.arange(5), side="right").astype(np.int64)


@entry
def lay_out(address: int, start: int, columns: int, scratch: int) -> tuple[int, int, int]:
    """Fill in everything but M and G; return the numbers of slots and of constraints, and where all is full.

    start, columns: the pattern of dv/dx; scratch: n × n zeros.
    """
    equations = equations_at(address)
    pattern_start, pattern_column, grid = indices_at(start), indices_at(columns), indices_at(scratch)
    n, scattered = equations.states, 0
    for i in range(n):
        grid[i * n + i] = 1
        weight = 0.0
        for k in range(equations.mass_start[i], equations.mass_start[i + 1]):
            grid[i * n + equations.mass_column[k]] = 1
            weight += abs(equations.mass[k])
        equations.constrained[i] = 1 if weight == 0.0 else 0
        for k in range(equations.gain_start[i], equations.gain_start[i + 1]):
            source = equations.gain_column[k]
            for e in range(pattern_start[source], pattern_start[source + 1]):
                grid[i * n + pattern_column[e]] = 1
    slots, constraints = 0, 0
    for i in range(n):
        constraints += equations.constrained[i]
        for j in range(n):
            if grid[i * n + j] != 0:
                equations.slot_row[slots] = i
                equations.slot_column[slots] = j
                grid[i * n + j] = slots
                slots += 1
    for i in range(n):
        for k in range(equations.mass_start[i], equations.mass_start[i + 1]):
            equations.slot_mass[grid[i * n + equations.mass_column[k]]] += equations.mass[k]
        for k in range(equations.gain_start[i], equations.gain_start[i + 1]):
            source = equations.gain_column[k]
            for e in range(pattern_start[source], pattern_start[source + 1]):
                equations.scatter_slot[scattered] = grid[i * n + pattern_column[e]]
                equations.scatter_coefficient[scattered] = equations.gain[k]
                equations.scatter_source[scattered] = e
                scattered += 1
    eliminate_least(n, slots, equations.slot_row, equations.slot_column, grid, equations.place)
    for i in range(n):
        equations.unknown[equations.place[i]] = i
    for k in range(n * n):
        grid[k] = 0
    for k in range(slots):
        row, column = equations.slot_row[k], equations.slot_column[k]
        equations.slot_position[k] = equations.place[row] * n + equations.place[column]
        grid[equations.slot_position[k]] = 1
    dense = find_fill(
        n,
        grid,
        equations.fill_lower_start,
        equations.fill_lower_row,
        equations.fill_upper_start,
        equations.fill_upper_column,
    )
    _list_entries(equations, dense, grid)
    return slots, constraints, dense


@part
def _list_entries(equations: Equations, dense: int, scratch: Indices) -> None:
    """Write the entries of L and U in an order in which each is subtracted from what is not needed before.

    Without those among the unknowns from ``dense`` on.

    Columns that wait for equally many others follow one another: what is subtracted next then seldom waits
    for what was subtracted last. scratch: room for 2 n + 2 numbers.
    """
    n, level, begin = equations.states, scratch, row_at(scratch, equations.states)
    unknown = equations.unknown
    lower_start, lower_row = equations.fill_lower_start, equations.fill_lower_row
    for k in range(n):
        level[k] = 0
    for k in range(dense):
        for e in range(lower_start[k], lower_start[k + 1]):
            level[lower_row[e]] = max(level[lower_row[e]], level[k] + 1)
    for k in range(n + 1):
        begin[k] = 0
    for k in range(dense):
        begin[level[k] + 1] += lower_start[k + 1] - lower_start[k]
    for k in range(n):
        begin[k + 1] += begin[k]
    for k in range(dense):
        for e in range(lower_start[k], lower_start[k + 1]):
            at = begin[level[k]]
            begin[level[k]] += 1
            equations.lower_row[at], equations.lower_column[at] = unknown[lower_row[e]], unknown[k]
            equations.lower_place[at] = e
    upper_start, upper_column = equations.fill_upper_start, equations.fill_upper_column
    for k in range(n):
        level[k] = 0
    for back in range(dense):
        k = dense - 1 - back
        for e in range(upper_start[k], upper_start[k + 1]):
            level[k] = max(level[k], level[upper_column[e]] + 1)
    for k in range(n + 1):
        begin[k] = 0
    for e in range(upper_start[dense]):
        begin[level[upper_column[e]] + 1] += 1
    for k in range(n):
        begin[k + 1] += begin[k]
    for k in range(dense):
        for e in range(upper_start[k], upper_start[k + 1]):
            j = upper_column[e]
            at = begin[level[j]]
            begin[level[j]] += 1
            equations.upper_row[at], equations.upper_column[at] = unknown[k], unknown[j]
            equations.upper_place[at] = e


@part
def sparse_times(n: int, data: Floats, column: Indices, start: Indices, vector: Floats, out: Floats) -> None:
    """Write the product of a matrix of n compressed rows with a vector."""
    for i in range(n):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += data[k] * vector[column[k]]
        out[i] = total


@part
def row_sums(equations: Equations, v: Floats, out: Floats) -> None:
    """Write ``G v``: rows of one length after another, since loops of ever other lengths are not foreseen."""
    gain, column, row, end = (
        equations.sorted_gain,
        equations.sorted_column,
        equations.sorted_row,
        equations.no_longer,
    )
    if equations.unrolled_sums != 0:
        call_kernel(equations.unrolled_sums, v, v, v, out)
        return
    for r in range(end[0]):
        out[row[r]] = 0.0
    k = 0
    for r in range(end[0], end[1]):
        out[row[r]] = gain[k] * v[column[k]]
        k += 1
    for r in range(end[1], end[2]):
        out[row[r]] = gain[k] * v[column[k]] + gain[k + 1] * v[column[k + 1]]
        k += 2
    for r in range(end[2], end[3]):
        total = gain[k] * v[column[k]] + gain[k + 1] * v[column[k + 1]]
        out[row[r]] = total + gain[k + 2] * v[column[k + 2]]
        k += 3
    for r in range(end[3], end[4]):
        total = gain[k] * v[column[k]] + gain[k + 1] * v[column[k + 1]]
        out[row[r]] = total + gain[k + 2] * v[column[k + 2]] + gain[k + 3] * v[column[k + 3]]
        k += 4
    start = equations.gain_start
    for r in range(end[4], equations.states):
        i = row[r]
        last = k + start[i + 1] - start[i]
        # Four sums at a time: each entry would wait for the one before it.
        one, two, three, four = 0.0, 0.0, 0.0, 0.0
        while k + 4 <= last:
            one += gain[k] * v[column[k]]
            two += gain[k + 1] * v[column[k + 1]]
            three += gain[k + 2] * v[column[k + 2]]
            four += gain[k + 3] * v[column[k + 3]]
            k += 4
        while k < last:
            one += gain[k] * v[column[k]]
            k += 1
        out[i] = (one + two) + (three + four)


@part
def slopes(equations: Equations, t: Floats, x: Floats, p: Floats, v: Floats, out: Floats) -> bool:
    """Write ``G v(t, x, p)``; return whether all of it is finite."""
    call_kernel(equations.rates_address, t, x, p, v)
    row_sums(equations, v, out)
    finite = True
    for i in range(equations.states):
        finite &= math.isfinite(out[i])
    return finite


@part
def jacobian(equations: Equations, t: Floats, x: Floats, p: Floats, values: Floats, slots: Floats) -> bool:
    """Write ``G dv/dx`` into its slots; return whether all of it is finite."""
    call_kernel(equations.jacobian_address, t, x, p, values)
    for k in range(equations.slots):
        slots[k] = 0.0
    slot, coefficient, source = (
        equations.scatter_slot,
        equations.scatter_coefficient,
        equations.scatter_source,
    )
    for k in range(equations.scattered):
        slots[slot[k]] += coefficient[k] * values[source[k]]
    finite = True
    for k in range(equations.slots):
        finite &= math.isfinite(slots[k])
    return finite
