"""Systems with constraints of index 1, against the ordinary equations that they equal."""

import numpy as np
import pytest
from tests.solve import problems

from isthmus.solve import ResultCode, solve_ida, solve_ndf

P = problems.ROBERTSON_P
TIMES = np.array([0.0, 1e-3, 0.4, 40.0, 4e3])


def conserved_robertson():
    """Robertson's third equation replaced by 0 = x1 + x2 + x3 - 1."""
    return problems.make_system(
        lambda t, x, p: (p[0] * x[0], p[1] * x[1] * x[2], p[2] * x[1] * x[1], x[0] + x[1] + x[2] - 1),
        lambda t, x, p: ((p[0], 0, 0), (0, p[1] * x[2], p[1] * x[1]), (0, 2 * p[2] * x[1], 0), (1, 1, 1)),
        [[-1, 1, 0, 0], [1, -1, -1, 0], [0, 0, 0, 1]],
        mass=np.diag([1.0, 1.0, 0.0]),
    )


def test_conservation_as_constraint_equals_the_ode():
    atol = [1e-11, 1e-15, 1e-11]
    ode = solve_ndf(problems.robertson(), 0, 4e3, [1, 0, 0], P, 1e-9, atol)
    dae = solve_ndf(conserved_robertson(), 0, 4e3, [1, 0, 0], P, 1e-9, atol)
    assert dae.ok
    np.testing.assert_allclose(dae.at(TIMES), ode.at(TIMES), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(dae.x.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("solve", ["ndf", "ida"])
def test_quasi_steady_state_as_constraint(solve):
    # 0 = p1 x1 - p2 x2 x3 - p3 x2² has the closed positive root used here.
    system = problems.robertson(mass=np.diag([1.0, 0.0, 1.0]))
    start = [1.0, np.sqrt(P[0] / P[2]), 0.0]
    atol = [1e-11, 1e-15, 1e-11]

    def root(first, third):
        b = P[1] * third
        return 2 * P[0] * first / (b + np.sqrt(b * b + 4 * P[2] * P[0] * first))

    reduced = problems.make_system(
        lambda t, x, p: (p[2] * root(x[0], x[1]) ** 2,),
        lambda t, x, p: (
            (
                p[2] * (root(x[0] + 1e-7, x[1]) ** 2 - root(x[0], x[1]) ** 2) / 1e-7,
                p[2] * (root(x[0], x[1] + 1e-7) ** 2 - root(x[0], x[1]) ** 2) / 1e-7,
            ),
        ),
        # x1 loses what the two transfers leave: x1' = -x3' since x2 follows.
        [[-1.0], [1.0]],
    )
    expected = solve_ndf(reduced, 0, 4e3, [1.0, 0.0], P, 1e-9, 1e-12).at(TIMES)
    if solve == "ndf":
        found = solve_ndf(system, 0, 4e3, start, P, 1e-9, atol).at(TIMES)
    else:
        found = solve_ida(system, 0, 4e3, start, P, 1e-9, atol, times=TIMES).at_times
    np.testing.assert_allclose(found[:, [0, 2]], expected, rtol=1e-6, atol=1e-10)
    np.testing.assert_allclose(found[:, 1], root(expected[:, 0], expected[:, 1]), rtol=1e-5)


def test_lumped_rows():
    # A total y = x1 + x2 decays through x2 while 0 = 5 x1 - x2: y' = -x2 = -(5/6) y.
    system = problems.linear([[0.0, -1.0], [5.0, -1.0]], mass=[[1.0, 1.0], [0.0, 0.0]])
    for solution in (
        solve_ndf(system, 0, 3, [1.0, 5.0], [], 1e-9, 1e-12),
        solve_ida(system, 0, 3, [1.0, 5.0], [], 1e-9, 1e-12),
    ):
        assert solution.ok
        np.testing.assert_allclose(solution.x[:, 0], np.exp(-5 / 6 * solution.t), rtol=1e-6)
        np.testing.assert_allclose(solution.x[:, 1], 5 * solution.x[:, 0], rtol=1e-6)


def test_time_dependent_constraint():
    # x' = y, 0 = cos t - y: x = sin t.
    system = problems.make_system(
        lambda t, x, p: (x[1], np.cos(t) - x[1]),
        lambda t, x, p: ((0, 1), (0, -1)),
        np.eye(2),
        mass=np.diag([1.0, 0.0]),
    )
    solution = solve_ndf(system, 0, 6, [0.0, 1.0], [], 1e-9, 1e-11)
    np.testing.assert_allclose(solution.x[:, 0], np.sin(solution.t), atol=1e-7)
    np.testing.assert_allclose(solution.x[:, 1], np.cos(solution.t), atol=1e-7)


@pytest.mark.parametrize("solve", [solve_ndf, solve_ida])
def test_start_off_the_constraint(solve):
    system = conserved_robertson()
    assert solve(system, 0, 1, [1, 0, 0.5], P, 1e-6, 1e-9).code is ResultCode.INCONSISTENT_START
    nearly = solve(system, 0, 1, [1, 0, 3e-9], P, 1e-6, 1e-9)
    assert nearly.ok
    assert nearly.x[0].sum() == pytest.approx(1.0, abs=1e-14)
