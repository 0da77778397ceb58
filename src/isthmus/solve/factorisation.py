"""LU with partial pivoting, kept sparse by skipping zeros.

The matrix is stored dense and the factors as lists, so that a sparse matrix in a good order costs little more than its
fill, and a dense one still works (useful up to some thousand unknowns).
"""

from __future__ import annotations

from typing import NamedTuple

from isthmus.solve.compiled import part
from isthmus.solve.native_call import floats_at, indices_at, row_at
from isthmus.solve.system import Floats, Indices

# A pivot this fraction of the largest in its column is good enough to keep the order that fills little.
_THRESHOLD = 0.1


class Factors(NamedTuple):
    """L by columns and U by rows; ``row[k]`` is the row that gave pivot k."""

    size: int
    row: Indices
    inverse: Floats
    lower_start: Indices
    lower_row: Indices
    lower: Floats
    upper_start: Indices
    upper_column: Indices
    upper: Floats


def words_for_factors(n: int) -> int:
    """Return the number of 8-byte words that the factors of a matrix of n rows may take."""
    return 4 * n + 2 + 2 * n * (n - 1)


@part
def factors_at(address: int, n: int) -> Factors:
    """Return the factors whose memory starts at an address."""
    half = n * (n - 1) // 2
    whole = indices_at(address)
    return Factors(
        n,
        whole,
        floats_at(address + 8 * n),
        row_at(whole, 2 * n),
        row_at(whole, 4 * n + 2),
        floats_at(address + 8 * (4 * n + 2 + half)),
        row_at(whole, 3 * n + 1),
        row_at(whole, 4 * n + 2 + 2 * half),
        floats_at(address + 8 * (4 * n + 2 + 3 * half)),
    )


@part
def factorise(matrix: Floats, factors: Factors) -> bool:
    """Factorise a matrix, which is overwritten; return False where no pivot is left."""
    n = factors.size
    row = factors.row
    for i in range(n):
        row[i] = i
    lower, upper = 0, 0
    factors.lower_start[0] = 0
    factors.upper_start[0] = 0
    for k in range(n):
        largest, chosen = 0.0, k
        for i in range(k, n):
            size = abs(matrix[row[i] * n + k])
            if size > largest:
                largest, chosen = size, i
        if largest == 0.0:
            return False
        if abs(matrix[row[k] * n + k]) < _THRESHOLD * largest:
            row[k], row[chosen] = row[chosen], row[k]
        pivot_row = row_at(matrix, row[k] * n)
        factors.inverse[k] = 1.0 / pivot_row[k]
        first = upper
        for j in range(k + 1, n):
            if pivot_row[j] != 0.0:
                factors.upper_column[upper] = j
                factors.upper[upper] = pivot_row[j]
                upper += 1
        for i in range(k + 1, n):
            target = row_at(matrix, row[i] * n)
            if target[k] != 0.0:
                multiplier = target[k] * factors.inverse[k]
                factors.lower_row[lower] = row[i]
                factors.lower[lower] = multiplier
                lower += 1
                for e in range(first, upper):
                    target[factors.upper_column[e]] -= multiplier * factors.upper[e]
        factors.lower_start[k + 1] = lower
        factors.upper_start[k + 1] = upper
    return True


@part
def solve_factored(factors: Factors, right: Floats, out: Floats) -> None:
    """Solve with the factors; the right-hand side is overwritten."""
    n = factors.size
    for k in range(n):
        value = right[factors.row[k]]
        if value != 0.0:
            for e in range(factors.lower_start[k], factors.lower_start[k + 1]):
                right[factors.lower_row[e]] -= factors.lower[e] * value
    for back in range(n):
        k = n - 1 - back
        total = right[factors.row[k]]
        for e in range(factors.upper_start[k], factors.upper_start[k + 1]):
            total -= factors.upper[e] * out[factors.upper_column[e]]
        out[k] = total * factors.inverse[k]
