"""The start of an integration: a consistent slope and a first step."""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.equations import Equations, jacobian, slopes
from isthmus.solve.factorisation import factors_at
from isthmus.solve.in_order import factorise_step
from isthmus.solve.ndf_formula import norm
from isthmus.solve.newton import solve_step
from isthmus.solve.result import ResultCode
from isthmus.solve.workspace import Workspace, copy_to, fill

_SUCCESS = int(ResultCode.SUCCESS)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_SINGULAR = int(ResultCode.SINGULAR)
_INCONSISTENT = int(ResultCode.INCONSISTENT_START)

# A start off the constraints by more than this many tolerances is the caller's to repair.
_NEAR = 10.0
_CORRECTIONS = 8
# In tolerances: what the last correction must fall below, and what is as good as none.
_CLOSE = 1e-2
_EXACT = 1e-6


@part
def start(equations: Equations, p: Floats, work: Workspace) -> int:
    """Put ``work.x`` exactly on the constraints and write its slope to ``work.psi``; return a result code.

    With the rows of M that are not zero and the Jacobian of the constraints g, the slope solves ``M x' = G
    v`` and ``g_x x' = -g_t``; this matrix is singular exactly where the system is not of index 1.
    """
    n = equations.states
    algebraic = equations.constraints > 0
    if not slopes(equations, work.time, work.x, p, work.v, work.slope):
        return _NOT_FINITE
    known = jacobian(equations, work.time, work.x, p, work.values, work.slots)
    if not known:
        if algebraic:
            return _NOT_FINITE
        # Without constraints the matrix is M, whatever the Jacobian.
        fill(work.slots, 0.0, equations.slots)
    if not factorise_step(equations, work.slots, 0.0, work, factors_at(work.factors), True):
        return _SINGULAR
    if algebraic and not _settle(equations, p, work):
        return _INCONSISTENT
    fill(work.correction, 0.0, equations.states)
    if algebraic:
        _constraint_drift(equations, p, work)
    slopes(equations, work.time, work.x, p, work.v, work.slope)
    for i in range(n):
        if equations.constrained[i] != 0:
            work.slope[i] = work.correction[i]
    solve_step(equations, work, work.slope, work.psi)
    for i in range(n):
        if not math.isfinite(work.psi[i]):
            return _SINGULAR
    return _SUCCESS


@part
def _settle(equations: Equations, p: Floats, work: Workspace) -> bool:
    """Correct the state onto the constraints with M x held; return whether a small correction did it."""
    fill(work.correction, 0.0, equations.states)
    before = math.inf
    for _ in range(_CORRECTIONS):
        for i in range(equations.states):
            if equations.constrained[i] == 0:
                work.slope[i] = 0.0
        solve_step(equations, work, work.slope, work.psi)
        size = norm(equations.states, work.psi, work.weights)
        if not size < before:
            return before <= _CLOSE
        _add(equations.states, work.psi, work.correction)
        if norm(equations.states, work.correction, work.weights) > _NEAR:
            return False
        _add(equations.states, work.psi, work.x)
        if size <= _EXACT:
            return True
        before = size
        if not slopes(equations, work.time, work.x, p, work.v, work.slope):
            return False
    return before <= _CLOSE


@part
def _add(n: int, change: Floats, target: Floats) -> None:
    for i in range(n):
        target[i] += change[i]


@part
def _constraint_drift(equations: Equations, p: Floats, work: Workspace) -> None:
    """Write the derivative of ``G v`` with respect to time alone, by a forward difference."""
    now = work.time[0]
    small = 1.5e-8 * max(abs(now), 1e-3 * work.rate[0])
    if not slopes(equations, work.time, work.x, p, work.v, work.slope):
        return
    copy_to(work.predicted, work.slope, equations.states)
    work.time[0] = now + small
    if small > 0.0 and slopes(equations, work.time, work.x, p, work.v, work.slope):
        for i in range(equations.states):
            work.correction[i] = (work.slope[i] - work.predicted[i]) / (work.time[0] - now)
    work.time[0] = now


@part
def first_step(equations: Equations, p: Floats, span: float, rtol: float, work: Workspace) -> float:
    """Return a step whose error at order 1 is about what is allowed, from x'' where it is known."""
    # Over the first hundredth of the span the tolerances see nothing smaller.
    longest = 0.01 * span
    speed = 1.25 * norm(equations.states, work.psi, work.weights) * math.sqrt(rtol)
    if equations.constraints > 0 or not jacobian(equations, work.time, work.x, p, work.values, work.slots):
        return _at_most(longest, speed)
    fill(work.correction, 0.0, equations.states)
    _constraint_drift(equations, p, work)
    for k in range(equations.slots):
        work.correction[equations.slot_row[k]] += work.slots[k] * work.psi[equations.slot_column[k]]
    solve_step(equations, work, work.correction, work.predicted)
    bend = 1.25 * math.sqrt(0.5 * norm(equations.states, work.predicted, work.weights))
    return _at_most(longest, bend if math.isfinite(bend) else speed)


@part
def _at_most(longest: float, frequency: float) -> float:
    return longest if frequency * longest <= 1.0 else 1.0 / frequency
