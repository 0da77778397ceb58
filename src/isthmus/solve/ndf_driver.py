"""The loop of the NDF integrator: step, judge, choose order and step anew."""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled, entry, part
from isthmus.solve.equations import Equations, equations_at, jacobian
from isthmus.solve.factorisation import factors_at
from isthmus.solve.in_order import factorise_step
from isthmus.solve.native_call import floats_at, indices_at, row_at
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
from isthmus.solve.newton import CONVERGED, LEAST_RATE, UNDEFINED, iterate
from isthmus.solve.result import ResultCode
from isthmus.solve.ringing import rings
from isthmus.solve.sampling import keep
from isthmus.solve.storage import FULL, is_full, storage_at
from isthmus.solve.watch import first_change, shorten, watch_at
from isthmus.solve.workspace import Workspace, copy_to, workspace_at

_SUCCESS = int(ResultCode.SUCCESS)
_MAX_STEPS = int(ResultCode.MAX_STEPS)
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_NEWTON_FAILED = int(ResultCode.NEWTON_FAILED)
_SINGULAR = int(ResultCode.SINGULAR)
_CANCELLED = int(ResultCode.CANCELLED)

_BETWEEN_LOOKS = 100
_SMALLEST_STEP = 16 * 2.220446049250313e-16
_LARGEST_GROWTH = 10.0
# In smallest steps.
_NEXT_TO_NOTHING = 1e6
# A step is kept unless it can grow by this: every change costs a factorisation.
_WORTH_CHANGING = 1.15
# How much smaller than allowed a step at the same order is made, at the one below and at the one above.
_CAUTION = (1.2, 1.3, 1.4)
# The errors below which a step is changed: at (order, which of the three).
_WORTH = np.array(
    [
        [
            (_WORTH_CHANGING * caution) ** -(k + 1 + above)
            for caution, above in zip(_CAUTION, (0, -1, 1), strict=True)
        ]
        for k in range(HIGHEST_ORDER + 1)
    ]
)
# Where orders above the second ring, they are left alone for this many steps.
_STABLE_ORDER = 2
_QUIET = 100

# What an old matrix may cost in iterations beyond the first of each step where a new one may spare them: a
# new one takes as long as two to eleven (decision 15).
_MOST_REPEATED = 10

# Beside result codes: the rates have jumped; begin again from ``work.x``.
JUMPED = -1002
# Beside result codes: a mode changes at the end of the last step; begin again from ``work.x``.
SWITCHED = -1003

# The places of what a pause must not lose; the first six are counted for the user.
STEPS, REJECTED, RATES, JACOBIANS, FACTORISATIONS, NEWTON_FAILURES = range(6)
_ORDER, _EQUAL, _FAILURES, _CURRENT, _LINEARISED, _CEILING, _QUIET_LEFT, SMOOTH = range(6, 14)
_REPEATED, _ATTEMPTS, _TROUBLE = range(14, 17)
_END, _RTOL, _STEP, _FACTORED, _LONGEST = range(5)


@entry
def prepare(numbers: int, table: int, parameters: int, tolerances: int) -> int:
    """Prepare the workspace for a first step from ``work.x``; return a result code."""
    return _prepare(equations_at(numbers), workspace_at(table), floats_at(parameters), floats_at(tolerances))


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
    """Fill in the workspace and prepare it; return a result code and the first step."""
    equations, work = equations_at(numbers.ctypes.data), workspace_at(table.ctypes.data)
    work.time[0], work.setting[_END], work.setting[_RTOL] = t0, t1, rtol
    copy_to(work.x, floats_at(x0.ctypes.data), equations.states)
    code = _prepare(equations, work, floats_at(parameters.ctypes.data), floats_at(tolerances.ctypes.data))
    return code, work.setting[_STEP]


@part
def _prepare(equations: Equations, work: Workspace, p: Floats, atol: Floats) -> int:
    n, t0, t1, rtol = equations.states, work.time[0], work.setting[_END], work.setting[_RTOL]
    weights_of(n, work.x, work.x, rtol, atol, work.weights)
    work.rate[0] = t1 - t0
    code = start(equations, p, work)
    if code != _SUCCESS:
        return code
    h = max(first_step(equations, p, t1 - t0, rtol, work), 2.0 * _SMALLEST_STEP * abs(t0))
    copy_to(work.differences, work.x, n)
    for i in range(n):
        work.differences[n + i] = h * work.psi[i]
    for i in range(2 * n, 8 * n):
        work.differences[i] = 0.0
    progress = work.progress
    for k in range(_ORDER, _ATTEMPTS):
        progress[k] = 0
    progress[_ORDER], progress[_CEILING], progress[_TROUBLE] = 1, HIGHEST_ORDER, _STEP_UNDERFLOW
    work.setting[_STEP], work.setting[_FACTORED] = h, 0.0
    return code


