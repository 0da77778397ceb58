from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.algebra import polynomial as poly
from isthmus.algebra.divisor import are_coprime, cancel, factors
from isthmus.algebra.modular import lacks_small_factors
from isthmus.algebra.polynomial import Polynomial, TooLarge

ATOMS = 3
ONE: Polynomial = {0: 1}
X: Polynomial = {poly.atom(0): 1}
Y: Polynomial = {poly.atom(1): 1}
NONE: Polynomial = {}
POINT = (Fraction(2, 3), Fraction(-5, 7), Fraction(11))
coefficients = st.fractions(-3, 3, max_denominator=4).filter(bool)
monomials = st.tuples(*[st.integers(0, 2)] * ATOMS)


def packed(powers):
    return sum(poly.atom(i, e) for i, e in enumerate(powers))


polynomials = st.dictionaries(monomials, coefficients, max_size=5).map(
    lambda terms: {packed(m): poly.tidy(c) for m, c in terms.items()}
)
nonzero = polynomials.filter(bool)


def value(polynomial):
    """The slow way: each term at a rational point."""
    total = Fraction(0)
    for monomial, c in polynomial.items():
        term = Fraction(c)
        for i in range(ATOMS):
            term *= POINT[i] ** poly.exponent_of(monomial, i)
        total += term
    return total


@given(polynomials, polynomials)
def test_sums_and_products_have_the_right_values(p, q):
    assert value(poly.plus(p, q)) == value(p) + value(q)
    assert value(poly.minus(p, q)) == value(p) - value(q)
    assert value(poly.times(p, q)) == value(p) * value(q)
    assert all(poly.times(p, q).values())


@given(polynomials, nonzero)
def test_division_finds_exact_quotients_and_only_those(p, q):
    product = poly.times(p, q)
    assert poly.divided(product, q) == p
    if any(q):
        assert poly.divided(poly.plus(product, poly.constant(1)), q) is None


@given(polynomials, st.integers(0, ATOMS - 1))
def test_collecting_by_degree_loses_nothing(p, index):
    parts = poly.collected(p, index)
    again = poly.plus({}, *(poly.scaled(part, 1, poly.atom(index, e)) for e, part in enumerate(parts)))
    assert again == p
    assert all(poly.degree(part, index) == 0 for part in parts)


@settings(max_examples=25)
@given(nonzero, nonzero, nonzero)
def test_lowest_terms_are_the_same_fraction_without_common_divisor(p, q, common):
    above, below = cancel(poly.times(p, common), poly.times(q, common))
    assert poly.times(above, q) == poly.times(below, p)
    assert all(c.denominator == 1 for c in (*above.values(), *below.values()))
    assert len(above) == 1 or len(below) == 1 or are_coprime(above, below) or factors_apart(above, below)


def factors_apart(p, q):
    return not {frozenset(f.items()) for f in factors(p) if any(f)} & {
        frozenset(f.items()) for f in factors(q) if any(f)
    }


@settings(max_examples=25)
@given(nonzero, nonzero, nonzero.filter(lambda p: len(p) > 1))
def test_coprimality_is_never_claimed_for_a_common_divisor(p, q, common):
    common = {m - poly.common_monomial(common): c for m, c in common.items()}
    if any(common):
        assert not are_coprime(poly.times(p, common), poly.times(q, common))


def test_what_divides_monomials():
    assert poly.divides(packed((1, 0, 2)), packed((1, 1, 2)))
    assert not poly.divides(packed((1, 0, 2)), packed((2, 5, 1)))
    assert poly.common_monomial([packed((1, 3, 2)), packed((2, 1, 0))]) == packed((1, 1, 0))
    assert list(poly.exponents(packed((0, 4, 1)))) == [(1, 4), (2, 1)]


def test_growth_is_refused():
    many: Polynomial = {packed((i, j, 0)): 1 for i in range(60) for j in range(60)}
    with pytest.raises(TooLarge):
        poly.times(many, many)
    with pytest.raises(TooLarge):
        poly.raised(many, 3, limit=5000)
    high: Polynomial = {poly.atom(0, 16000): 1}
    with pytest.raises(TooLarge):
        poly.times(high, high)


def test_a_factor_of_degree_two_is_never_denied_and_its_absence_usually_seen():
    b, c = X, Y
    # (z² + b z + c)(z³ + c) and z⁵ + b z + c by rising degree in z.
    split = [poly.times(c, c), poly.times(b, c), c, c, b, ONE]
    assert not lacks_small_factors(split)
    assert lacks_small_factors([c, b, NONE, NONE, NONE, ONE])
    assert lacks_small_factors([c, b, NONE, ONE])
    # (z − c)(z² + b) has a factor of degree one.
    assert not lacks_small_factors([poly.scaled(poly.times(b, c), -1), b, poly.scaled(c, -1), ONE])


def test_factors_multiply_to_the_whole():
    x, y = X, Y
    whole = poly.scaled(
        poly.times(poly.plus(x, y), poly.times(poly.minus(x, y), poly.plus(x, y))), Fraction(-3, 2)
    )
    found = factors(whole)
    product = poly.constant(1)
    for factor in found:
        product = poly.times(product, factor)
    assert product == whole
    assert len(found) == 4
