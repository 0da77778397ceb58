"""The loop of the NDF integrator: step, judge, choose order and step anew."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled, part
from isthmus.solve.equations import Equations, equations_at, iteration_matrix, jacobian
from isthmus.solve.factorisation import factorise
from isthmus.solve.native_call import floats_at, row_at
from isthmus.solve.ndf_formula import (
    ALPHA,
    ERROR_CONSTANT,
    HIGHEST_ORDER,
    accept,
    norm,
    predict,
    rescale,
    weights_of,
)
from isthmus.solve.ndf_start import first_step, start
from isthmus.solve.newton import CONVERGED, UNDEFINED, iterate
from isthmus.solve.result import ResultCode
from isthmus.solve.storage import Storage, enlarged, keep_step, make_storage
from isthmus.solve.workspace import Workspace, copy_to, workspace_at

_SUCCESS = int(ResultCode.SUCCESS)
_MAX_STEPS = int(ResultCode.MAX_STEPS)
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_NEWTON_FAILED = int(ResultCode.NEWTON_FAILED)
_SINGULAR = int(ResultCode.SINGULAR)
_CANCELLED = int(ResultCode.CANCELLED)

_BETWEEN_LOOKS = 100
_FIRST_ROOM = 128
_SMALLEST_STEP = 16 * 2.220446049250313e-16
_LARGEST_GROWTH = 10.0
# A step is kept unless it can grow by this: every change costs a factorisation.
_WORTH_CHANGING = 1.2

STEPS, REJECTED, RATES, JACOBIANS, FACTORISATIONS, NEWTON_FAILURES = range(6)


@compiled
def begin(
    numbers: Indices,
    table: Indices,
    t0: float,
    t1: float,
    x0: Floats,
    parameters: Floats,
    rtol: float,
    tolerances: Floats,
) -> tuple[int, float]:
    """Prepare the workspace; return a result code and the first step."""
    equations = equations_at(numbers.ctypes.data)
    n = equations.states
    work = workspace_at(table.ctypes.data)
    p, atol = floats_at(parameters.ctypes.data), floats_at(tolerances.ctypes.data)
    work.time[0] = t0
    for i in range(n):
        work.x[i] = x0[i]
    weights_of(n, work.x, work.x, rtol, atol, work.weights)
    work.rate[0] = t1 - t0
    code = start(equations, p, work)
    if code != _SUCCESS:
        return code, 0.0
    h = first_step(equations, p, t1 - t0, rtol, work)
    copy_to(work.differences, work.x, n)
    for i in range(n):
        work.differences[n + i] = h * work.psi[i]
    return code, h


@compiled
def march(
    numbers: Indices,
    table: Indices,
    t1: float,
    h: float,
    parameters: Floats,
    rtol: float,
    tolerances: Floats,
    max_steps: int,
    cancel: Indices,
) -> tuple[int, Storage, Indices]:
    """Integrate to t1 from the prepared workspace; return a code, the accepted steps and counts of work."""
    equations = equations_at(numbers.ctypes.data)
    work = workspace_at(table.ctypes.data)
    p, atol = floats_at(parameters.ctypes.data), floats_at(tolerances.ctypes.data)
    counts = np.zeros(6, dtype=np.int64)
    storage = make_storage(_FIRST_ROOM, equations.states)
    storage.t[0] = work.time[0]
    for i in range(equations.states):
        storage.x[0, i] = work.x[i]
    n, t = equations.states, work.time[0]
    # Plain literals would make numba compile every callee twice.
    order, equal, failures = int(np.int64(1)), int(np.int64(0)), int(np.int64(0))
    current, linearised, factored = False, False, 0.0
    trouble = _STEP_UNDERFLOW
    for attempt in range(2 * max_steps):
        if counts[STEPS] >= max_steps:
            return _MAX_STEPS, storage, counts
        if attempt % _BETWEEN_LOOKS == 0 and cancel[0] != 0:
            return _CANCELLED, storage, counts
        if h < _SMALLEST_STEP * abs(t) or h < 1e-300:
            return trouble, storage, counts
        last = 1.1 * h >= t1 - t
        if last and h != t1 - t:
            rescale(n, work.differences, order, (t1 - t) / h, work.small)
            h, equal = t1 - t, 0
        work.time[0] = t1 if last else t + h
        predict(n, work.differences, order, work.predicted, work.psi)
        weights_of(n, work.differences, work.predicted, rtol, atol, work.weights)
        if not linearised:
            if not _linearise(equations, t, p, work):
                h, trouble = 0.25 * h, _NOT_FINITE
                rescale(n, work.differences, order, 0.25, work.small)
                equal = 0
                continue
            counts[JACOBIANS] += 1
            current, linearised, factored = True, True, 0.0
        c = h / ALPHA[order]
        solvable = True
        if c != factored:
            iteration_matrix(equations, work.slots, c, work.matrix)
            solvable = factorise(n, work)
            factored = c if solvable else 0.0
            counts[FACTORISATIONS] += 1
            work.rate[0] = -1.0
        outcome = UNDEFINED
        if solvable:
            outcome, evaluated = iterate(equations, p, c, work)
            counts[RATES] += evaluated
        if outcome != CONVERGED:
            counts[NEWTON_FAILURES] += 1
            if not current:
                linearised = False
                continue
            if solvable:
                trouble = _NOT_FINITE if outcome == UNDEFINED else _NEWTON_FAILED
            else:
                trouble = _SINGULAR
            h, equal = 0.25 * h, 0
            rescale(n, work.differences, order, 0.25, work.small)
            continue
        weights_of(n, work.differences, work.x, rtol, atol, work.weights)
        error = ERROR_CONSTANT[order] * norm(n, work.correction, work.weights)
        if not error <= 1.0:
            counts[REJECTED] += 1
            failures, equal, trouble = failures + 1, 0, _STEP_UNDERFLOW
            order, factor = _after_rejection(n, order, error, failures, work)
            rescale(n, work.differences, order, factor, work.small)
            h *= factor
            continue
        storage = enlarged(storage, counts[STEPS], order)
        accept(n, work.differences, order, work.correction)
        t = work.time[0]
        keep_step(storage, counts[STEPS], t, h, order, work.differences)
        counts[STEPS] += 1
        if last:
            return _SUCCESS, storage, counts
        failures, equal, current = 0, equal + 1, False
        if equal > order:
            chosen, factor = _best_order(n, order, error, work)
            if factor >= _WORTH_CHANGING:
                order, equal = chosen, 0
                factor = min(factor, _LARGEST_GROWTH)
                rescale(n, work.differences, order, factor, work.small)
                h *= factor
    return _MAX_STEPS, storage, counts


@part
def _linearise(equations: Equations, t: float, p: Floats, work: Workspace) -> bool:
    """Evaluate the Jacobian at the last accepted point, or where that is not finite at the predicted one."""
    ahead = work.time[0]
    work.time[0] = t
    known = jacobian(equations, work.time, work.differences, p, work.values, work.slots)
    work.time[0] = ahead
    return known or jacobian(equations, work.time, work.predicted, p, work.values, work.slots)


@part
def _factor(error: float, order: int, caution: float) -> float:
    if not error > 0.0:
        return 2.0 * _LARGEST_GROWTH
    return float(error ** (-1.0 / (order + 1)) / caution)


@part
def _after_rejection(n: int, order: int, error: float, failures: int, work: Workspace) -> tuple[int, float]:
    """Return the order and the factor of the step for another attempt."""
    if failures > 1:
        return max(1, order - 1) if failures > 3 else order, 0.5
    factor = max(0.1, _factor(error, order, 1.2))
    if order > 1:
        for i in range(n):
            work.change[i] = work.differences[order * n + i] + work.correction[i]
        lower = _factor(ERROR_CONSTANT[order - 1] * norm(n, work.change, work.weights), order - 1, 1.3)
        if lower > factor:
            return order - 1, min(lower, 0.9)
    return order, min(factor, 0.9)


@part
def _best_order(n: int, order: int, error: float, work: Workspace) -> tuple[int, float]:
    """Return the order, one lower or higher if that lets the step grow most, and the factor of the step."""
    best, chosen = _factor(error, order, 1.2), order
    if order > 1:
        lower = _factor(
            ERROR_CONSTANT[order - 1] * norm(n, row_at(work.differences, order * n), work.weights),
            order - 1,
            1.3,
        )
        if lower > best:
            best, chosen = lower, order - 1
    if order < HIGHEST_ORDER:
        error_above = ERROR_CONSTANT[order + 1] * norm(
            n, row_at(work.differences, (order + 2) * n), work.weights
        )
        higher = _factor(error_above, order + 1, 1.4)
        if higher > best:
            best, chosen = higher, order + 1
    return chosen, best