@entry
def march(
    numbers: int,
    table: int,
    shelf: int,
    parameters: int,
    tolerances: int,
    max_steps: int,
    cancel: int,
    watched: int,
) -> int:
    """Integrate to t1 from the prepared workspace; return a result code.

    Or FULL, JUMPED or SWITCHED, to go on. watched: the address of a `Watch`, 0 for none.
    """
    equations, work, storage = equations_at(numbers), workspace_at(table), storage_at(shelf)
    p, atol, flag, watch = (
        floats_at(parameters),
        floats_at(tolerances),
        indices_at(cancel),
        watch_at(watched),
    )
    factors = factors_at(work.factors)
    counts = work.progress
    n, t, t1, rtol = equations.states, work.time[0], work.setting[_END], work.setting[_RTOL]
    h, factored, longest = work.setting[_STEP], work.setting[_FACTORED], work.setting[_LONGEST]
    order, equal, failures = counts[_ORDER], counts[_EQUAL], counts[_FAILURES]
    current, linearised, trouble = counts[_CURRENT] != 0, counts[_LINEARISED] != 0, int(counts[_TROUBLE])
    # Whether the step may be limited by stability: it was rejected, or it does not grow.
    jumping, doubtful = False, True
    for attempt in range(counts[_ATTEMPTS], 2 * max_steps):
        if counts[STEPS] >= max_steps:
            return _MAX_STEPS
        if attempt % _BETWEEN_LOOKS == 0 and flag[0] != 0:
            return _CANCELLED
        if is_full(storage, counts[STEPS]):
            work.time[0], work.setting[_STEP], work.setting[_FACTORED] = t, h, factored
            counts[_ORDER], counts[_EQUAL], counts[_FAILURES] = order, equal, failures
            counts[_CURRENT], counts[_LINEARISED] = int(current), int(linearised)
            counts[_TROUBLE], counts[_ATTEMPTS] = trouble, attempt
            return FULL
        smallest = max(_SMALLEST_STEP * abs(t), 1e-300)
        if h < smallest:
            if failures == 0 or trouble != _STEP_UNDERFLOW or counts[STEPS] < counts[SMOOTH]:
                # Other rates may go on from here.
                copy_to(work.x, work.differences, n)
                work.time[0] = t
                return _STEP_UNDERFLOW if _explodes(n, h, work, smallest) else trouble
            rescale(n, work.differences, order, 2.0 * smallest / h, work.small)
            h, order, jumping = 2.0 * smallest, 1, True
        if h > longest:
            rescale(n, work.differences, order, longest / h, work.small)
            h, equal = longest, 0
        last = 1.1 * h >= t1 - t
        if last and h != t1 - t:
            rescale(n, work.differences, order, (t1 - t) / h, work.small)
            h, equal = t1 - t, 0
        work.time[0] = t1 if last else t + h
        predict(n, work.differences, order, work.predicted, work.psi)
        weights_of(n, work.differences, work.predicted, rtol, atol, work.weights)
        c = h / ALPHA[order]
        # Sparse Jacobians cost less than an iteration: whenever there is to be a factorisation, a new one.
        stale = counts[_REPEATED] >= _MOST_REPEATED and work.rate[0] > LEAST_RATE
        if not linearised or (not current and (c != factored or stale)):
            if not _linearise(equations, t, p, work):
                h, equal, trouble = 0.25 * h, 0, _NOT_FINITE
                rescale(n, work.differences, order, 0.25, work.small)
                continue
            counts[JACOBIANS] += 1
            counts[_REPEATED] = 0
            current, linearised, factored = True, True, 0.0
        solvable = True
        if c != factored:
            solvable = factorise_step(equations, work.slots, c, work, factors, False)
            factored = c if solvable else 0.0
            counts[FACTORISATIONS] += 1
            work.rate[0] = -1.0
        outcome = UNDEFINED
        if solvable:
            outcome, evaluated = iterate(equations, p, c, work)
            counts[RATES] += evaluated
            counts[_REPEATED] += evaluated - 1
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
        error = ERROR_CONSTANT[order] * work.rate[1]
        if not error <= 1.0:
            # What was predicted may be smaller than what was found, and then less is allowed.
            weights_of(n, work.differences, work.x, rtol, atol, work.weights)
            error = ERROR_CONSTANT[order] * norm(n, work.correction, work.weights)
        if not error <= 1.0 and not (jumping and error < math.inf):
            counts[REJECTED] += 1
            failures, equal, trouble = failures + 1, 0, _STEP_UNDERFLOW
            order, factor = _after_rejection(n, order, error, failures, work)
            doubtful = True
            rescale(n, work.differences, order, factor, work.small)
            h *= factor
            continue
        accept(n, work.differences, order, work.correction)
        ahead = work.time[0]
        switching = False
        if watched != 0:
            change = first_change(watch, t, ahead, h, order, work.differences, p)
            if change <= ahead:
                shorten(n, work.differences, order, (change - ahead) / h)
                copy_to(work.differences, watch.x, n)
                ahead, switching = change, True
        t = ahead
        keep(storage, counts[STEPS], t, h, order, work.differences)
        counts[STEPS] += 1
        if last or jumping or switching:
            copy_to(work.x, work.differences, n)
            work.time[0], counts[_ATTEMPTS] = t, attempt + 1
            if switching:
                return SWITCHED
            return _SUCCESS if last else JUMPED
        failures, equal, current = 0, equal + 1, False
        _end_quiet(counts)
        if equal > order:
            chosen, factor = _best_order(n, order, counts[_CEILING], error, work)
            if equal == order + 1 and (doubtful or factor < _WORTH_CHANGING):
                doubtful = False
                if _is_ringing(equations, order, h, work):
                    order, equal = _STABLE_ORDER, 0
                    continue
            if factor >= _WORTH_CHANGING:
                order, equal = chosen, 0
                # At the longest step the order alone grows: a low one would stay for ever.
                factor = min(factor, _LARGEST_GROWTH, longest / h)
                rescale(n, work.differences, order, factor, work.small)
                h *= factor
    return _MAX_STEPS


