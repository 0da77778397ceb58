"""The memory of sensitivities beside that of the states they belong to."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.sensitivity_rows import BLOCK, CHUNK
from isthmus.solve.table import reader_of


class SensitivityWorkspace:
    """Numbers, and pointers to matrices of n rows and ``width`` columns unless said otherwise."""

    width: int
    """columns, padded to whole blocks"""
    forced: int
    """entries of the forcing"""
    chosen: int
    """states whose rows are written out"""
    controlled: int
    """1 where the error of the sensitivities limits the step, otherwise 0"""
    forcing_address: int
    """dv/dp: ``void(const double *t, const double *x, const double *p, double *values)``"""
    forcing_row: Indices
    forcing_column: Indices
    forcing_source: Indices
    forcing_coefficient: Floats
    rows: Indices
    floor: Floats
    """the absolute error that each entry is allowed"""
    forcing_values: Floats
    """one an entry of dv/dp"""
    total: Floats
    """one a column"""
    scratch: Floats
    """8 × CHUNK"""
    weights: Floats
    """8 numbers"""
    predicted: Floats
    psi: Floats
    right: Floats
    correction: Floats
    inverse: Floats
    """one over the error that each entry is allowed"""
    differences: Floats
    """8 matrices"""


sensitivity_workspace_at = reader_of(SensitivityWorkspace)


def make_sensitivity_workspace(
    numbers: tuple[int, int, int, int, int],
    index_arrays: tuple[Indices, Indices, Indices],
    coefficient: Floats,
    rows: Indices,
    floor: Floats,
    forcing_width: int,
) -> tuple[Indices, tuple[object, ...], Floats]:
    """Return the table, what it points into (which must outlive the integration), and the differences.

    floor: (n, width). The differences are a view: (8, n, width).
    """
    size, width = floor.size, floor.shape[1]
    sizes = np.array([forcing_width, width, 8 * CHUNK, 8, *[size] * 5, 8 * size], dtype=np.int64)
    sizes = -(-sizes // BLOCK) * BLOCK
    ends = np.cumsum(sizes)
    block = np.zeros(int(ends[-1]) + BLOCK)
    # On a cache line's boundary, so that no block of eight straddles two.
    skipped = (-block.ctypes.data % (8 * BLOCK)) // 8
    places = block.ctypes.data + 8 * (skipped + ends - sizes)
    given = (*index_arrays, coefficient, rows, floor)
    table = np.array([*numbers, *(array.ctypes.data for array in given), *places], dtype=np.int64)
    first = skipped + int(ends[-2])
    return table, (block, *given), block[first : first + 8 * size].reshape(8, *floor.shape)
