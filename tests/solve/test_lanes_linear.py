"""The written-out linear algebra against dense matrices."""

import ctypes

import numpy as np
import pytest

from isthmus.solve import SparseMatrix, System
from isthmus.solve.lanes_linear import compile_linear, find_pattern


def random_system(size, rates, seed):
    random = np.random.Generator(np.random.Philox(seed))
    gain = np.where(
        random.uniform(size=(size, rates)) < 0.1, random.choice([-2.0, -1.0, 1.0, 0.5], (size, rates)), 0
    )
    slopes = SparseMatrix.from_dense(random.uniform(size=(rates, size)) < 0.1)
    return System(size, rates, 0, 0, slopes.indptr, slopes.indices, SparseMatrix.from_dense(gain)), random


def aligned(values):
    flat = np.asarray(values, dtype=float).ravel()
    block = np.zeros(len(flat) + 8)
    start = -block.ctypes.data % 64 // 8
    block[start : start + len(flat)] = flat
    return block[start : start + len(flat)]


def call(address, *arrays):
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(address)
    function(*(array.ctypes.data for array in arrays))


@pytest.mark.parametrize(("size", "rates", "width"), [(1, 1, 8), (7, 12, 4), (25, 30, 8)])
def test_factors_solve_and_gather(size, rates, width):
    system, random = random_system(size, rates, seed=size)
    linear = compile_linear(system, find_pattern(system), width)
    slopes = 0.1 * random.normal(size=(len(system.indices), width))
    shift = random.uniform(5, 50, size=(1, width))
    v, right = random.normal(size=(rates, width)), random.normal(size=(size, width))
    unused, factors = aligned([0.0]), aligned(np.zeros((linear.factors, width)))
    out, gathered = aligned(np.zeros((size, width))), aligned(np.zeros((size, width)))
    call(linear.factorise, aligned(shift), aligned(slopes), unused, factors)
    call(linear.solve, aligned(v), aligned(right), factors, out)
    call(linear.gather, unused, aligned(v), unused, gathered)
    gain, row = system.gain.dense(), np.repeat(np.arange(rates), np.diff(system.indptr))
    np.testing.assert_allclose(gathered.reshape(size, width), gain @ v, atol=1e-13)
    for lane in range(width):
        dense = np.zeros((rates, size))
        dense[row, system.indices] = slopes[:, lane]
        matrix = shift[0, lane] * np.eye(size) - gain @ dense
        expected = np.linalg.solve(matrix, gain @ v[:, lane] + right[:, lane])
        np.testing.assert_allclose(out.reshape(size, width)[:, lane], expected, rtol=1e-10, atol=1e-13)


def test_a_star_is_eliminated_without_fill():
    """One state linked to all others: in the given order its row comes first and fills everything."""
    size = 30
    gain = np.eye(size)
    slopes = np.eye(size)
    slopes[0, :] = slopes[:, 0] = 1.0
    pattern_of = SparseMatrix.from_dense(slopes)
    system = System(size, size, 0, 0, pattern_of.indptr, pattern_of.indices, SparseMatrix.from_dense(gain))
    pattern = find_pattern(system)
    assert len(pattern.slots()) == 3 * size - 2
    assert 0 in pattern.order[-2:]
