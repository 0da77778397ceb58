"""The iteration matrix, factorised and solved with in the order that fills little."""

from __future__ import annotations

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.dense_tail import eliminate_tail, list_tail, solve_lower_tail, solve_upper_tail
from isthmus.solve.equations import Equations
from isthmus.solve.factorisation import (
    DOUBTFUL,
    EXCHANGED,
    SURE,
    THRESHOLD,
    Factors,
    eliminate,
    solve_factored,
)
from isthmus.solve.native_call import call_kernel, row_at
from isthmus.solve.workspace import Workspace, fill

# Pivots beside what is below them, where the factors are tried out, and how well they have to do.
_LEAST = 1e-10
_KNOWN = 1e-4


@part
def iteration_matrix(equations: Equations, slots: Floats, c: float, matrix: Floats) -> None:
    """Write ``M - c J``, renumbered; constraint rows are ``-J`` whatever c, to scale small steps well.

    What elimination never touches is zero and stays so (see `_factorise`).
    """
    n = equations.states
    lower_start, lower_row = equations.fill_lower_start, equations.fill_lower_row
    upper_start, upper_column = equations.fill_upper_start, equations.fill_upper_column
    for k in range(equations.dense):
        matrix[k * n + k] = 0.0
        for e in range(lower_start[k], lower_start[k + 1]):
            matrix[lower_row[e] * n + k] = 0.0
        for e in range(upper_start[k], upper_start[k + 1]):
            matrix[k * n + upper_column[e]] = 0.0
    for i in range(equations.dense, n):
        fill(row_at(matrix, i * n + equations.dense), 0.0, n - equations.dense)
    mass, position, row = equations.slot_mass, equations.slot_position, equations.slot_row
    constrained = equations.constrained
    for k in range(equations.slots):
        factor = 1.0 if constrained[row[k]] != 0 else c
        matrix[position[k]] = mass[k] - factor * slots[k]


@part
def factorise_step(
    equations: Equations, slots: Floats, c: float, work: Workspace, factors: Factors, must_be_sure: bool
) -> bool:
    """Factorise ``M - c J``, of the ``slots`` of J; return False where no pivot is left.

    Small pivots are borne with where Newton's iteration makes up for what they spoil: an iteration with rows
    exchanged takes three times as long, and what a single molecule makes 1e5 of is no reason for it. Then
    the factors have to solve for a vector that is known, of the size of the states.
    """
    iteration_matrix(equations, slots, c, factors.matrix)
    if not must_be_sure:
        found = _factorise(equations, factors, _LEAST)
        if factors.straight[0] != DOUBTFUL or _solves(equations, slots, c, work, factors):
            return found
        iteration_matrix(equations, slots, c, factors.matrix)
    return _factorise(equations, factors, THRESHOLD)


@part
def _solves(equations: Equations, slots: Floats, c: float, work: Workspace, factors: Factors) -> bool:
    """Return whether the factors find the vector that the matrix was multiplied with."""
    n, weights, right, out = equations.states, work.weights, work.right, work.change
    row, column, mass, constrained = (
        equations.slot_row,
        equations.slot_column,
        equations.slot_mass,
        equations.constrained,
    )
    fill(right, 0.0, n)
    for k in range(equations.slots):
        factor = 1.0 if constrained[row[k]] != 0 else c
        right[row[k]] += (mass[k] - factor * slots[k]) / weights[column[k]]
    solve_in_order(equations, factors, right, out)
    worst = 0.0
    for i in range(n):
        # A value that is no number must not be lost.
        error = abs(out[i] * weights[i] - 1.0)
        worst = worst if error <= worst else error
    return worst <= _KNOWN


