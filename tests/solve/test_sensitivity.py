"""Sensitivities of linear systems against the matrix exponential, and what the driver refuses or reports."""

import ctypes

import numpy as np
import pytest
from scipy.linalg import expm
from tests.solve import problems

from isthmus.errors import NumericalError
from isthmus.solve import ResultCode, SparseMatrix
from isthmus.solve.sensitivity import Forcing, solve_sensitivities

SIZE, INPUTS = 7, 3
RANDOM = np.random.Generator(np.random.Philox(11))
MATRIX = RANDOM.normal(size=(SIZE, SIZE)) - 3.0 * np.eye(SIZE)
INPUT = RANDOM.normal(size=(SIZE, INPUTS))
P = np.array([0.5, -1.0, 2.0])
START = RANDOM.normal(size=SIZE)
TIMES = np.linspace(0.0, 2.0, 9)


def driven(mass=None):
    """``M x' = A x + B p``: the rates are the states and then the parameters."""
    return problems.make_system(
        lambda t, x, p: [*(x[i] for i in range(SIZE)), *(p[i] for i in range(INPUTS))],
        lambda t, x, p: np.vstack([np.eye(SIZE), np.zeros((INPUTS, SIZE))]),
        np.hstack([MATRIX, INPUT]),
        pattern=np.vstack([np.eye(SIZE, dtype=bool), np.zeros((INPUTS, SIZE), dtype=bool)]),
        mass=mass,
    )


def forcing(direction) -> Forcing:
    """dv/dp: a one for each input."""

    @problems._KERNEL
    def ones(t, x, p, out):
        for i in range(INPUTS):
            out[i] = 1.0

    pattern = SparseMatrix.from_dense(np.vstack([np.zeros((SIZE, INPUTS)), np.eye(INPUTS)]))
    address = ctypes.cast(ones, ctypes.c_void_p).value or 0
    return Forcing(address, pattern.indptr, pattern.indices, np.asarray(direction, dtype=float), ones)


def closed_form(direction, begun, mass=None):
    scale = np.eye(SIZE) if mass is None else np.linalg.inv(mass)
    a, b = scale @ MATRIX, scale @ INPUT @ direction
    moved = [expm(a * t) for t in TIMES]
    return np.array([e @ begun + np.linalg.solve(a, (e - np.eye(SIZE)) @ b) for e in moved])


@pytest.mark.parametrize("with_mass", [False, True])
@pytest.mark.parametrize("columns", [1, 8, 11])
def test_linear_system_against_the_exponential(with_mass, columns):
    random = np.random.Generator(np.random.Philox(columns))
    mass = np.eye(SIZE) + 0.2 * random.normal(size=(SIZE, SIZE)) if with_mass else None
    direction, begun = random.normal(size=(INPUTS, columns)), random.normal(size=(SIZE, columns))
    found = solve_sensitivities(
        driven(mass),
        forcing(direction),
        0.0,
        2.0,
        START,
        begun,
        P,
        1e-9,
        1e-11,
        np.full((SIZE, columns), 1e-11),
        times=TIMES,
    )
    assert found.ok
    exact = closed_form(direction, begun, mass)
    np.testing.assert_allclose(found.sensitivities, exact, atol=1e-7 * np.abs(exact).max())


def test_a_system_whose_elimination_ends_full():
    """So many unknowns that depend on all others are eliminated as a block, and its entries listed after."""
    random = np.random.Generator(np.random.Philox(30))
    size = 30
    matrix = random.normal(size=(size, size)) - 8.0 * np.eye(size)

    def nothing(t, x, p, out):
        pass

    pattern = SparseMatrix.from_dense(np.zeros((size, 0)))
    kernel = problems._KERNEL(nothing)
    address = ctypes.cast(kernel, ctypes.c_void_p).value or 0
    begun = random.normal(size=(size, 5))
    found = solve_sensitivities(
        problems.linear(matrix),
        Forcing(address, pattern.indptr, pattern.indices, np.zeros((0, 5)), kernel),
        0.0,
        1.0,
        random.normal(size=size),
        begun,
        [],
        1e-9,
        1e-11,
        np.full((size, 5), 1e-11),
        times=[0.1, 1.0],
    )
    assert found.ok
    exact = np.array([expm(matrix * t) @ begun for t in (0.1, 1.0)])
    np.testing.assert_allclose(found.sensitivities, exact, atol=1e-7 * np.abs(exact).max())


def test_some_rows_are_those_of_all():
    direction, begun = np.eye(INPUTS), np.zeros((SIZE, INPUTS))
    arguments = (driven(), forcing(direction), 0.0, 2.0, START, begun, P)
    everything = solve_sensitivities(*arguments, times=TIMES)
    some = solve_sensitivities(*arguments, times=TIMES, rows=[4, 1])
    assert np.array_equal(some.sensitivities, everything.sensitivities[:, [4, 1]])
    assert np.array_equal(some.x, everything.x)


def test_the_output_grid_changes_nothing():
    direction, begun = np.eye(INPUTS), np.zeros((SIZE, INPUTS))
    arguments = (driven(), forcing(direction), 0.0, 2.0, START, begun, P)
    coarse = solve_sensitivities(*arguments, times=[1.0, 2.0])
    fine = solve_sensitivities(*arguments, times=np.linspace(0.0, 2.0, 101))
    assert np.array_equal(coarse.sensitivities, fine.sensitivities[[50, 100]])


def test_stopping_early_keeps_what_was_reached():
    direction, begun = np.eye(INPUTS), np.zeros((SIZE, INPUTS))
    arguments = (driven(), forcing(direction), 0.0, 2.0, START, begun, P)
    cancelled = solve_sensitivities(*arguments, times=TIMES, cancel=np.ones(1, dtype=np.int64))
    assert cancelled.code is ResultCode.CANCELLED
    assert np.array_equal(cancelled.x[0], START)
    short = solve_sensitivities(*arguments, times=TIMES, max_steps=20)
    assert short.code is ResultCode.MAX_STEPS
    reached = short.reached >= TIMES
    assert np.isfinite(short.sensitivities[reached]).all()
    assert np.isnan(short.sensitivities[~reached]).all()


def test_a_forcing_that_is_not_a_number_is_reported():
    direction, begun = np.full((INPUTS, 1), np.inf), np.zeros((SIZE, 1))
    found = solve_sensitivities(driven(), forcing(direction), 0.0, 2.0, START, begun, P, times=TIMES)
    assert found.code is ResultCode.NOT_FINITE


def test_constraints_and_wild_times_are_refused():
    direction, begun = np.eye(INPUTS), np.zeros((SIZE, INPUTS))
    singular = driven(np.diag([1.0] * (SIZE - 1) + [0.0]))
    with pytest.raises(NumericalError, match="E-SOLVE-CONSTRAINED"):
        solve_sensitivities(singular, forcing(direction), 0.0, 2.0, START, begun, P, times=TIMES)
    for times in ([2.0, 1.0], [-1.0], [3.0]):
        with pytest.raises(NumericalError, match="E-SOLVE-TIMES"):
            solve_sensitivities(driven(), forcing(direction), 0.0, 2.0, START, begun, P, times=times)
