"""Steady states found without leaving the conserved totals."""

import numpy as np
import pytest
from tests.solve import problems

from isthmus.solve import ResultCode, relax


def binding():
    """A + B <-> C."""
    return problems.make_system(
        lambda t, x, p: (p[0] * x[0] * x[1] - p[1] * x[2],),
        lambda t, x, p: ((p[0] * x[1], p[0] * x[0], -p[1]),),
        [[-1.0], [-1.0], [1.0]],
    )


@pytest.mark.parametrize("k", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("total", [1e-8, 1.0, 1e8])
def test_binding_equilibrium(k, total):
    a, b, dissociation = 2.0 * total, 3.0 * total, 0.1 * total
    found = relax(binding(), [a, b, 0.0], [k / total, k * 0.1], scale=1e-14 * total)
    assert found.ok
    bound = 2 * a * b / (s := a + b + dissociation) / (1 + np.sqrt(1 - 4 * a * b / s**2))
    np.testing.assert_allclose(found.x, [a - bound, b - bound, bound], rtol=1e-9)
    assert found.x[0] + found.x[2] == pytest.approx(a, rel=1e-14)
    assert found.x[0] - found.x[1] == pytest.approx(a - b, rel=1e-14)


@pytest.mark.parametrize(("start", "end"), [(0.1, 0.0), (0.29, 0.0), (0.31, 1.0), (3.0, 1.0)])
def test_bistable_follows_its_own_branch(start, end):
    # x' = -x (x - 0.3) (x - 1): 0 and 1 attract, 0.3 repels.
    system = problems.single(lambda t, x: -x * (x - 0.3) * (x - 1), lambda t, x: -(3 * x * x - 2.6 * x + 0.3))
    found = relax(system, [start], [], scale=1e-10)
    assert found.ok
    assert found.x[0] == pytest.approx(end, abs=1e-9)


def test_repelling_steady_state_is_not_accepted():
    system = problems.single(lambda t, x: x - 0.5, lambda t, x: 1.0)
    assert not relax(system, [0.5], []).ok


def test_growth_without_bound_ends():
    system = problems.single(lambda t, x: 1.0 + x * x, lambda t, x: 2 * x)
    assert not relax(system, [0.0], []).ok


def test_not_finite_is_named():
    system = problems.single(lambda t, x: np.nan, lambda t, x: 0.0)
    assert relax(system, [0.0], []).code is ResultCode.NOT_FINITE


def test_nothing_moves():
    system = problems.make_system(lambda t, x, p: (1.0,), lambda t, x, p: ((0.0, 0.0),), [[0.0], [0.0]])
    found = relax(system, [1.0, 2.0], [])
    assert found.ok
    assert found.x.tolist() == [1.0, 2.0]
