"""LU with partial pivoting, kept sparse by skipping zeros.

The matrix is stored dense and the factors as lists, so that a sparse matrix in a good order costs little more
than its fill, and a dense one still works (useful up to some thousand unknowns).
"""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import part
from isthmus.solve.native_call import row_at
from isthmus.solve.table import reader_of

# A pivot this fraction of the largest in its column is good enough to keep the order that fills little.
THRESHOLD = 0.1
# How a factorisation went: with rows exchanged, left alone, or left alone though a pivot was smaller.
EXCHANGED, SURE, DOUBTFUL = range(3)


class Factors:
    """A matrix and room for its factors; vectors of n unless said otherwise."""

    matrix: Floats
    """n × n"""
    row: Indices
    """the row of each pivot"""
    inverse: Floats
    """one over each pivot"""
    lower_start: Indices
    lower_row: Indices
    lower: Floats
    upper_start: Indices
    upper_column: Indices
    upper: Floats
    straight: Indices
    """one number: how it went; where rows were left alone, entries are where they were foreseen"""
    ordered: Floats
    """then the entries of L, in the order of subtraction"""
    scaled: Floats
    """and those of U, over the pivots of their rows"""
    by_state: Floats
    """and one over the pivot of each state, 1 for those that are solved for in the full end of the matrix"""


factors_at = reader_of(Factors)


def factor_sizes(n: int) -> list[int]:
    """Return how many words each field of `Factors` points to."""
    half = n * (n - 1) // 2
    return [n * n, n, n, n + 1, half, half, n + 1, half, half, 1, half, half, n]


def table_over(address: int, sizes: list[int]) -> tuple[Indices, int]:
    """Return pointers to consecutive arrays of 64-bit words, and where they end."""
    ends = np.cumsum(sizes)
    ends *= 8
    ends += address
    starts = np.empty_like(ends)
    starts[0], starts[1:] = address, ends[:-1]
    return starts, int(ends[-1])


@part
def factorise(n: int, factors: Factors) -> bool:
    """Factorise the matrix, which is overwritten; return False where no pivot is left.

    L is kept by columns and U by rows; ``row[k]`` is the row that gave pivot k.
    """
    for i in range(n):
        factors.row[i] = i
    factors.lower_start[0] = 0
    factors.upper_start[0] = 0
    return eliminate(n, factors, 0)


@part
def eliminate(n: int, factors: Factors, begin: int) -> bool:
    """Go on factorising from a pivot; return False where no pivot is left."""
    # Pointers are read once: the compiler cannot know that stores leave the table alone.
    matrix, row, inverse = factors.matrix, factors.row, factors.inverse
    lower_start, lower_row, lower_value = factors.lower_start, factors.lower_row, factors.lower
    upper_start, upper_column, upper_value = factors.upper_start, factors.upper_column, factors.upper
    lower, upper = lower_start[begin], upper_start[begin]
    for k in range(begin, n):
        largest, chosen = 0.0, k
        for i in range(k, n):
            size = abs(matrix[row[i] * n + k])
            if size > largest:
                largest, chosen = size, i
        if largest == 0.0:
            return False
        if abs(matrix[row[k] * n + k]) < THRESHOLD * largest:
            row[k], row[chosen] = row[chosen], row[k]
        pivot_row = row_at(matrix, row[k] * n)
        inverse[k] = 1.0 / pivot_row[k]
        first = upper
        for j in range(k + 1, n):
            if pivot_row[j] != 0.0:
                upper_column[upper] = j
                upper_value[upper] = pivot_row[j]
                upper += 1
        for i in range(k + 1, n):
            target = row_at(matrix, row[i] * n)
            if target[k] != 0.0:
                multiplier = target[k] * inverse[k]
                lower_row[lower] = row[i]
                lower_value[lower] = multiplier
                lower += 1
                for e in range(first, upper):
                    target[upper_column[e]] -= multiplier * upper_value[e]
        lower_start[k + 1] = lower
        upper_start[k + 1] = upper
    return True


@part
def solve_factored(n: int, factors: Factors, right: Floats, out: Floats) -> None:
    """Solve with the factors; the right-hand side is overwritten."""
    row, inverse = factors.row, factors.inverse
    start, lower_row, lower = factors.lower_start, factors.lower_row, factors.lower
    upper_start, column, upper = factors.upper_start, factors.upper_column, factors.upper
    for k in range(n):
        value = right[row[k]]
        if value != 0.0:
            for e in range(start[k], start[k + 1]):
                right[lower_row[e]] -= lower[e] * value
    for back in range(n):
        k = n - 1 - back
        total = right[row[k]]
        for e in range(upper_start[k], upper_start[k + 1]):
            total -= upper[e] * out[column[e]]
        out[k] = total * inverse[k]
