"""Greatest common divisors: of products that have a known one, and beside sympy's."""

import random
from fractions import Fraction

import pytest
from sympy import ZZ
from sympy.polys.rings import xring

from isthmus.algebra import polynomial as poly
from isthmus.algebra.common_divisor import common_divisor
from isthmus.algebra.divisor import cancel

ATOMS = (0, 2, 3, 7)
Terms = dict[int, int | Fraction]


def polynomial(source: random.Random, terms: int, atoms: tuple[int, ...] = ATOMS) -> Terms:
    found: dict[int, int | Fraction] = {}
    while len(found) < terms:
        monomial = sum(poly.atom(i, source.randint(0, 2)) for i in atoms)
        found[monomial] = source.choice((-1, 1)) * source.randint(1, 9)
    return found


def in_sympy(value: Terms):
    ring, _ = xring([f"x{i}" for i in ATOMS], ZZ)
    return ring.from_dict({tuple(poly.exponent_of(m, i) for i in ATOMS): ZZ(c) for m, c in value.items()})


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_sympy(seed: int) -> None:
    source = random.Random(seed)
    shared = polynomial(source, source.randint(1, 4))
    left = poly.times(shared, polynomial(source, source.randint(1, 5)))
    right = poly.times(shared, polynomial(source, source.randint(1, 5)))
    found = common_divisor(left, right)
    assert found is not None
    assert in_sympy(found) in (in_sympy(left).gcd(in_sympy(right)), -in_sympy(left).gcd(in_sympy(right)))
    assert poly.divided(found, shared) is not None


def test_its_leading_coefficient_is_positive() -> None:
    x, y = poly.atom(0), poly.atom(1)
    negative: Terms = {x: -1, y: 1}
    assert common_divisor(poly.times(negative, {x: 1, 0: 3}), negative) == {x: 1, y: -1}


def test_an_atom_of_one_side_only_is_in_no_divisor() -> None:
    x, y, z = (poly.atom(i) for i in range(3))
    left = poly.times({x: 1, y: 2}, {z: 1, 0: 1})
    assert common_divisor(left, {x: 3, y: 6}) == {x: 1, y: 2}
    assert common_divisor({x: 2, z: 4}, {x: 6, y: 3}) == {0: 1}


def test_values_that_would_be_too_long_are_left_to_others() -> None:
    x = poly.atom(0)
    large: Terms = {x * 900: 1, 0: 10**400 + 1}
    assert common_divisor(large, {**large, x: 1}) is None


def test_fractions_are_cancelled_by_what_takes_the_heuristic() -> None:
    x, y = poly.atom(0), poly.atom(1)
    shared: Terms = {x * 2: 3, y: 5, 0: 7}
    above: Terms = {x: 1, y: 2}
    below: Terms = {x: 1, y: -2}
    found = cancel(poly.times(shared, above), poly.times(shared, below))
    assert found in ((above, below), (poly.scaled(above, -1), poly.scaled(below, -1)))
