"""Rows of a matrix that span the others."""

from __future__ import annotations

from isthmus.solve.compiled import entry
from isthmus.solve.native_call import floats_at, indices_at, row_at

# What is left this far below the largest entry is rounding.
_RANK = 1e-12


@entry
def span(n: int, m: int, matrix: int, coordinates: int, rows: int) -> int:
    """Write rows of G that span the others, and B with ``G = B G_picked``; return how many.

    By elimination with complete pivoting. matrix: G (n × m), overwritten; coordinates: B, room for n rows of
    min(n, m).
    """
    remainder, basis, picked = floats_at(matrix), floats_at(coordinates), indices_at(rows)
    width = min(n, m)
    first = 0.0
    for found in range(width):
        largest, place = 0.0, 0
        for k in range(n * m):
            if abs(remainder[k]) > largest:
                largest, place = abs(remainder[k]), k
        first = max(first, largest)
        if not largest > _RANK * first:
            return found
        row, column = place // m, place % m
        chosen, along = row_at(remainder, row * m), row_at(basis, row * width)
        pivot = chosen[column]
        for i in range(n):
            target, mixed = row_at(remainder, i * m), row_at(basis, i * width)
            share = target[column] / pivot
            if i == row or share == 0.0:
                continue
            for j in range(m):
                target[j] -= share * chosen[j]
            target[column] = 0.0
            for b in range(found):
                mixed[b] -= share * along[b]
            mixed[found] = share
        for j in range(m):
            chosen[j] = 0.0
        for b in range(found):
            along[b] = 0.0
        along[found] = 1.0
        picked[found] = row
    return width