@part
def _factorise(equations: Equations, factors: Factors, threshold: float) -> bool:
    """Factorise the matrix, without exchanging rows for as long as the pivots are large enough.

    threshold: of what is below them. Only entries that may be nonzero are looked at. From the first small
    pivot on rows are exchanged as in `factorise`; then all of the matrix is cleared, because fill may be
    anywhere. Returns False where no pivot is left.
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
    factors.straight[0] = SURE
    for k in range(equations.dense):
        pivot_row = row_at(matrix, k * n)
        largest = 0.0
        for e in range(below_start[k], below_start[k + 1]):
            largest = max(largest, abs(matrix[below[e] * n + k]))
        size = abs(pivot_row[k])
        if not (size > 0.0 and size >= threshold * largest):
            return _exchanging(n, factors, k)
        if size < THRESHOLD * largest:
            factors.straight[0] = DOUBTFUL
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
            for e in range(first, last):
                target[right[e]] -= multiplier * upper_value[e]
        lower_start[k + 1] = below_start[k + 1]
        upper_start[k + 1] = last
    dense = equations.dense
    done = eliminate_tail(n, dense, factors, threshold)
    if done < n:
        list_tail(n, dense, done, factors)
        return _exchanging(n, factors, done)
    _set_out(equations, factors)
    return True


@part
def _set_out(equations: Equations, factors: Factors) -> None:
    """Write the factors in the order in which they are solved with."""
    n, dense, place, inverse = equations.states, equations.dense, equations.place, factors.inverse
    by_state, value, order = factors.by_state, factors.lower, equations.lower_place
    ordered, scaled, row = factors.ordered, factors.scaled, equations.upper_row
    for e in range(equations.fill_lower_start[dense]):
        ordered[e] = value[order[e]]
    for i in range(n):
        by_state[i] = inverse[place[i]] if place[i] < dense else 1.0
    value, order = factors.upper, equations.upper_place
    for e in range(equations.fill_upper_start[dense]):
        scaled[e] = value[order[e]] * by_state[row[e]]


@part
def _exchanging(n: int, factors: Factors, begin: int) -> bool:
    """Go on from a bad pivot, with exchanges of rows; leave the matrix as zeros."""
    found = eliminate(n, factors, begin)
    fill(factors.matrix, 0.0, n * n)
    factors.straight[0] = EXCHANGED
    return found


@part
def solve_in_order(equations: Equations, factors: Factors, right: Floats, out: Floats) -> None:
    """Solve with the factors of `factorise_step`; the right-hand side is overwritten.

    One loop over the entries of L and one over those of U: short loops, one a row, would end in surprise.
    """
    n, dense, by_state = equations.states, equations.dense, factors.by_state
    if factors.straight[0] == EXCHANGED:
        _solve_exchanged(equations, factors, right, out)
        return
    row, column, lower = equations.lower_row, equations.lower_column, factors.ordered
    if equations.unrolled_lower != 0:
        call_kernel(equations.unrolled_lower, lower, lower, lower, right)
    else:
        for e in range(equations.fill_lower_start[dense]):
            right[row[e]] -= lower[e] * right[column[e]]
    if dense < n:
        _solve_tail(equations, factors, right, out)
    for i in range(n):
        out[i] = right[i] * by_state[i]
    row, column, upper = equations.upper_row, equations.upper_column, factors.scaled
    if equations.unrolled_upper != 0:
        call_kernel(equations.unrolled_upper, upper, upper, upper, out)
        return
    for e in range(equations.fill_upper_start[dense]):
        out[row[e]] -= upper[e] * out[column[e]]


@part
def _solve_tail(equations: Equations, factors: Factors, right: Floats, scratch: Floats) -> None:
    """Put what is solved for in the full end of the matrix in place of the right-hand side."""
    n, dense, unknown = equations.states, equations.dense, equations.unknown
    for k in range(dense, n):
        scratch[k] = right[unknown[k]]
    solve_lower_tail(n, dense, factors.matrix, scratch)
    solve_upper_tail(n, dense, factors.matrix, factors.inverse, scratch)
    for k in range(dense, n):
        right[unknown[k]] = scratch[k]


@part
def _solve_exchanged(equations: Equations, factors: Factors, right: Floats, out: Floats) -> None:
    """Solve where rows were exchanged, by way of the order of elimination."""
    n, place = equations.states, equations.place
    for i in range(n):
        out[place[i]] = right[i]
    solve_factored(n, factors, out, right)
    for i in range(n):
        out[i] = right[place[i]]
