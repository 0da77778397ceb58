"""The Π theorem: bases, projectors and names in exact rationals."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.errors import UsageError
from isthmus.scales.groups import dimensionless_groups, group_name, hermite_normal_form

ENZYME = ("k1", "km1", "k2", "E0", "S0")
DIMENSIONS = ((-1, 0, 0, 1, 1), (-1, -1, -1, 0, 0))


def test_enzyme_has_three_groups():
    groups = dimensionless_groups(ENZYME, DIMENSIONS)
    assert (groups.rank, groups.count) == (2, 3)
    assert groups.names() == ("k1·S0/k2", "km1/k2", "E0/S0")
    assert groups.spanned_by([(0, 0, 0, 1, -1), (-1, 0, 1, 0, -1), (-1, 1, 0, 0, -1)])
    assert not groups.spanned_by([(0, 0, 0, 1, -1)])
    assert not groups.contains((1, 0, 0, 0, 0))


def test_half_integer_exponents_are_groups():
    # Schnakenberg: a = (k1/k2) √(k3/k2), k1 in C/T, k2 in 1/T, k3 in 1/(C² T).
    groups = dimensionless_groups(("k1", "k2", "k3"), ((1, 0, -2), (-1, -1, -1)))
    half = Fraction(1, 2)
    assert groups.spanned_by([(1, -3 * half, half)])
    assert group_name(groups.parameters, (1, -3 * half, half)) == "k1·k3^(1/2)/k2^(3/2)"


def test_an_independent_parameter_is_in_no_group():
    groups = dimensionless_groups(("D", "L", "k", "c"), ((2, 1, 0, 0), (-1, 0, -1, 0), (0, 0, 0, 1)))
    assert groups.count == 1
    assert groups.basis[0][3] == 0


def test_no_dimensions_leave_every_parameter():
    groups = dimensionless_groups(("n", "m"), ())
    assert groups.basis == ((1, 0), (0, 1))


def test_ragged_matrix_is_refused():
    with pytest.raises(UsageError, match="E-DIMENSIONS"):
        dimensionless_groups(("a", "b"), ((1,),))


matrices = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(-3, 3), min_size=width, max_size=width), min_size=0, max_size=4
    ).map(lambda rows: (width, rows))
)


@given(matrices)
def test_projector_is_the_orthogonal_projector_on_the_kernel(case):
    width, dimensions = case
    groups = dimensionless_groups([f"p{i}" for i in range(width)], dimensions)
    p = groups.projector
    for i in range(width):
        for j in range(width):
            assert p[i][j] == p[j][i]
            assert sum(p[i][k] * p[k][j] for k in range(width)) == p[i][j]
    for row in dimensions:
        assert all(sum(row[k] * p[k][j] for k in range(width)) == 0 for j in range(width))
    assert sum(p[i][i] for i in range(width)) == groups.count == width - groups.rank


@given(matrices)
def test_basis_is_primitive_and_in_normal_form(case):
    width, dimensions = case
    groups = dimensionless_groups([f"p{i}" for i in range(width)], dimensions)
    basis = [list(row) for row in groups.basis]
    assert hermite_normal_form(basis) == basis
    # A saturated lattice of rank r has, transposed, the identity on top of its normal form: all elementary
    # divisors are 1.
    transposed = hermite_normal_form([list(column) for column in zip(*basis, strict=True)]) if basis else []
    assert transposed == [[int(i == j) for j in range(len(basis))] for i in range(len(basis))]