@part
def _end_quiet(progress: Indices) -> None:
    """Count the steps that orders which ring are left alone for."""
    if progress[_QUIET_LEFT] > 0:
        progress[_QUIET_LEFT] -= 1
        if progress[_QUIET_LEFT] == 0:
            progress[_CEILING] = HIGHEST_ORDER


@part
def _explodes(n: int, h: float, work: Workspace, smallest: float) -> bool:
    """Return whether the largest state doubles within what is next to nothing: what fails then is chance."""
    largest, moved = 0.0, 0.0
    for i in range(n):
        if abs(work.x[i]) > largest:
            largest, moved = abs(work.x[i]), abs(work.differences[n + i])
    return bool(moved * _NEXT_TO_NOTHING * smallest > largest * h)


@part
def _is_ringing(equations: Equations, order: int, h: float, work: Workspace) -> bool:
    """Return whether this order rings; orders that may are then barred for a while."""
    if order <= _STABLE_ORDER or not rings(equations, order, h, work):
        return False
    work.progress[_CEILING], work.progress[_QUIET_LEFT] = _STABLE_ORDER, _QUIET
    return True


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
    factor = max(0.1, _factor(error, order, _CAUTION[0]))
    if order > 1:
        for i in range(n):
            work.change[i] = work.differences[order * n + i] + work.correction[i]
        lower = _factor(
            ERROR_CONSTANT[order - 1] * norm(n, work.change, work.weights), order - 1, _CAUTION[1]
        )
        if lower > factor:
            return order - 1, min(lower, 0.9)
    return order, min(factor, 0.9)


@part
def _best_order(n: int, order: int, ceiling: int, error: float, work: Workspace) -> tuple[int, float]:
    """Return the order, one lower or higher if that lets the step grow most, and the factor of the step."""
    below, above = math.inf, math.inf
    if order > 1:
        below = ERROR_CONSTANT[order - 1] * norm(n, row_at(work.differences, order * n), work.weights)
    if order < ceiling:
        above = ERROR_CONSTANT[order + 1] * norm(n, row_at(work.differences, (order + 2) * n), work.weights)
    # Powers take longer than all else here: only where the step will change.
    if error > _WORTH[order, 0] and below > _WORTH[order, 1] and above > _WORTH[order, 2]:
        return order, 1.0
    best, chosen = _factor(error, order, _CAUTION[0]), order
    if order > 1:
        lower = _factor(below, order - 1, _CAUTION[1])
        if lower > best:
            best, chosen = lower, order - 1
    if order < ceiling:
        higher = _factor(above, order + 1, _CAUTION[2])
        if higher > best:
            best, chosen = higher, order + 1
    return chosen, best
