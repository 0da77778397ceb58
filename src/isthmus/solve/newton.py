"""The simplified Newton iteration of an implicit step."""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part, summing
from isthmus.solve.equations import Equations, row_sums, slopes, sparse_times
from isthmus.solve.factorisation import factors_at
from isthmus.solve.in_order import solve_in_order
from isthmus.solve.native_call import call_kernel
from isthmus.solve.ndf_formula import norm
from isthmus.solve.workspace import Workspace, copy_to, fill

CONVERGED = 0
SLOW = 1
UNDEFINED = 2

_MOST_ITERATIONS = 4
# The iteration stops when its remaining error is this part of what the step may err. With 0.1 it takes a
# quarter more iterations for no better a curve, with 0.3 a tenth more steps: noise keeps the order down.
_PART_OF_ERROR = 0.2
# What an iteration leaves of the error, until it is measured with these factors; one that was measured counts
# less by and by, and none is trusted to be better than the last.
_RATE_AT_FIRST = 0.2
_FORGETTING = 0.9
LEAST_RATE = 0.05
_ROUNDING = 2.2e-14


@part
def solve_step(equations: Equations, work: Workspace, residual: Floats, out: Floats) -> None:
    """Solve the factorised iteration matrix against a residual, which is kept."""
    copy_to(work.right, residual, equations.states)
    solve_in_order(equations, factors_at(work.factors), work.right, out)


@part
def mass_times(equations: Equations, vector: Floats, out: Floats) -> None:
    """Write the product of M with a vector."""
    sparse_times(equations.states, equations.mass, equations.mass_column, equations.mass_start, vector, out)


@part
def iterate(equations: Equations, p: Floats, c: float, work: Workspace) -> tuple[int, int]:
    """Solve ``M (psi + d) = c G v(t, predicted + d)`` for d; return how it went and the rates evaluated.

    ``work.rate`` carries the measured rate of convergence from step to step, negative where none is known,
    and the norm of d.
    """
    n = equations.states
    correction, predicted, x = work.correction, work.predicted, work.x
    fill(correction, 0.0, n)
    if equations.plain == 0:
        mass_times(equations, work.psi, work.mass_psi)
        fill(work.mass_correction, 0.0, n)
    before = 0.0
    for iteration in range(_MOST_ITERATIONS):
        at = predicted if iteration == 0 else x
        if equations.plain != 0:
            _plain_residual(equations, p, c, at, work)
        else:
            if iteration > 0:
                mass_times(equations, correction, work.mass_correction)
            _residual(equations, p, c, at, work)
        solve_in_order(equations, factors_at(work.factors), work.right, work.change)
        size = _correct(n, work.change, work.weights, predicted, correction, x)
        if not math.isfinite(size):
            return UNDEFINED, iteration + 1
        shrinks = iteration == 0 or size < 0.9 * before
        if iteration > 0 and shrinks:
            work.rate[0] = max(_FORGETTING * work.rate[0], size / before, LEAST_RATE)
        rate = work.rate[0]
        known = rate >= 0.0
        if not known:
            rate = _RATE_AT_FIRST
        remaining = size * rate / (1.0 - rate)
        if (shrinks and remaining <= _PART_OF_ERROR) or size <= _ROUNDING * norm(n, predicted, work.weights):
            work.rate[1] = size if iteration == 0 else norm(n, correction, work.weights)
            return CONVERGED, iteration + 1
        if not shrinks:
            return SLOW, iteration + 1
        if known:
            for _ in range(iteration + 1, _MOST_ITERATIONS):
                remaining *= rate
            if remaining > _PART_OF_ERROR:
                return SLOW, iteration + 1
        before = size
    return SLOW, _MOST_ITERATIONS


@part
def _plain_residual(equations: Equations, p: Floats, c: float, x: Floats, work: Workspace) -> None:
    """Write ``c G v - psi - d``."""
    call_kernel(equations.rates_address, work.time, x, p, work.v)
    row_sums(equations, work.v, work.right)
    right, psi, correction = work.right, work.psi, work.correction
    for i in range(equations.states):
        right[i] = c * right[i] - psi[i] - correction[i]


@part
def _residual(equations: Equations, p: Floats, c: float, x: Floats, work: Workspace) -> None:
    """Write ``c G v - M (psi + d)``, constraints without the c."""
    slopes(equations, work.time, x, p, work.v, work.right)
    constrained, right = equations.constrained, work.right
    mass_psi, mass_correction = work.mass_psi, work.mass_correction
    for i in range(equations.states):
        factor = 1.0 if constrained[i] != 0 else c
        right[i] = factor * right[i] - mass_psi[i] - mass_correction[i]


@summing
def _correct(
    n: int, change: Floats, weights: Floats, predicted: Floats, correction: Floats, x: Floats
) -> float:
    """Add what was solved for; return its norm."""
    total = 0.0
    for i in range(n):
        step = change[i]
        correction[i] += step
        x[i] = predicted[i] + correction[i]
        ratio = step * weights[i]
        total += ratio * ratio
    return float(math.sqrt(total / n))
