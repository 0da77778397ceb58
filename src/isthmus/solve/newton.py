"""The simplified Newton iteration of an implicit step."""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.equations import Equations, slopes, sparse_times
from isthmus.solve.factorisation import factors_at, solve_factored
from isthmus.solve.ndf_formula import norm
from isthmus.solve.workspace import Workspace, copy_to, fill

CONVERGED = 0
SLOW = 1
UNDEFINED = 2

_MOST_ITERATIONS = 4
# The iteration stops when its remaining error is this part of what the step may err.
_PART_OF_ERROR = 0.02
_ROUNDING = 2.2e-14


@part
def solve_renumbered(equations: Equations, work: Workspace, residual: Floats, out: Floats) -> None:
    """Solve the factorised iteration matrix against a residual in the order of the states."""
    n, place, right, change = equations.states, equations.place, work.right, work.change
    for i in range(n):
        right[place[i]] = residual[i]
    solve_factored(n, factors_at(work.factors), right, change)
    for i in range(n):
        out[i] = change[place[i]]


@part
def mass_times(equations: Equations, vector: Floats, out: Floats) -> None:
    """Write the product of M with a vector."""
    sparse_times(equations.states, equations.mass, equations.mass_column, equations.mass_start, vector, out)


@part
def _rounding_level(n: int, work: Workspace) -> float:
    predicted, weights = work.predicted, work.weights
    largest = 0.0
    for i in range(n):
        largest = max(largest, abs(predicted[i]) / weights[i])
    return _ROUNDING * largest


@part
def iterate(equations: Equations, p: Floats, c: float, work: Workspace) -> tuple[int, int]:
    """Solve ``M (psi + d) = c G v(t, predicted + d)`` for d; return how it went and the rates evaluated.

    ``work.rate`` carries the measured rate of convergence from step to step.
    """
    n = equations.states
    mass_times(equations, work.psi, work.mass_psi)
    copy_to(work.x, work.predicted, n)
    fill(work.correction, 0.0, n)
    fill(work.mass_correction, 0.0, n)
    smallest = _rounding_level(n, work)
    constrained, slope, correction = equations.constrained, work.slope, work.correction
    mass_psi, mass_correction, predicted, x = work.mass_psi, work.mass_correction, work.predicted, work.x
    before = 0.0
    for iteration in range(_MOST_ITERATIONS):
        if not slopes(equations, work.time, work.x, p, work.v, work.slope):
            return UNDEFINED, iteration + 1
        for i in range(n):
            factor = 1.0 if constrained[i] != 0 else c
            slope[i] = factor * slope[i] - mass_psi[i] - mass_correction[i]
        solve_renumbered(equations, work, work.slope, work.slope)
        size = norm(n, work.slope, work.weights)
        if not math.isfinite(size):
            return UNDEFINED, iteration + 1
        for i in range(n):
            correction[i] += slope[i]
            x[i] = predicted[i] + correction[i]
        if size <= smallest:
            return CONVERGED, iteration + 1
        if iteration > 0:
            if size >= 0.9 * before:
                return SLOW, iteration + 1
            work.rate[0] = max(0.9 * work.rate[0], size / before)
        rate = work.rate[0]
        if rate >= 0.0:
            remaining = size * rate / (1.0 - rate)
            if remaining <= _PART_OF_ERROR:
                return CONVERGED, iteration + 1
            for _ in range(iteration + 1, _MOST_ITERATIONS):
                remaining *= rate
            if remaining > _PART_OF_ERROR:
                return SLOW, iteration + 1
        before = size
        mass_times(equations, work.correction, work.mass_correction)
    return SLOW, _MOST_ITERATIONS
