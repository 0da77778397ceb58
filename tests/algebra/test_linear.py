"""Exact sparse linear algebra against dense rational algebra done the plain way."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.linear import combine, echelon, inverse, left_null_space, times

entries = st.integers(-3, 3).map(Fraction)


@st.composite
def matrices(draw, square=False):
    rows = draw(st.integers(1, 5))
    columns = rows if square else draw(st.integers(1, 5))
    return [[draw(entries) for _ in range(columns)] for _ in range(rows)]


def sparse(matrix):
    return {i: {j: v for j, v in enumerate(row) if v} for i, row in enumerate(matrix)}


def rank(matrix):
    """By Gaussian elimination on dense rows."""
    rows, found = [list(row) for row in matrix], 0
    for column in range(len(matrix[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] / rows[found][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


@given(matrices())
def test_left_null_space_is_whole_and_annihilates(matrix):
    basis = left_null_space(sparse(matrix))
    assert len(basis) == len(matrix) - rank(matrix)
    for vector in basis:
        for column in range(len(matrix[0])):
            assert sum(weight * matrix[i][column] for i, weight in vector.items()) == 0


@given(matrices())
def test_echelon_pivots_are_one_and_alone(matrix):
    reduced = echelon(sparse(matrix).values())
    assert len(reduced) == rank(matrix)
    for i, (pivot, row) in enumerate(reduced):
        assert row[pivot] == 1
        assert all(pivot not in other for j, (_, other) in enumerate(reduced) if j != i)


@given(matrices(square=True))
def test_inverse_is_two_sided_or_the_matrix_is_singular(matrix):
    rows = sparse(matrix)
    found = inverse(rows)
    if found is None:
        assert rank(matrix) < len(matrix)
    else:
        for i, row in found.items():
            assert times(row, rows) == {i: 1}


def test_echelon_prefers_the_pivots_it_is_told():
    row = {"a": Fraction(2), "b": Fraction(4)}
    assert echelon([row], ["b", "a"])[0][0] == "b"
    assert combine(row, Fraction(-1, 2), {"b": Fraction(8)}) == {"a": 2}
