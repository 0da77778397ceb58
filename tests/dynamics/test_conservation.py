"""Conserved totals against hand-made ones, and against the definition on random networks."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.linear import left_null_space
from isthmus.dynamics.conservation import conservation_laws, link, rank


def rows(*dense):
    return [{j: Fraction(v) for j, v in enumerate(row) if v} for row in dense]


def as_integers(laws):
    return [{name: int(weight) for name, weight in law.coefficients.items()} for law in laws]


def test_enzyme_totals():
    # S + E ⇌ C → P + E with the reversible binding as two terms.
    laws = conservation_laws(rows([-1, 1, 1], [-1, 1, 0], [1, -1, -1], [0, 0, 1]), ["E", "S", "C", "P"])
    assert as_integers(laws) == [{"E": 1, "C": 1}, {"S": 1, "C": 1, "P": 1}]
    assert all(law.is_nonnegative for law in laws)
    assert laws[1].total({"S": 10.0, "C": 0.5, "P": 2.0}) == 12.5
    assert str(laws[1]) == "S + C + P"


def test_dimer_counts_twice():
    laws = conservation_laws(rows([-2, 2], [1, -1]), ["M", "D"])
    assert as_integers(laws) == [{"M": 1, "D": 2}]
    assert str(laws[0]) == "M + 2 D"


def test_fractional_stoichiometry_gives_coprime_integers():
    laws = conservation_laws([{0: Fraction(-1)}, {0: Fraction(3, 2)}], ["A", "B"])
    assert as_integers(laws) == [{"A": 3, "B": 2}]


def test_a_law_without_a_moiety_keeps_its_sign():
    # A and B are made together from nothing: only A − B is conserved, and that counts no moiety.
    laws = conservation_laws(rows([1], [1]), ["A", "B"])
    assert len(laws) == 1
    assert not laws[0].is_nonnegative
    assert set(laws[0].coefficients.values()) == {1, -1}


def test_open_network_has_none():
    assert conservation_laws(rows([1, -1]), ["X"]) == ()


def test_a_state_that_nothing_changes_is_its_own_law():
    assert as_integers(conservation_laws([{}, {0: Fraction(1)}], ["K", "P"])) == [{"K": 1}]


entries = st.integers(-2, 2)
networks = st.integers(1, 6).flatmap(
    lambda columns: st.lists(st.lists(entries, min_size=columns, max_size=columns), min_size=1, max_size=7)
)


@given(networks)
def test_laws_are_a_basis_of_what_is_constant(dense):
    matrix = rows(*dense)
    names = [f"s{i}" for i in range(len(matrix))]
    laws = conservation_laws(matrix, names)
    vectors = [{names.index(name): weight for name, weight in law.coefficients.items()} for law in laws]
    for law in vectors:
        for column in range(len(dense[0])):
            assert sum(weight * dense[state][column] for state, weight in law.items()) == 0
    assert len(laws) == len(left_null_space(dict(enumerate(matrix)))) == len(matrix) - rank(matrix)
    assert rank(vectors) == len(vectors)


@given(networks)
def test_link_matrix_rebuilds_the_network(dense):
    matrix = rows(*dense)
    independent, dependent = link(left_null_space(dict(enumerate(matrix))), len(matrix))
    assert len(independent) == rank(matrix)
    assert sorted([*independent, *dependent]) == list(range(len(matrix)))
    for state, weights in dependent.items():
        for column in range(len(dense[0])):
            assert sum(w * dense[i][column] for i, w in weights.items()) == dense[state][column]
