"""The compiled sparse algebra of an implicit step against dense matrices."""

import numpy as np
import pytest

from isthmus.dynamics.system import SparseMatrix, System
from isthmus.solve.compiled import entry
from isthmus.solve.equations import equations_at, factorise_in_order, iteration_matrix, row_sums
from isthmus.solve.factorisation import factors_at
from isthmus.solve.native_call import floats_at
from isthmus.solve.newton import solve_renumbered
from isthmus.solve.workspace import Room, workspace_at


@entry
def multiply(numbers: int, v: int, out: int) -> None:
    row_sums(equations_at(numbers), floats_at(v), floats_at(out))


@entry
def solve(numbers: int, table: int, slots: int, c: float, right: int, out: int) -> int:
    equations, work = equations_at(numbers), workspace_at(table)
    factors = factors_at(work.factors)
    iteration_matrix(equations, floats_at(slots), c, factors.matrix)
    if not factorise_in_order(equations, factors):
        return -1
    solve_renumbered(equations, work, floats_at(right), floats_at(out))
    return factors.straight[0]


def random_system(size, rates, seed):
    """Rows of G with 0 to 7 entries in any order; each rate depends on two states."""
    random = np.random.Generator(np.random.Philox(seed))
    gain = np.zeros((size, rates))
    for i in range(size):
        columns = random.choice(rates, size=min(int(random.integers(0, 8)), rates), replace=False)
        gain[i, columns] = random.choice([-2.0, -1.0, 1.0, 0.5], len(columns))
    slopes = np.zeros((rates, size))
    for k in range(rates):
        slopes[k, random.integers(0, size, 2)] = 1.0
    pattern = SparseMatrix.from_dense(slopes)
    return System(size, rates, 0, 0, pattern.indptr, pattern.indices, SparseMatrix.from_dense(gain)), random


@pytest.mark.parametrize(("size", "rates"), [(1, 1), (2, 3), (3, 9), (40, 60)])
def test_row_sums(size, rates):
    system, random = random_system(size, rates, seed=size)
    v, out = random.normal(size=rates), np.full(size, np.nan)
    multiply(Room(system).equations, v.ctypes.data, out.ctypes.data)
    np.testing.assert_allclose(out, system.gain.dense() @ v, rtol=1e-14, atol=1e-14)


# Small steps leave the diagonal in charge; where J is all, rows are exchanged.
@pytest.mark.parametrize(("size", "rates"), [(1, 1), (2, 3), (3, 9), (7, 12), (40, 60)])
@pytest.mark.parametrize("c", [0.02, 50.0])
def test_factors_solve(size, rates, c):
    system, random = random_system(size, rates, seed=100 + size)
    room = Room(system)
    scatter, values = system.scatter, random.normal(size=len(system.indices))
    dense = np.zeros(size * size)
    np.add.at(dense, scatter.position, scatter.coefficient * values[scatter.source])
    dense = dense.reshape(size, size)
    # Slots are the union of M = 1 and G dv/dx, by rows.
    present = np.eye(size, dtype=bool)
    present.flat[scatter.position] = True
    slots = np.ascontiguousarray(dense[present])
    # The second time the room is no longer new.
    for _ in range(2):
        right, out = random.normal(size=size), np.full(size, np.nan)
        straight = solve(
            room.equations, room.address, slots.ctypes.data, c, right.ctypes.data, out.ctypes.data
        )
        assert straight >= 0
        np.testing.assert_allclose(
            (np.eye(size) - c * dense) @ out, right, atol=1e-11 * np.abs(out).max() * max(c, 1)
        )
    if c < 1.0:
        assert straight == 1
    elif size == 40:
        assert straight == 0
