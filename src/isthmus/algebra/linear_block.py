"""A set of equations that is linear in its unknowns.

Solved exactly over the polynomials in everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.expression import ZERO, Expression, add, div, mul, negate
from isthmus.algebra.polynomial import Polynomial, TooLarge
from isthmus.algebra.textbook import Textbook

_EXPANDED_LIMIT: Final = 300
_PRIME: Final = 2**61 - 1

Matrix = list[list[Polynomial]]
Triangle = list[tuple[int, Expression]]


def coefficients(rows: Sequence[Polynomial], unknowns: Sequence[int]) -> Matrix | None:
    """[A | b] with rows = A z + b, None where a row is not linear in the unknowns."""
    column = {0: len(unknowns), **{poly.atom(u): j for j, u in enumerate(unknowns)}}
    matrix: Matrix = []
    for row in rows:
        groups = poly.grouped(row, unknowns)
        if not groups.keys() <= column.keys():
            return None
        line: list[Polynomial] = [{} for _ in range(len(unknowns) + 1)]
        for monomial, coefficient in groups.items():
            line[column[monomial]] = coefficient
        matrix.append(line)
    return matrix


def solve_linear_block(matrix: Matrix, unknowns: Sequence[int], book: Textbook) -> Triangle | str:
    """(unknown, formula) in the order in which they can be evaluated, or the reason why there is none.

    Small systems become one fraction each; large ones a triangle in which formulas refer to unknowns
    before them.
    """
    try:
        return _expanded(matrix, unknowns, book)
    except TooLarge:
        return _triangular(matrix, unknowns, book)


def _expanded(matrix: Matrix, unknowns: Sequence[int], book: Textbook) -> Triangle | str:
    """Fraction-free Gauss–Jordan elimination (Bareiss 1968).

    Every intermediate is a minor, every division exact.
    """
    rows = [list(row) for row in matrix]
    previous = poly.constant(1)
    for k in range(len(rows)):
        pivot_row = _pivot(rows, k)
        if pivot_row is None:
            return _SINGULAR
        rows[k], rows[pivot_row] = rows[pivot_row], rows[k]
        for i in range(len(rows)):
            if i != k:
                rows[i] = [_minor(rows, i, j, k, previous) for j in range(len(rows) + 1)]
        previous = rows[k][k]
    if not all(book.never_zero(row[i]) for i, row in enumerate(rows)):
        return _VANISHES
    return [
        (unknown, book.fraction(poly.scaled(rows[i][-1], -1), rows[i][i]))
        for i, unknown in enumerate(unknowns)
    ]


_VANISHES: Final = "a determinant vanishes where a quantity is still zero"
_SINGULAR: Final = (
    "the equations depend on each other: totals that the fast part conserves are not eliminated yet"
)


def _pivot(rows: Matrix, k: int) -> int | None:
    candidates = [i for i in range(k, len(rows)) if rows[i][k]]
    return min(candidates, key=lambda i: (i != k, len(rows[i][k])), default=None)


def _minor(rows: Matrix, i: int, j: int, k: int, previous: Polynomial) -> Polynomial:
    value = poly.minus(
        poly.times(rows[k][k], rows[i][j], _EXPANDED_LIMIT),
        poly.times(rows[i][k], rows[k][j], _EXPANDED_LIMIT),
    )
    quotient = poly.divided(value, previous)
    assert quotient is not None
    return quotient


def _triangular(matrix: Matrix, unknowns: Sequence[int], book: Textbook) -> Triangle | str:
    """Gaussian elimination on shared expressions.

    Each pivot proved not to be zero by its value modulo a prime.
    """
    write = book.normaliser.polynomial_expression
    rows = [[write(entry) for entry in row] for row in matrix]
    atoms = poly.atoms_of(*(entry for row in matrix for entry in row))
    point = {i: pow(3, 101 * i + 7, _PRIME) for i in atoms}
    values = [[poly.value_modulo(entry, point, _PRIME) for entry in row] for row in matrix]
    size = len(rows)
    for k in range(size):
        pivot_row = next((i for i in range(k, size) if values[i][k]), None)
        if pivot_row is None:
            return _SINGULAR
        rows[k], rows[pivot_row] = rows[pivot_row], rows[k]
        values[k], values[pivot_row] = values[pivot_row], values[k]
        inverse = pow(values[k][k], -1, _PRIME)
        for i in range(k + 1, size):
            if rows[i][k] is ZERO:
                continue
            factor, share = div(rows[i][k], rows[k][k]), values[i][k] * inverse % _PRIME
            for j in range(k + 1, size + 1):
                rows[i][j] = add(rows[i][j], negate(mul(factor, rows[k][j])))
                values[i][j] = (values[i][j] - share * values[k][j]) % _PRIME
    solved: Triangle = []
    node = {j: book.normaliser.atoms[unknown].node for j, unknown in enumerate(unknowns)}
    for k in reversed(range(size)):
        known = add(rows[k][size], *(mul(rows[k][j], node[j]) for j in range(k + 1, size)))
        solved.append((unknowns[k], div(negate(known), rows[k][k])))
    return solved
