"""How integrations end that cannot succeed: by name, quickly, keeping what was finished."""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from tests.solve import problems

from isthmus.errors import NumericalError
from isthmus.solve import ResultCode, solve_cvode, solve_ida, solve_ndf, solve_radau

EVERY: list[Callable] = [solve_ndf, solve_cvode, solve_ida, solve_radau]


@pytest.mark.parametrize("solve", EVERY)
def test_blow_up_ends(solve):
    # x' = x², x(0) = 1: x = 1 / (1 - t) has no value at t = 1.
    system = problems.single(lambda t, x: x * x, lambda t, x: 2 * x)
    solve(system, 0, 0.5, [1.0], [])
    started = time.perf_counter()
    result = solve(system, 0.0, 2.0, [1.0], [], 1e-6, 1e-9)
    # SciPy's Radau needs some thousand Python calls to see it.
    assert solve is solve_radau or time.perf_counter() - started < 1.0
    assert result.code in (ResultCode.STEP_UNDERFLOW, ResultCode.NOT_FINITE, ResultCode.NEWTON_FAILED)
    assert not result.ok
    assert result.t[-1] == pytest.approx(1.0, abs=1e-3)
    assert result.steps > 10


@pytest.mark.parametrize("solve", EVERY)
def test_not_a_number_at_the_start(solve):
    system = problems.single(lambda t, x: math.nan, lambda t, x: 0.0)
    result = solve(system, 0.0, 1.0, [1.0], [])
    assert result.code is ResultCode.NOT_FINITE
    assert result.steps == 0


@pytest.mark.parametrize("solve", [solve_ndf, solve_cvode])
def test_not_a_number_on_the_way(solve):
    # x' = -sqrt(x) reaches zero at t = 2; beyond it there is no solution.
    def rate(t, x):
        return -math.sqrt(x) if x >= 0 else math.nan

    system = problems.single(rate, lambda t, x: -0.5 / math.sqrt(x) if x > 0 else math.nan)
    result = solve(system, 0.0, 5.0, [1.0], [], 1e-8, 1e-10)
    assert result.code is not ResultCode.SUCCESS
    assert result.t[-1] == pytest.approx(2.0, abs=1e-2)
    assert result.x[-1, 0] == pytest.approx(0.0, abs=1e-4)


def test_infinite_derivative_at_the_start_is_survived():
    # x' = sqrt(x) + 1 from 0 has an infinite Jacobian at its start only: t = 2 (s - ln(1 + s)), s = sqrt(x).
    system = problems.single(
        lambda t, x: math.sqrt(max(x, 0.0)) + 1, lambda t, x: 0.5 / math.sqrt(x) if x > 0 else math.inf
    )
    solution = solve_ndf(system, 0.0, 1.0, [0.0], [], 1e-8, 1e-10)
    assert solution.ok
    root = math.sqrt(solution.x[-1, 0])
    assert 2 * (root - math.log1p(root)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("solve", EVERY)
def test_step_limit(solve):
    result = solve(problems.robertson(), 0, 1e6, [1, 0, 0], problems.ROBERTSON_P, 1e-8, 1e-12, max_steps=20)
    assert result.code is ResultCode.MAX_STEPS
    assert result.steps == 20


def test_cancelled_before_and_during():
    flag = np.ones(1, dtype=np.int64)
    assert solve_ndf(problems.robertson(), 0, 40, [1, 0, 0], problems.ROBERTSON_P, cancel=flag).steps == 0
    flag[0] = 0
    calls = [0]

    def rate(t, x):
        calls[0] += 1
        if calls[0] == 500:
            flag[0] = 1
        return -x + math.sin(t)

    solution = solve_ndf(
        problems.single(rate, lambda t, x: -1.0), 0, 1e6, [1.0], [], 1e-8, 1e-10, cancel=flag
    )
    assert solution.code is ResultCode.CANCELLED
    assert 0 < solution.steps < 500
    assert solution.at([0.5 * solution.t[-1]]).shape == (1, 1)


def test_singular_index_two():
    # x' = y, 0 = x - 1 does not determine y by its own equation.
    system = problems.linear([[0.0, 1.0], [1.0, 0.0]], mass=[[1.0, 0.0], [0.0, 0.0]])
    assert solve_ndf(system, 0, 1, [0.0, 0.0], []).code is ResultCode.SINGULAR
    assert solve_ida(system, 0, 1, [0.0, 0.0], []).code is ResultCode.SINGULAR


def test_beyond_the_end_is_refused():
    solution = solve_ndf(problems.single(lambda t, x: -x, lambda t, x: -1.0), 0, 1, [1.0], [])
    with pytest.raises(NumericalError, match="times within the solution"):
        solution.at([1.1])
    with pytest.raises(NumericalError):
        solution.at([np.nan])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"x0": [1.0, 2.0]}, "shape"),
        ({"x0": [math.nan]}, "finite"),
        ({"rtol": 0.0}, "rtol"),
        ({"atol": 0.0}, "positive"),
        ({"t1": -1.0}, "before the start"),
        ({"max_steps": 0}, "one step"),
    ],
)
def test_input_is_refused_by_name(change, word):
    arguments = {"t0": 0.0, "t1": 1.0, "x0": [1.0], "p": [], **change}
    system = problems.single(lambda t, x: -x, lambda t, x: -1.0)
    for solve in EVERY:
        with pytest.raises(NumericalError, match=word):
            solve(system, **arguments)


@pytest.mark.parametrize("solve", EVERY)
def test_no_time_at_all(solve):
    result = solve(problems.single(lambda t, x: -x, lambda t, x: -1.0), 3.0, 3.0, [1.0], [])
    assert result.ok
    assert result.t.tolist() == [3.0]
    assert result.x.tolist() == [[1.0]]


def test_every_code_gives_advice():
    assert len({code.advice for code in ResultCode}) == len(ResultCode)
