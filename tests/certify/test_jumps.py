"""Events of two solutions side by side."""

import numpy as np
import pytest

from isthmus.certify.jumps import align

SHARED = frozenset({"a", "b"})


def test_a_small_shift_is_left_out_and_a_large_one_counts():
    times = np.linspace(0.0, 10.0, 1001)
    near = align(((2.0, "a"),), ((2.1, "a"),), SHARED, 0.2, 10.0)
    assert near.is_same and near.apart == ((2.0, 2.1),)
    assert not near.together(times)[(times >= 2.0) & (times < 2.1)].any()
    assert near.together(times)[(times < 2.0) | (times >= 2.1)].all()
    far = align(((2.0, "a"),), ((2.3, "a"),), SHARED, 0.2, 10.0)
    assert far.is_same and far.apart == ()


def test_many_small_shifts_do_not_use_up_the_window():
    first = tuple((float(t), "a") for t in range(10))
    second = tuple((t + 0.15, "a") for t in range(10))
    found = align(first, second, SHARED, 0.4, 10.0)
    assert found.is_same
    # Two of them are 0.3 together, a third would be more than allowed.
    assert sum(high - low for low, high in found.apart) == pytest.approx(0.3)


def test_the_shortest_are_left_out_first():
    found = align(((1.0, "a"), (5.0, "b")), ((1.3, "a"), (5.1, "b")), SHARED, 0.35, 10.0)
    assert found.apart == ((5.0, 5.1),)


def test_an_event_that_the_end_cuts_off():
    late = align(((9.9, "a"),), (), SHARED, 0.2, 10.0)
    assert late.is_same and late.apart[0][0] == 9.9
    assert not align(((9.5, "a"),), (), SHARED, 0.2, 10.0).is_same


def test_another_order_or_another_event_is_not_the_same():
    assert not align(((1.0, "a"), (2.0, "b")), ((1.0, "b"), (2.0, "a")), SHARED, 1.0, 10.0).is_same
    assert align(((1.0, "a"), (1.5, "c")), ((1.0, "a"),), SHARED, 1.0, 10.0).is_same
