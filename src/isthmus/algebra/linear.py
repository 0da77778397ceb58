"""Exact linear algebra on sparse rational rows: a row is a dict column → Fraction, a zero is absent."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)
SparseRow = dict[Column, Fraction]


def combine(
    row: Mapping[Column, Fraction], factor: Fraction, other: Mapping[Column, Fraction]
) -> SparseRow[Column]:
    """row + factor · other."""
    result = dict(row)
    if not factor:
        return result
    # Most factors are 1 or −1, and a product of fractions takes a microsecond.
    is_plus, is_minus = factor == 1, factor == -1
    for column, value in other.items():
        change = value if is_plus else -value if is_minus else factor * value
        before = result.get(column)
        total = change if before is None else before + change
        if total:
            result[column] = total
        else:
            result.pop(column, None)
    return result


def scale(row: Mapping[Column, Fraction], factor: Fraction) -> SparseRow[Column]:
    """factor · row."""
    return {column: factor * value for column, value in row.items()} if factor else {}


def times(row: Mapping[Row, Fraction], matrix: Mapping[Row, Mapping[Column, Fraction]]) -> SparseRow[Column]:
    """row · matrix, the matrix given by its rows; a row that it lacks is zero."""
    result: SparseRow[Column] = {}
    for name, value in row.items():
        result = combine(result, value, matrix.get(name, {}))
    return result


def echelon(
    rows: Iterable[Mapping[Column, Fraction]], order: Sequence[Column] | None = None
) -> list[tuple[Column, SparseRow[Column]]]:
    """Reduced row echelon form as (pivot column, row) pairs; every pivot is 1 and alone in its column.

    order: columns in the order in which pivots are preferred; without it, any column of a row may become its
    pivot.
    """
    rank = {column: i for i, column in enumerate(order)} if order is not None else {}
    reduced: list[tuple[Column, SparseRow[Column]]] = []
    for source in rows:
        row: SparseRow[Column] = {column: value for column, value in source.items() if value}
        for pivot, pivot_row in reduced:
            if pivot in row:
                row = combine(row, -row[pivot], pivot_row)
        if not row:
            continue
        pivot = min(row, key=lambda column: rank.get(column, len(rank)))
        row = scale(row, 1 / row[pivot])
        reduced = [(p, combine(r, -r[pivot], row) if pivot in r else r) for p, r in reduced]
        reduced.append((pivot, row))
    return reduced


def left_null_space(rows: Mapping[Row, Mapping[Column, Fraction]]) -> list[SparseRow[Row]]:
    """A basis of all w with Σ w_i · row_i = 0."""
    reduced: list[tuple[Column, SparseRow[Column], SparseRow[Row]]] = []
    basis: list[SparseRow[Row]] = []
    for name, source in rows.items():
        row: SparseRow[Column] = {column: value for column, value in source.items() if value}
        history: SparseRow[Row] = {name: Fraction(1)}
        for pivot, pivot_row, pivot_history in reduced:
            if pivot in row:
                factor = -row[pivot] / pivot_row[pivot]
                row = combine(row, factor, pivot_row)
                history = combine(history, factor, pivot_history)
        if row:
            reduced.append((next(iter(row)), row, history))
        else:
            basis.append(history)
    return basis


def inverse(rows: Mapping[Column, Mapping[Column, Fraction]]) -> dict[Column, SparseRow[Column]] | None:
    """The inverse of a square matrix, rows and columns by the same names; None where it is singular."""
    names = list(rows)
    augmented = [{("a", c): v for c, v in rows[name].items()} | {("i", name): Fraction(1)} for name in names]
    reduced = echelon(augmented, [("a", name) for name in names])
    result: dict[Column, SparseRow[Column]] = {}
    for (side, pivot), row in reduced:
        if side != "a":
            return None
        result[pivot] = {column: value for (kind, column), value in row.items() if kind == "i"}
    return result if len(result) == len(names) else None
