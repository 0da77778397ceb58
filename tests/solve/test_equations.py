"""The compiled sparse algebra of an implicit step against dense matrices."""

import ctypes

import numpy as np
import pytest

from isthmus.dynamics.system import SparseMatrix, System
from isthmus.solve.compiled import entry
from isthmus.solve.equations import Equations, equations_at, row_sums
from isthmus.solve.factorisation import DOUBTFUL, EXCHANGED, SURE, factors_at
from isthmus.solve.in_order import factorise_step
from isthmus.solve.native_call import floats_at
from isthmus.solve.newton import solve_step
from isthmus.solve.workspace import Room, workspace_at


@entry
def multiply(numbers: int, v: int, out: int) -> None:
    row_sums(equations_at(numbers), floats_at(v), floats_at(out))


@entry
def solve(
    numbers: int, table: int, weights: int, slots: int, c: float, sure: int, right: int, out: int
) -> int:
    equations, work = equations_at(numbers), workspace_at(table)
    factors = factors_at(work.factors)
    for i in range(equations.states):
        work.weights[i] = floats_at(weights)[i]
    if not factorise_step(equations, floats_at(slots), c, work, factors, sure != 0):
        return -1
    solve_step(equations, work, floats_at(right), floats_at(out))
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


def dense_jacobian(system, values):
    scatter, size = system.scatter, system.states
    dense = np.zeros(size * size)
    np.add.at(dense, scatter.position, scatter.coefficient * values[scatter.source])
    return dense.reshape(size, size)


def solved(room, jacobian, c, right, weights, is_sure=True):
    """(how it went, the solution) of ``(1 - c J) out = right``."""
    system = room.system
    # Slots are the union of M = 1 and G dv/dx, by rows.
    present = np.eye(system.states, dtype=bool)
    present.flat[system.scatter.position] = True
    slots, out = np.ascontiguousarray(jacobian[present]), np.full(system.states, np.nan)
    given = (weights.ctypes.data, slots.ctypes.data, c, int(is_sure), right.ctypes.data, out.ctypes.data)
    straight = solve(room.equations, room.address, *given)
    assert straight >= 0
    return straight, out


# Small steps leave the diagonal in charge; where J is all, rows are exchanged.
@pytest.mark.parametrize(("size", "rates"), [(1, 1), (2, 3), (3, 9), (7, 12), (40, 60)])
@pytest.mark.parametrize("c", [0.02, 50.0])
def test_factors_solve(size, rates, c):
    system, random = random_system(size, rates, seed=100 + size)
    room = Room(system)
    dense = dense_jacobian(system, random.normal(size=len(system.indices)))
    # The second time the room is no longer new.
    for _ in range(2):
        right = random.normal(size=size)
        straight, out = solved(room, dense, c, right.copy(), np.ones(size))
        np.testing.assert_allclose(
            (np.eye(size) - c * dense) @ out, right, atol=1e-11 * np.abs(out).max() * max(c, 1)
        )
    if c < 1.0:
        assert straight == SURE
    elif size == 40:
        assert straight == EXCHANGED


def full_tail(chain, full, seed):
    """A chain whose members also make one another's neighbours, all of them in a ring with a full block."""
    random = np.random.Generator(np.random.Philox(seed))
    size = chain + full
    pattern = np.eye(size) + np.eye(size, k=1) + np.eye(size, k=-1)
    pattern[chain:, chain:] = 1.0
    sparse = SparseMatrix.from_dense(pattern)
    rates = SparseMatrix.from_dense(np.eye(size))
    return System(size, size, 0, 0, sparse.indptr, sparse.indices, rates), random


