"""A system as flat arrays, and its right-hand side, Jacobian and iteration matrix in compiled code."""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.system import Floats, Indices, Integers, SparseMatrix, System
from isthmus.solve.compiled import entry, part
from isthmus.solve.elimination_order import eliminate_least, find_fill
from isthmus.solve.factorisation import THRESHOLD, Factors, eliminate, solve_factored, table_over
from isthmus.solve.native_call import call_kernel, indices_at, row_at
from isthmus.solve.table import reader_of


class Equations:
    """What compiled code needs of a system: numbers, and pointers to arrays that the system keeps.

    The union of the patterns of M and ``G dv/dx`` is a list of slots; rows and columns are renumbered by
    ``place`` so that elimination fills little. ``fill_...`` says where L (by columns) and U (by rows) then
    have entries, without the diagonals.
    """

    states: int
    slots: int
    scattered: int
    constraints: int
    plain: int
    """1 where M is the identity"""
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
    fill_lower_start: Indices
    fill_lower_row: Indices
    fill_upper_start: Indices
    fill_upper_column: Indices
    lower_place: Indices
    """the entries of L in the order in which they are subtracted, see `_list_entries`"""
    lower_row: Indices
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
    room = [*map(len, given), scattered, scattered, most, most, most, n, n, *fill]
    whole = np.zeros(sum(room), dtype=np.int64)
    np.concatenate(given, out=whole[: sum(room[: len(given)])])
    sizes = [len(gain.data), len(gain.data), len(mass.data), scattered, most]
    real_places, _ = table_over(reals.ctypes.data, sizes)
    places, _ = table_over(whole.ctypes.data, room)
    g, sorted_g, m, coefficient, slot_mass = real_places
    numbers = [n, 0, scattered, 0, int(system.mass is None), system.rates_address, system.jacobian_address]
    matrices = [g, *places[:2], sorted_g, *places[2:5], m, *places[5:7]]
    table = np.array(
        [*numbers, *matrices, places[7], coefficient, places[8], slot_mass, *places[9:]], dtype=np.int64
    )
    columns, grid = system.indices.astype(np.int64), np.zeros(n * n, dtype=np.int64)
    addresses = (array.ctypes.data for array in (table, pattern_start, columns, grid))
    table[1], table[3] = lay_out(*addresses)
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
def lay_out(address: int, start: int, columns: int, scratch: int) -> tuple[int, int]:
    """Fill in everything but M and G; return the numbers of slots and of constraints.

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
    for k in range(n * n):
        grid[k] = 0
    for k in range(slots):
        row, column = equations.slot_row[k], equations.slot_column[k]
        equations.slot_position[k] = equations.place[row] * n + equations.place[column]
        grid[equations.slot_position[k]] = 1
    find_fill(
        n,
        grid,
        equations.fill_lower_start,
        equations.fill_lower_row,
        equations.fill_upper_start,
        equations.fill_upper_column,
    )
    _list_entries(equations, grid)
    return slots, constraints


@part
def _list_entries(equations: Equations, scratch: Indices) -> None:
    """Write the entries of L and U in an order in which each is subtracted from what is not needed before.

    Columns that wait for equally many others follow one another: what is subtracted next then seldom waits
    for what was subtracted last. scratch: room for 2 n + 2 numbers.
    """
    n, level, begin = equations.states, scratch, row_at(scratch, equations.states)
    lower_start, lower_row = equations.fill_lower_start, equations.fill_lower_row
    for k in range(n):
        level[k] = 0
    for k in range(n):
        for e in range(lower_start[k], lower_start[k + 1]):
            level[lower_row[e]] = max(level[lower_row[e]], level[k] + 1)
    for k in range(n + 1):
        begin[k] = 0
    for k in range(n):
        begin[level[k] + 1] += lower_start[k + 1] - lower_start[k]
    for k in range(n):
        begin[k + 1] += begin[k]
    for k in range(n):
        for e in range(lower_start[k], lower_start[k + 1]):
            at = begin[level[k]]
            begin[level[k]] += 1
            equations.lower_row[at], equations.lower_column[at], equations.lower_place[at] = (
                lower_row[e],
                k,
                e,
            )
    upper_start, upper_column = equations.fill_upper_start, equations.fill_upper_column
    for back in range(n):
        k = n - 1 - back
        level[k] = 0
        for e in range(upper_start[k], upper_start[k + 1]):
            level[k] = max(level[k], level[upper_column[e]] + 1)
    for k in range(n + 1):
        begin[k] = 0
    for e in range(upper_start[n]):
        begin[level[upper_column[e]] + 1] += 1
    for k in range(n):
        begin[k + 1] += begin[k]
    for k in range(n):
        for e in range(upper_start[k], upper_start[k + 1]):
            j = upper_column[e]
            at = begin[level[j]]
            begin[level[j]] += 1
            equations.upper_row[at], equations.upper_column[at], equations.upper_place[at] = k, j, e


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
        total = 0.0
        for _ in range(start[i], start[i + 1]):
            total += gain[k] * v[column[k]]
            k += 1
        out[i] = total


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


@part
def iteration_matrix(equations: Equations, slots: Floats, c: float, matrix: Floats) -> None:
    """Write ``M - c J``, renumbered; constraint rows are ``-J`` whatever c, to scale small steps well.

    What elimination never touches is zero and stays so (see `factorise_in_order`).
    """
    n = equations.states
    lower_start, lower_row = equations.fill_lower_start, equations.fill_lower_row
    upper_start, upper_column = equations.fill_upper_start, equations.fill_upper_column
    for k in range(n):
        matrix[k * n + k] = 0.0
        for e in range(lower_start[k], lower_start[k + 1]):
            matrix[lower_row[e] * n + k] = 0.0
        for e in range(upper_start[k], upper_start[k + 1]):
            matrix[k * n + upper_column[e]] = 0.0
    mass, position, row = equations.slot_mass, equations.slot_position, equations.slot_row
    constrained = equations.constrained
    for k in range(equations.slots):
        factor = 1.0 if constrained[row[k]] != 0 else c
        matrix[position[k]] = mass[k] - factor * slots[k]


@part
def factorise_in_order(equations: Equations, factors: Factors) -> bool:
    """Factorise the iteration matrix, without exchanging rows for as long as the pivots are good enough.

    Only entries that may be nonzero are looked at. From the first bad pivot on rows are exchanged as in
    `factorise`; then all of the matrix is cleared, because fill may be anywhere. Returns False where no pivot
    is left.
    """
    n, matrix, row, inverse = equations.states, factors.matrix, factors.row, factors.inverse
    lower_start, lower_row, lower_value = factors.lower_start, factors.lower_row, factors.lower
    upper_start, upper_column, upper_value = factors.upper_start, factors.upper_column, factors.upper
    below_start, below = equations.fill_lower_start, equations.fill_lower_row
    right_start, right = equations.fill_upper_start, equations.fill_upper_column
    lower_start[0] = 0
    upper_start[0] = 0
    for i in range(n):
        row[i] = i
    for k in range(n):
        pivot_row = row_at(matrix, k * n)
        largest = 0.0
        for e in range(below_start[k], below_start[k + 1]):
            largest = max(largest, abs(matrix[below[e] * n + k]))
        size = abs(pivot_row[k])
        if not (size > 0.0 and size >= THRESHOLD * largest):
            found = eliminate(n, factors, k)
            for i in range(n * n):
                matrix[i] = 0.0
            factors.straight[0] = 0
            return found
        inverse[k] = 1.0 / pivot_row[k]
        first, last = right_start[k], right_start[k + 1]
        for e in range(first, last):
            upper_column[e] = right[e]
            upper_value[e] = pivot_row[right[e]]
        for place in range(below_start[k], below_start[k + 1]):
            target = row_at(matrix, below[place] * n)
            multiplier = target[k] * inverse[k]
            lower_row[place] = below[place]
            lower_value[place] = multiplier
            if multiplier == 0.0:
                continue
            # What is left in the end is nearly dense: there eight numbers at a time.
            if last - first == n - 1 - k:
                for j in range(k + 1, n):
                    target[j] -= multiplier * pivot_row[j]
            else:
                for e in range(first, last):
                    target[right[e]] -= multiplier * upper_value[e]
        lower_start[k + 1] = below_start[k + 1]
        upper_start[k + 1] = last
    order, ordered = equations.lower_place, factors.ordered
    for e in range(below_start[n]):
        ordered[e] = lower_value[order[e]]
    order, scaled = equations.upper_place, factors.scaled
    for e in range(right_start[n]):
        scaled[e] = upper_value[order[e]] * inverse[equations.upper_row[e]]
    factors.straight[0] = 1
    return True


@part
def solve_in_order(equations: Equations, factors: Factors, right: Floats, out: Floats) -> None:
    """Solve with the factors of `factorise_in_order`; the right-hand side is overwritten.

    One loop over the entries of L and one over those of U: short loops, one a row, would end in surprise.
    """
    n, inverse = equations.states, factors.inverse
    if factors.straight[0] == 0:
        solve_factored(n, factors, right, out)
        return
    row, column, lower = equations.lower_row, equations.lower_column, factors.ordered
    for e in range(equations.fill_lower_start[n]):
        right[row[e]] -= lower[e] * right[column[e]]
    for k in range(n):
        out[k] = right[k] * inverse[k]
    row, column, upper = equations.upper_row, equations.upper_column, factors.scaled
    for e in range(equations.fill_upper_start[n]):
        out[row[e]] -= upper[e] * out[column[e]]
