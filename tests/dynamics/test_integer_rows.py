"""Reductions in whole numbers against the same in exact rationals."""

from fractions import Fraction

import numpy as np
import pytest

from isthmus.dynamics.constrained import rational_rows
from isthmus.dynamics.integer_rows import integer_rows
from isthmus.dynamics.system import SparseMatrix, System
from isthmus.model.reduction import Elimination, Reduction

STATES = tuple("abcdefg")
TERMS = 9


def system():
    pattern = np.zeros(TERMS + 1, dtype=np.int32)
    empty = np.zeros(0, dtype=np.int32)
    gain = SparseMatrix.from_dense(np.zeros((len(STATES), TERMS)))
    return System(len(STATES), TERMS, 0, 0, pattern, empty, gain)


def random_case(seed, denominators):
    random = np.random.Generator(np.random.Philox(seed))

    def number():
        return Fraction(int(random.integers(-3, 4)), int(random.choice(denominators)))

    gain = {s: {j: v for j in range(TERMS) if (v := number())} for s in STATES}
    count = int(random.integers(0, 4))
    eliminations = []
    for z in random.choice(STATES, size=count, replace=False):
        direction = {str(z): Fraction(1)}
        direction |= {s: v for s in STATES if s != z and random.random() < 0.5 and (v := number())}
        constraint = tuple((j, v) for j, v in gain[str(z)].items())
        eliminations.append(Elimination(str(z), "test", tuple(sorted(direction.items())), constraint, 0))
    gone = {e.species for e in eliminations}
    frozen = frozenset(s for s in STATES if s not in gone and random.random() < 0.2)
    dropped = frozenset(j for j in range(TERMS) if random.random() < 0.2)
    return gain, Reduction(tuple(eliminations), frozen, dropped)


@pytest.mark.parametrize("denominators", [(1,), (1, 2, 3)])
def test_the_same_doubles_as_rationals(denominators):
    full, decided_cases, dependent = system(), 0, 0
    for seed in range(200):
        gain, reduction = random_case(seed, denominators)
        decided, rows = integer_rows(STATES, gain, full, reduction)
        exact = rational_rows(STATES, gain, full, reduction)
        if not decided:
            continue
        decided_cases += 1
        assert (rows is None) == (exact is None)
        if rows is None or exact is None:
            dependent += 1
            continue
        np.testing.assert_array_equal(rows.relaxation, exact.relaxation)
        np.testing.assert_array_equal(rows.mass, exact.mass)
        np.testing.assert_array_equal(rows.gain, exact.gain)
    assert decided_cases > 150
    assert dependent > 0


def test_numbers_too_large_are_left_to_rationals():
    gain = {s: {0: Fraction(2**60 + 1)} for s in STATES}
    direction = (("a", Fraction(1)), ("b", Fraction(3**40)))
    reduction = Reduction((Elimination("a", "test", direction, ((0, Fraction(1)),), 0),))
    decided, _ = integer_rows(STATES, gain, system(), reduction)
    assert not decided