# From 16 full unknowns on the last ones are eliminated as a block, four rows at a time.
@pytest.mark.parametrize(("chain", "full"), [(0, 17), (5, 17), (9, 18), (30, 35), (3, 64)])
@pytest.mark.parametrize("c", [0.01, 50.0])
def test_full_end_solves(chain, full, c):
    system, random = full_tail(chain, full, seed=chain + full)
    room, size = Room(system), chain + full
    dense_from = int(room_table(room)["dense"])
    assert size - dense_from >= 16
    jacobian = dense_jacobian(system, random.normal(size=len(system.indices)))
    for _ in range(2):
        right = random.normal(size=size)
        straight, out = solved(room, jacobian, c, right.copy(), np.ones(size))
        matrix = np.eye(size) - c * jacobian
        np.testing.assert_allclose(out, np.linalg.solve(matrix, right), rtol=1e-9, atol=1e-11)
        # Diagonals in charge need no exchange, random numbers do.
        assert straight == (SURE if c < 1.0 else EXCHANGED)


def test_a_bad_pivot_in_the_middle_of_the_full_end():
    system, random = full_tail(0, 24, seed=5)
    room = Room(system)
    table = room_table(room)
    places = np.ctypeslib.as_array((ctypes.c_int64 * 24).from_address(int(table["place"])))
    jacobian = -random.uniform(0.0, 0.01, (24, 24))
    # The diagonal of 1 - J vanishes for the unknown that is eliminated as number 13.
    bad = int(np.flatnonzero(places == 13)[0])
    jacobian[bad, bad] = 1.0
    right = random.normal(size=24)
    straight, out = solved(room, jacobian, 1.0, right.copy(), np.ones(24))
    assert straight == EXCHANGED
    np.testing.assert_allclose(out, np.linalg.solve(np.eye(24) - jacobian, right), rtol=1e-10, atol=1e-12)


def room_table(room):
    """Name → number or address, of the equations of a room."""
    names = Equations.__annotations__
    words = (ctypes.c_int64 * len(names)).from_address(room.equations)
    return dict(zip(names, words, strict=True))


def two_by_two(entries):
    pattern = SparseMatrix.from_dense(np.ones((2, 2)))
    room = Room(System(2, 2, 0, 0, pattern.indptr, pattern.indices, SparseMatrix.from_dense(np.eye(2))))
    places = np.ctypeslib.as_array((ctypes.c_int64 * 2).from_address(int(room_table(room)["place"])))
    # The first row is to be eliminated first.
    return room, np.array(entries)[np.ix_(places, places)], places


def test_small_pivots_that_spoil_nothing_are_left_alone():
    """One molecule makes 1e6 of another, which has no part in what becomes of the first."""
    room, jacobian, places = two_by_two([[-1.0, 0.0], [1e6, -2.0]])
    right, weights = np.array([1.0, 1e6])[places], np.array([1.0, 1e-6])[places]
    expected = np.linalg.solve(np.eye(2) - 10.0 * jacobian, right)
    for is_sure, outcome in ((False, DOUBTFUL), (True, EXCHANGED)):
        went, out = solved(room, jacobian, 10.0, right.copy(), weights, is_sure)
        assert went == outcome
        np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_small_pivots_that_spoil_are_found():
    """Of 1e-9 x + y and x + y, the first pivot's multiples leave nothing of the second row but rounding."""
    size = 1e-9
    room, jacobian, places = two_by_two([[1.0 - size, -1.0], [-1.0, 0.0]])
    right = np.array([1.0, 2.0])[places]
    expected = np.linalg.solve(np.eye(2) - jacobian, right)
    # To seven figures, even so: that is enough for an iteration.
    went, out = solved(room, jacobian, 1.0, right.copy(), np.ones(2), False)
    assert went == DOUBTFUL
    np.testing.assert_allclose(out, expected, rtol=1e-6)
    # Beside 1e5 of the one, a unit of the other is nothing that rounding would leave.
    went, out = solved(room, jacobian, 1.0, right.copy(), np.array([1e5, 1.0])[places], False)
    assert went == EXCHANGED
    np.testing.assert_allclose(out, expected, rtol=1e-12)
