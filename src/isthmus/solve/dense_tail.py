"""The end of an elimination, where what is left of the matrix is full: rows as they lie, several at a time.

From unknown d on the matrix holds L below its diagonal and U on and above it, in place.
"""

from __future__ import annotations

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part, summing
from isthmus.solve.factorisation import DOUBTFUL, THRESHOLD, Factors
from isthmus.solve.lanes_type import WIDTH, load_from, store_from
from isthmus.solve.native_call import row_at

# Rows that are subtracted together, from as many others: what is loaded once is used four times.
_TOGETHER = 4


@part
def eliminate_tail(n: int, begin: int, factors: Factors, threshold: float) -> int:
    """Factorise from a pivot on; return n, or the first pivot that is too small to go on without exchanges.

    Then all of the rows before it have been subtracted. threshold: of what is below a pivot. One below
    `THRESHOLD` is noted.
    """
    matrix, first = factors.matrix, begin
    while first < n:
        last = min(first + _TOGETHER, n)
        done = _eliminate_columns(n, first, last, factors, threshold)
        for i in range(first + 1, last):
            _subtract(n, last, i, first, min(done, i), matrix)
        i = last
        if done - first == _TOGETHER:
            while i + _TOGETHER <= n:
                _subtract_four(n, last, i, first, matrix)
                i += _TOGETHER
        while i < n:
            _subtract(n, last, i, first, done, matrix)
            i += 1
        if done < last:
            return done
        first = last
    return n


@part
def _eliminate_columns(n: int, first: int, last: int, factors: Factors, threshold: float) -> int:
    """Factorise these columns alone; return ``last`` or the first pivot that is too small."""
    matrix, inverse = factors.matrix, factors.inverse
    for k in range(first, last):
        pivot_row = row_at(matrix, k * n)
        largest = 0.0
        for i in range(k + 1, n):
            largest = max(largest, abs(matrix[i * n + k]))
        size = abs(pivot_row[k])
        if not (size > 0.0 and size >= threshold * largest):
            return k
        if size < THRESHOLD * largest:
            factors.straight[0] = DOUBTFUL
        inverse[k] = 1.0 / pivot_row[k]
        for i in range(k + 1, n):
            target = row_at(matrix, i * n)
            multiplier = target[k] * inverse[k]
            target[k] = multiplier
            for j in range(k + 1, last):
                target[j] -= multiplier * pivot_row[j]
    return last


@part
def _subtract(n: int, begin: int, i: int, first: int, last: int, matrix: Floats) -> None:
    """Subtract from row i, from column ``begin`` on, its multiples of the rows first to last."""
    target = row_at(matrix, i * n)
    for k in range(first, last):
        row, multiplier = row_at(matrix, k * n), target[k]
        for j in range(begin, n):
            target[j] -= multiplier * row[j]


@part
def _subtract_four(n: int, begin: int, i: int, first: int, matrix: Floats) -> None:
    """`_subtract` from four rows, from i on, their multiples of four others."""
    a, b = row_at(matrix, first * n), row_at(matrix, (first + 1) * n)
    c, d = row_at(matrix, (first + 2) * n), row_at(matrix, (first + 3) * n)
    e, f = row_at(matrix, i * n), row_at(matrix, (i + 1) * n)
    g, h = row_at(matrix, (i + 2) * n), row_at(matrix, (i + 3) * n)
    e0, e1, e2, e3 = e[first], e[first + 1], e[first + 2], e[first + 3]
    f0, f1, f2, f3 = f[first], f[first + 1], f[first + 2], f[first + 3]
    g0, g1, g2, g3 = g[first], g[first + 1], g[first + 2], g[first + 3]
    h0, h1, h2, h3 = h[first], h[first + 1], h[first + 2], h[first + 3]
    j = begin
    while j + WIDTH <= n:
        aj, bj, cj, dj = load_from(a, j), load_from(b, j), load_from(c, j), load_from(d, j)
        store_from(e, j, load_from(e, j) - e0 * aj - e1 * bj - e2 * cj - e3 * dj)
        store_from(f, j, load_from(f, j) - f0 * aj - f1 * bj - f2 * cj - f3 * dj)
        store_from(g, j, load_from(g, j) - g0 * aj - g1 * bj - g2 * cj - g3 * dj)
        store_from(h, j, load_from(h, j) - h0 * aj - h1 * bj - h2 * cj - h3 * dj)
        j += WIDTH
    while j < n:
        aj, bj, cj, dj = a[j], b[j], c[j], d[j]
        e[j] = e[j] - e0 * aj - e1 * bj - e2 * cj - e3 * dj
        f[j] = f[j] - f0 * aj - f1 * bj - f2 * cj - f3 * dj
        g[j] = g[j] - g0 * aj - g1 * bj - g2 * cj - g3 * dj
        h[j] = h[j] - h0 * aj - h1 * bj - h2 * cj - h3 * dj
        j += 1


@part
def list_tail(n: int, begin: int, end: int, factors: Factors) -> None:
    """Write the pivots from ``begin`` to ``end`` into the lists of L and U, as `eliminate` would have."""
    matrix, lower, upper = factors.matrix, factors.lower_start[begin], factors.upper_start[begin]
    for k in range(begin, end):
        for i in range(k + 1, n):
            factors.lower_row[lower], factors.lower[lower] = i, matrix[i * n + k]
            factors.upper_column[upper], factors.upper[upper] = i, matrix[k * n + i]
            lower += 1
            upper += 1
        factors.lower_start[k + 1], factors.upper_start[k + 1] = lower, upper


@part
def solve_lower_tail(n: int, begin: int, matrix: Floats, right: Floats) -> None:
    """Subtract from each number what those from ``begin`` to before it are multiplied with in L."""
    for i in range(begin + 1, n):
        right[i] -= _product(i - begin, row_at(matrix, i * n + begin), row_at(right, begin))


@part
def solve_upper_tail(n: int, begin: int, matrix: Floats, inverse: Floats, right: Floats) -> None:
    """Put what U gives in place of the numbers, from the last back to ``begin``."""
    for back in range(n - begin):
        i = n - 1 - back
        known = _product(back, row_at(matrix, i * n + i + 1), row_at(right, i + 1))
        right[i] = (right[i] - known) * inverse[i]


@summing
def _product(n: int, one: Floats, other: Floats) -> float:
    total = 0.0
    for i in range(n):
        total += one[i] * other[i]
    return total
