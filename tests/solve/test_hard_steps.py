"""Steps that error control alone handles badly: jumps of the rates in time, and modes that ring."""

import numpy as np
import pytest
from tests.solve import problems

from isthmus.solve import ResultCode, relax, solve_ndf
from isthmus.solve.stability import all_decay


def on_off(period):
    """x' = 1 on every other period; y' = x - y + cos 2t keeps steps short enough to see that."""
    return problems.make_system(
        lambda t, x, p: (float(int(t // period) % 2), x[0] + np.cos(2 * t), x[1]),
        lambda t, x, p: ((0, 0), (1, 0), (0, 1)),
        [[1.0, 0.0, 0.0], [0.0, 1.0, -1.0]],
        pattern=((0, 0), (1, 0), (0, 1)),
    )


@pytest.mark.parametrize("period", [4.0, 3.7])
@pytest.mark.parametrize("atol", [1e-9, 1e-24])
def test_jumps_in_time(period, atol):
    # With atol 1e-24 nothing but a step of a few ulp can pass the first jump within the tolerance.
    solution = solve_ndf(on_off(period), 0.0, 39.0, [0.0, 0.0], [], 1e-8, atol)
    assert solution.ok
    times = np.linspace(0.0, 39.0, 101)
    cycles, rest = np.divmod(times, 2 * period)
    exact = cycles * period + np.maximum(rest - period, 0.0)
    # A step over one of the ten jumps may err by rtol x sqrt(n) over the error constant: 1e-8 · 20 · 1.4 · 6.
    np.testing.assert_allclose(solution.at(times)[:, 0], exact, atol=10 * 1.7e-6)


def test_step_may_end_on_the_jump():
    # x' jumps at t = 40, which a step of 2^-k hits exactly.
    system = problems.single(lambda t, x: 0.0 if t < 40.0 else 18.2, lambda t, x: 0.0)
    solution = solve_ndf(system, 0.0, 100.0, [0.0], [], 1e-8, 1e-22)
    assert solution.ok
    assert solution.x[-1, 0] == pytest.approx(18.2 * 60.0, rel=1e-7)


def test_a_singularity_is_no_jump():
    # x = (1 - t)^(1/3) has an infinite slope at its zero, and no real continuation by these rates.
    system = problems.single(
        lambda t, x: -1.0 / (3.0 * x * x) if x > 0 else float("nan"),
        lambda t, x: 2.0 / (3.0 * x**3) if x > 0 else float("nan"),
    )
    solution = solve_ndf(system, 0.0, 2.0, [1.0], [], 1e-8, 1e-10)
    assert not solution.ok
    assert solution.t[-1] == pytest.approx(1.0, abs=1e-2)


def spiral(damping):
    """x'' = 1 - x - 2 damping x', about a steady state of size 1."""
    return problems.linear([[0.0, 1.0, 0.0], [-1.0, -2.0 * damping, 1.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("damping", [0.01, 0.05, 0.2])
def test_a_spiral_comes_to_rest(damping):
    end = 1000 * 2 * np.pi
    solution = solve_ndf(spiral(damping), 0.0, end, [2.0, 0.0, 1.0], [], 1e-6, 1e-9)
    assert solution.ok
    # By half of the time the mode has fallen by exp(-0.01 * 3141) = 2e-14, far below any tolerance.
    late = solution.t > end / 2
    assert late.sum() < 20
    assert np.abs(solution.x[late, :2] - [1.0, 0.0]).max() < 1e-8


def test_a_weakly_damped_oscillation_is_followed():
    damping, end = 0.001, 100 * 2 * np.pi
    solution = solve_ndf(spiral(damping), 0.0, end, [2.0, 0.0, 1.0], [], 1e-8, 1e-10)
    frequency = np.sqrt(1 - damping**2)
    times = np.linspace(0.0, end, 500)
    wave = np.cos(frequency * times) + damping / frequency * np.sin(frequency * times)
    # Phase errors grow with time: 630 radians at some 1e-8 a radian.
    np.testing.assert_allclose(solution.at(times)[:, 0], 1.0 + np.exp(-damping * times) * wave, atol=1e-4)


def test_brusselator_below_the_hopf_point_comes_to_rest():
    system = problems.make_system(
        lambda t, x, p: (1.0, p[0] * x[0], x[0] * x[0] * x[1], x[0]),
        lambda t, x, p: ((0, 0), (p[0], 0), (2 * x[0] * x[1], x[0] * x[0]), (1, 0)),
        [[1, -1, 1, -1], [0, 1, -1, 0]],
        pattern=((0, 0), (1, 0), (1, 1), (1, 0)),
    )
    solution = solve_ndf(system, 0.0, 3000.0, [1.2, 2.0], [1.9], 1e-6, 1e-9)
    assert solution.ok
    # Decay at 0.05: gone after some 600 time units.
    assert (solution.t > 1500.0).sum() < 20
    np.testing.assert_allclose(solution.x[-1], [1.0, 1.9], rtol=1e-8)


def test_rest_with_a_neutral_direction():
    # x' = -x y, y' = -y: at y = 0 nothing moves x, so that the Jacobian is singular there.
    system = problems.make_system(
        lambda t, x, p: (x[0] * x[1], x[1]),
        lambda t, x, p: ((x[1], x[0]), (0, 1)),
        [[-1.0, 0.0], [0.0, -1.0]],
        pattern=((1, 1), (0, 1)),
    )
    found = relax(system, [1.0, 0.0], [])
    assert found.ok
    assert found.x.tolist() == [1.0, 0.0]


def test_not_finite_derivative_is_named():
    system = problems.single(lambda t, x: 1.0 - x, lambda t, x: float("inf"))
    assert relax(system, [0.0], []).code is ResultCode.NOT_FINITE


def test_decay_of_stacks_agrees_with_eigenvalues():
    random = np.random.Generator(np.random.Philox(5))
    verdicts = []
    for size in (0, 1, 2, 5, 9):
        for shift in (0.0, 1.0, 2.0, 4.0, 20.0):
            stack = random.normal(size=(4, size, size)) - shift * np.eye(size)
            rates = np.linalg.eigvals(stack) if size else np.zeros((4, 0))
            verdicts.append(all_decay(stack))
            assert verdicts[-1] == bool((rates.real < 0.0).all())
    assert True in verdicts
    assert False in verdicts
    assert not all_decay(np.full((1, 2, 2), np.nan))
