"""Sums that are written out against the loops that they take over from: the same bits."""

import numpy as np
import pytest

from isthmus.dynamics.rates import read_rates
from isthmus.dynamics.system import SparseMatrix, System
from isthmus.formats import read_model
from isthmus.simulate.rates import run
from isthmus.solve import unrolled
from isthmus.solve.compiled import entry
from isthmus.solve.equations import Equations, equations_at, packed, row_sums
from isthmus.solve.factorisation import SURE, factors_at
from isthmus.solve.in_order import factorise_step, solve_in_order
from isthmus.solve.native_call import floats_at
from isthmus.solve.workspace import Room, workspace_at


@entry
def multiply(numbers: int, v: int, out: int) -> None:
    row_sums(equations_at(numbers), floats_at(v), floats_at(out))


@entry
def factorise(numbers: int, table: int, slots: int, c: float) -> int:
    equations, work = equations_at(numbers), workspace_at(table)
    factorise_step(equations, floats_at(slots), c, work, factors_at(work.factors), True)
    return work.straight[0]


@entry
def solve(numbers: int, table: int, right: int, out: int) -> None:
    work = workspace_at(table)
    solve_in_order(equations_at(numbers), factors_at(work.factors), floats_at(right), floats_at(out))


def random_system(size, seed, coefficients=(-2.0, -1.0, 1.0, 0.5)):
    """Rows of G with 0 to 12 entries; each rate depends on the state of its number and on another one."""
    random = np.random.Generator(np.random.Philox(seed))
    gain = np.zeros((size, size))
    for i in range(size):
        columns = random.choice(size, size=min(int(random.integers(0, 13)), size), replace=False)
        gain[i, columns] = random.choice(coefficients, len(columns))
    slopes = np.eye(size)
    slopes[np.arange(size), random.integers(0, size, size)] = 1.0
    pattern = SparseMatrix.from_dense(slopes)
    return System(size, size, 0, 0, pattern.indptr, pattern.indices, SparseMatrix.from_dense(gain)), random


def word(system, field):
    return int(packed(system)[list(Equations.__annotations__).index(field)])


@pytest.mark.parametrize("size", [12, 40, 150])
def test_sums_and_solutions_keep_their_bits(size):
    system, random = random_system(size, seed=size)
    room, v = Room(system), random.normal(size=size)
    slots, right = 0.01 * random.normal(size=word(system, "slots")), random.normal(size=size)
    assert factorise(room.equations, room.address, slots.ctypes.data, 1.0) == SURE

    def results():
        sums, begun, out = np.full(size, np.nan), right.copy(), np.full(size, np.nan)
        multiply(room.equations, v.ctypes.data, sums.ctypes.data)
        solve(room.equations, room.address, begun.ctypes.data, out.ctypes.data)
        return sums, out

    looped = results()
    keep = unrolled.unroll(system)
    assert keep is not None
    assert word(system, "unrolled_sums") != 0
    assert size < 40 or (word(system, "unrolled_lower") != 0 and word(system, "unrolled_upper") != 0)
    for loop, straight in zip(looped, results(), strict=True):
        np.testing.assert_array_equal(loop, straight)
    np.testing.assert_allclose(looped[0], system.gain.dense() @ v, rtol=1e-12, atol=1e-12)


def test_products_that_are_rounded_stay_in_their_loop():
    system, _ = random_system(40, seed=3, coefficients=(1.0, 3.0))
    unrolled.unroll(system)
    assert word(system, "unrolled_sums") == 0


def test_a_function_of_many_rows_is_cut(monkeypatch):
    monkeypatch.setattr(unrolled, "_LINES_PER_FUNCTION", 20)
    system, _ = random_system(60, seed=9)
    assert unrolled.sums_text(system).count("define internal") > 10


CHAIN = "; ".join([f"S{i} -> S{i + 1}; k*S{i} - k/2*S{i + 1}" for i in range(40)]) + "; S0 = 1; k = 3"
CHAIN += "".join(f"; S{i} = 0" for i in range(1, 41))


def test_takes_over_in_the_middle_of_use(monkeypatch):
    dynamics = read_rates(read_model(CHAIN))
    monkeypatch.setattr(unrolled, "_OFTEN", 150)
    system = dynamics.live_system
    runs: list[np.ndarray] = []
    while len(runs) < 3 or word(system, "unrolled_lower") == 0:
        runs.append(run(dynamics, 5.0, atol=1e-9).solution.x)
        assert len(runs) < 20
    runs.append(run(dynamics, 5.0, atol=1e-9).solution.x)
    for found in runs[1:]:
        np.testing.assert_array_equal(found, runs[0])


def test_threads_leave_the_code_alone(monkeypatch):
    import threading

    monkeypatch.setattr(unrolled, "_OFTEN", 1)
    system, _ = random_system(40, seed=4)
    other = threading.Thread(target=unrolled.note_use, args=(system, 10))
    other.start()
    other.join()
    assert "unrolled" not in system.derived
    unrolled.note_use(system, 10)
    assert system.derived["unrolled"] is not None
    assert word(system, "unrolled_sums") != 0
