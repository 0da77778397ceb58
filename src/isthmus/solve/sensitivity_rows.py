"""Arithmetic on rows of sensitivities: one row a state, its columns in blocks of eight.

A matrix is stored row by row, each row padded with zeros to whole blocks, so that every inner loop runs over
columns and becomes vector instructions whatever the compiler can prove about overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import part
from isthmus.solve.dense_tail import list_tail
from isthmus.solve.equations import Equations
from isthmus.solve.factorisation import EXCHANGED
from isthmus.solve.native_call import row_at
from isthmus.solve.workspace import Workspace

BLOCK = 8
# Elements of all orders that are rescaled together; they fit the innermost cache.
CHUNK = 64
_VECTOR = ir.VectorType(ir.DoubleType(), BLOCK)


@intrinsic
def _add_scaled_block(typing: Any, target: Any, source: Any, factor: Any) -> Any:
    """target[:8] += factor · source[:8]."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        into, origin = (builder.bitcast(value, _VECTOR.as_pointer()) for value in values[:2])
        zero = ir.Constant(ir.IntType(32), 0)
        single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), values[2], zero)
        mask = ir.Constant(ir.VectorType(ir.IntType(32), BLOCK), [zero] * BLOCK)
        spread = builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), mask)
        product = builder.fmul(spread, builder.load(origin, align=8), flags=("contract",))
        total = builder.fadd(builder.load(into, align=8), product, flags=("contract",))
        builder.store(total, into, align=8)
        return context.get_dummy_value()

    return types.void(target, source, types.float64), generate


@part
def add_scaled(width: int, target: Floats, source: Floats, factor: float) -> None:
    """Add a multiple of a row to a row."""
    for block in range(0, width, BLOCK):
        _add_scaled_block(row_at(target, block), row_at(source, block), factor)


@part
def solve_rows(equations: Equations, factors: Workspace, width: int, right: Floats, out: Floats) -> None:
    """Solve the factorised matrix against all columns; ``right`` is renumbered, ``out`` in state order.

    The right-hand side is overwritten.
    """
    n, place = equations.states, equations.place
    if factors.straight[0] != EXCHANGED and equations.dense < n:
        list_tail(n, equations.dense, n, factors)
    row, inverse = factors.row, factors.inverse
    start, lower_row, lower = factors.lower_start, factors.lower_row, factors.lower
    upper_start, column, upper = factors.upper_start, factors.upper_column, factors.upper
    for k in range(n):
        pivot = row_at(right, row[k] * width)
        for e in range(start[k], start[k + 1]):
            add_scaled(width, row_at(right, lower_row[e] * width), pivot, -lower[e])
    for back in range(n):
        k = n - 1 - back
        total = row_at(right, row[k] * width)
        # Row k of the solution replaces the row that gave pivot k.
        for e in range(upper_start[k], upper_start[k + 1]):
            add_scaled(width, total, row_at(right, row[column[e]] * width), -upper[e])
        factor = inverse[k]
        for j in range(width):
            total[j] *= factor
    for i in range(n):
        solved, target = row_at(right, row[place[i]] * width), row_at(out, i * width)
        for j in range(width):
            target[j] = solved[j]


@part
def predict_rows(
    size: int, differences: Floats, order: int, weights: Floats, predicted: Floats, psi: Floats
) -> None:
    """Extrapolate to the next point, and write psi: the differences weighted by ``weights[1:]``."""
    for i in range(size):
        predicted[i] = differences[i]
        psi[i] = 0.0
    for j in range(1, order + 1):
        row, weight = row_at(differences, j * size), weights[j]
        for block in range(0, size, BLOCK):
            _add_scaled_block(row_at(predicted, block), row_at(row, block), 1.0)
            _add_scaled_block(row_at(psi, block), row_at(row, block), weight)


@part
def rescale_rows(size: int, differences: Floats, order: int, change: Floats, scratch: Floats) -> None:
    """Change the spacing of the differences: row j becomes the sum over k of change[k, j] row k."""
    for first in range(0, size, CHUNK):
        count = min(CHUNK, size - first)
        for j in range(1, order + 1):
            target = row_at(scratch, j * CHUNK)
            for i in range(count):
                target[i] = 0.0
            for k in range(1, order + 1):
                add_scaled(count, target, row_at(differences, k * size + first), change[k * BLOCK + j])
        for j in range(1, order + 1):
            source, target = row_at(scratch, j * CHUNK), row_at(differences, j * size + first)
            for i in range(count):
                target[i] = source[i]


@part
def accept_rows(size: int, differences: Floats, order: int, correction: Floats) -> None:
    """Move the differences to the new point."""
    above, highest = row_at(differences, (order + 1) * size), row_at(differences, (order + 2) * size)
    for i in range(size):
        highest[i] = correction[i] - above[i]
        above[i] = correction[i]
    for back in range(order + 1):
        row = row_at(differences, (order - back) * size)
        following = row_at(row, size)
        for block in range(0, size, BLOCK):
            _add_scaled_block(row_at(row, block), row_at(following, block), 1.0)


@part
def weigh_rows(size: int, level: Floats, rtol: float, floor: Floats, inverse: Floats) -> None:
    """Write one over the error that each entry is allowed."""
    for i in range(size):
        inverse[i] = 1.0 / (rtol * abs(level[i]) + floor[i])


@part
def norm_rows(n: int, width: int, values: Floats, inverse: Floats, total: Floats) -> float:
    """Return the largest column's root mean square of the weighted values."""
    for j in range(width):
        total[j] = 0.0
    for i in range(n):
        row, weight = row_at(values, i * width), row_at(inverse, i * width)
        for j in range(width):
            ratio = row[j] * weight[j]
            total[j] += ratio * ratio
    largest = 0.0
    for j in range(width):
        # Written so that a column that is not a number is the largest.
        if not total[j] <= largest:
            largest = total[j]
    return float(np.sqrt(largest / n))


@part
def interpolate_rows(
    chosen: int,
    rows: Indices,
    width: int,
    size: int,
    differences: Floats,
    order: int,
    distance: float,
    h: float,
    out: Floats,
) -> None:
    """Write the rows of some states at ``distance`` (at most 0) from the newest point."""
    for a in range(chosen):
        target, offset = row_at(out, a * width), rows[a] * width
        newest = row_at(differences, offset)
        for j in range(width):
            target[j] = newest[j]
        product = 1.0
        for j in range(order):
            product *= (distance + j * h) / ((j + 1) * h)
            add_scaled(width, target, row_at(differences, (j + 1) * size + offset), product)
