"""Values of several doubles in compiled code against numpy."""

import numpy as np
from numba import njit

from isthmus.solve.lanes_type import (
    WIDTH,
    bits,
    every,
    larger,
    load,
    root,
    select,
    size,
    smaller,
    store,
    take_next,
)
from isthmus.solve.native_call import floats_at, indices_at


@njit
def _work(address):
    block = floats_at(address)
    a, b = load(block, 0), load(block, 1)
    store(block, 2, (a + b) * 2.0 - 1.0 / a)
    store(block, 3, select((a < b) & (a > 0.0), size(a), root(every(4.0))))
    store(block, 4, larger(a, b))
    store(block, 5, smaller(a, b))
    return bits((a >= b) | (b <= -1.0))


@njit
def _count(address):
    counter = indices_at(address)
    first = take_next(counter)
    return first * 10 + take_next(counter)


def test_operators_comparisons_and_selection():
    random = np.random.Generator(np.random.Philox(9))
    values = np.zeros(6 * WIDTH + 8)
    start = -values.ctypes.data % 64 // 8
    rows = values[start : start + 6 * WIDTH].reshape(6, WIDTH)
    rows[:2] = random.normal(size=(2, WIDTH))
    rows[0, 1] = np.nan
    a, b = rows[:2].copy()
    mask = _work(rows.ctypes.data)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(rows[2], (a + b) * 2 - 1 / a, rtol=1e-14)
        np.testing.assert_array_equal(rows[3], np.where((a < b) & (a > 0), abs(a), 2.0))
        np.testing.assert_array_equal(rows[4], np.where(a > b, a, b))
        np.testing.assert_array_equal(rows[5], np.where(a < b, a, b))
        assert mask == sum(1 << i for i, held in enumerate((a >= b) | (b <= -1)) if held)


def test_taking_counts_up():
    counter = np.array([4], dtype=np.int64)
    assert _count(counter.ctypes.data) == 45 and counter[0] == 6
