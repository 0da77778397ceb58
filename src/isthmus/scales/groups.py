"""Dimensionless groups: the Π theorem in exact rationals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from isthmus.errors import UsageError

Rational = Fraction | int
Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """All products of powers of the parameters that have no dimension.

    rank: of the dimension matrix D (base dimensions × parameters). basis: integer exponent vectors, a
    primitive (saturated) basis of ker D in row-style Hermite normal form. projector: Bᵀ(BBᵀ)⁻¹B on ker D, the
    same for every basis B.
    """

    parameters: tuple[str, ...]
    rank: int
    basis: tuple[tuple[int, ...], ...]
    projector: tuple[Vector, ...]

    @property
    def count(self) -> int:
        """The number of independent groups: parameters − rank."""
        return len(self.basis)

    def names(self) -> tuple[str, ...]:
        """Return each basis group as text, like "k1·S0/k2"."""
        return tuple(group_name(self.parameters, exponents) for exponents in self.basis)

    def contains(self, exponents: Sequence[Rational]) -> bool:
        """Whether a product of powers is dimensionless; the exponents may be fractions."""
        vector = [Fraction(value) for value in exponents]
        return all(
            sum((p * v for p, v in zip(row, vector, strict=True)), Fraction(0)) == v
            for row, v in zip(self.projector, vector, strict=True)
        )

    def spanned_by(self, candidates: Sequence[Sequence[Rational]]) -> bool:
        """Whether the candidates are groups and generate all others (over the rationals)."""
        rows = [[Fraction(value) for value in candidate] for candidate in candidates]
        return all(map(self.contains, rows)) and _rank(rows) == self.count


def dimensionless_groups(parameters: Sequence[str], dimensions: Sequence[Sequence[Rational]]) -> Groups:
    """Return the groups of a dimension matrix.

    Row d, column j is the exponent of base dimension d in parameter j. Exponents may be fractions. The
    numeric factors of a group (4π) and which group is "the" small one are not determined by the Π theorem.
    Source: Buckingham 1914; the integer kernel by unimodular elimination.
    """
    width = len(parameters)
    for row in dimensions:
        if len(row) != width:
            raise UsageError(
                "E-DIMENSIONS", f"a row of {len(row)} exponents", needed=f"one for each of {width} parameters"
            )
    kernel = _integer_kernel([_integer_row(row) for row in dimensions], width)
    basis = hermite_normal_form(kernel)
    return Groups(tuple(parameters), width - len(basis), tuple(map(tuple, basis)), _projector(basis, width))


def group_name(parameters: Sequence[str], exponents: Sequence[Rational]) -> str:
    """Return a product of powers as text: positive powers · over negative ones."""
    above: list[str] = []
    below: list[str] = []
    for name, exponent in zip(parameters, exponents, strict=True):
        if exponent:
            power = abs(Fraction(exponent))
            text = (
                name if power == 1 else f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"
            )
            (above if exponent > 0 else below).append(text)
    top = "·".join(above) or "1"
    if not below:
        return top
    bottom = "·".join(below)
    return f"{top}/{bottom}" if len(below) == 1 else f"{top}/({bottom})"


def hermite_normal_form(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the row-style Hermite normal form.

    Positive pivots, entries above a pivot in [0, pivot), zeros below.
    """
    matrix = [list(row) for row in rows]
    top = 0
    for column in range(len(matrix[0]) if matrix else 0):
        _clear_below(matrix, top, column)
        if top < len(matrix) and matrix[top][column]:
            if matrix[top][column] < 0:
                matrix[top] = [-value for value in matrix[top]]
            for above in matrix[:top]:
                factor = above[column] // matrix[top][column]
                above[:] = [a - factor * b for a, b in zip(above, matrix[top], strict=True)]
            top += 1
    return [row for row in matrix if any(row)]


def _clear_below(matrix: list[list[int]], top: int, column: int) -> None:
    """Leave at most one nonzero entry from row `top` down, by integer row operations (Euclid)."""
    while True:
        rows = [i for i in range(top, len(matrix)) if matrix[i][column]]
        if not rows:
            return
        smallest = min(rows, key=lambda i: abs(matrix[i][column]))
        matrix[top], matrix[smallest] = matrix[smallest], matrix[top]
        if len(rows) == 1:
            return
        for row in matrix[top + 1 :]:
            factor = row[column] // matrix[top][column]
            row[:] = [a - factor * b for a, b in zip(row, matrix[top], strict=True)]


def _integer_row(row: Sequence[Rational]) -> list[int]:
    values = [Fraction(value) for value in row]
    scale = lcm(*(value.denominator for value in values)) if values else 1
    return [int(value * scale) for value in values]


def _integer_kernel(dimensions: Sequence[Sequence[int]], width: int) -> list[list[int]]:
    """Return a saturated basis of {y ∈ ℤⁿ: D y = 0}.

    It is what remains when [Dᵀ | I] is brought to echelon form by unimodular operations.
    """
    height = len(dimensions)
    matrix = [[row[j] for row in dimensions] + [int(i == j) for i in range(width)] for j in range(width)]
    top = 0
    for column in range(height):
        _clear_below(matrix, top, column)
        if top < width and matrix[top][column]:
            top += 1
    return [row[height:] for row in matrix[top:]]


def _projector(basis: Sequence[Sequence[int]], width: int) -> tuple[Vector, ...]:
    gram = [[Fraction(sum(a * b for a, b in zip(r, s, strict=True))) for s in basis] for r in basis]
    solved = _solve(gram, [[Fraction(value) for value in row] for row in basis])
    return tuple(
        tuple(
            sum((Fraction(row[i]) * right[j] for row, right in zip(basis, solved, strict=True)), Fraction(0))
            for j in range(width)
        )
        for i in range(width)
    )


def _solve(matrix: list[list[Fraction]], right: list[list[Fraction]]) -> list[list[Fraction]]:
    """Solve a regular system by Gauss–Jordan elimination."""
    size = len(matrix)
    rows = [[*left, *other] for left, other in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = next(i for i in range(k, size) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(size):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[size:] for row in rows]


def _rank(rows: Sequence[Sequence[Fraction]]) -> int:
    return len(hermite_normal_form([_integer_row(row) for row in rows]))
