"""The loop of staggered-direct sensitivities: a step of the states, then the same step of S' = J S + f_q.

After the states' step has converged, the equations of the sensitivities are linear, and are solved at once
for all columns with the Jacobian at the new point; its factors then serve the states' next step. Caracotsios
and Stewart 1985 (Comput. Chem. Eng. 9:359).
"""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled, part
from isthmus.solve.equations import Equations, equations_at, jacobian
from isthmus.solve.factorisation import factors_at
from isthmus.solve.in_order import factorise_step
from isthmus.solve.native_call import call_kernel, floats_at, row_at
from isthmus.solve.ndf_formula import (
    ALPHA,
    ERROR_CONSTANT,
    GAMMA,
    HIGHEST_ORDER,
    accept,
    norm,
    predict,
    rescale,
    weights_of,
)
from isthmus.solve.newton import CONVERGED, UNDEFINED, iterate
from isthmus.solve.result import ResultCode
from isthmus.solve.sensitivity_rows import (
    accept_rows,
    add_scaled,
    interpolate_rows,
    norm_rows,
    predict_rows,
    rescale_rows,
    solve_rows,
    weigh_rows,
)
from isthmus.solve.sensitivity_workspace import SensitivityWorkspace, sensitivity_workspace_at
from isthmus.solve.workspace import Workspace, workspace_at

_SUCCESS = int(ResultCode.SUCCESS)
_MAX_STEPS = int(ResultCode.MAX_STEPS)
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_NEWTON_FAILED = int(ResultCode.NEWTON_FAILED)
_SINGULAR = int(ResultCode.SINGULAR)
_CANCELLED = int(ResultCode.CANCELLED)

_BETWEEN_LOOKS = 20
_SMALLEST_STEP = 16 * 2.220446049250313e-16
_LARGEST_GROWTH = 10.0
_WORTH_CHANGING = 1.2
# Where the change of step keeps its matrix among the tables of ndf_formula.rescale.
_CHANGE = 2 * 64

STEPS, REJECTED, RATES, JACOBIANS, FACTORISATIONS, NEWTON_FAILURES = range(6)


@compiled
def march_sensitivities(
    numbers: Indices,
    table: Indices,
    more: Indices,
    t1: float,
    h: float,
    parameters: Floats,
    rtol: float,
    tolerances: Floats,
    max_steps: int,
    cancel: Indices,
    asked: Floats,
    states_out: Floats,
    rows_out: Floats,
) -> tuple[int, float, Indices]:
    """Integrate to t1 from the prepared workspaces; return a code, the time reached and counts of work.

    asked (k): times after the start, increasing. states_out (k, n) and rows_out (k, chosen, width) are filled
    up to the time reached.
    """
    equations = equations_at(numbers.ctypes.data)
    work, side = workspace_at(table.ctypes.data), sensitivity_workspace_at(more.ctypes.data)
    p, atol = floats_at(parameters.ctypes.data), floats_at(tolerances.ctypes.data)
    counts = np.zeros(6, dtype=np.int64)
    n, t = equations.states, work.time[0]
    # Plain literals would make numba compile every callee twice.
    order, equal, failures = int(np.int64(1)), int(np.int64(0)), int(np.int64(0))
    current, linearised, factored = False, False, 0.0
    trouble, written = _STEP_UNDERFLOW, int(np.int64(0))
    for attempt in range(2 * max_steps):
        if counts[STEPS] >= max_steps:
            return _MAX_STEPS, t, counts
        if attempt % _BETWEEN_LOOKS == 0 and cancel[0] != 0:
            return _CANCELLED, t, counts
        if h < _SMALLEST_STEP * abs(t) or h < 1e-300:
            return trouble, t, counts
        last = 1.1 * h >= t1 - t
        if last and h != t1 - t:
            _rescale_both(n, order, (t1 - t) / h, work, side)
            h, equal = t1 - t, 0
        work.time[0] = t1 if last else t + h
        predict(n, work.differences, order, work.predicted, work.psi)
        weights_of(n, work.differences, work.predicted, rtol, atol, work.weights)
        if not linearised:
            work.time[0] = t
            known = jacobian(equations, work.time, work.differences, p, work.values, work.slots)
            work.time[0] = t1 if last else t + h
            if not known:
                h, equal, trouble = 0.25 * h, 0, _NOT_FINITE
                _rescale_both(n, order, 0.25, work, side)
                continue
            counts[JACOBIANS] += 1
            current, linearised, factored = True, True, 0.0
        c = h / ALPHA[order]
        solvable = True
        if c != factored:
            solvable = factorise_step(equations, work.slots, c, work, factors_at(work.factors), False)
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
            _rescale_both(n, order, 0.25, work, side)
            continue
        weights_of(n, work.differences, work.x, rtol, atol, work.weights)
        error = ERROR_CONSTANT[order] * norm(n, work.correction, work.weights)
        if error <= 1.0:
            code = _step_rows(equations, p, order, c, rtol, work, side)
            counts[JACOBIANS] += 1
            counts[FACTORISATIONS] += 1
            factored = c if code == _SUCCESS else 0.0
            if code == _SUCCESS:
                judged = ERROR_CONSTANT[order] * _norm_rows(n, side.correction, side)
                if not np.isfinite(judged):
                    code = _NOT_FINITE
                elif side.controlled != 0:
                    error = max(error, judged)
            current = False
            if code != _SUCCESS:
                h, equal, trouble, linearised = 0.25 * h, 0, code, False
                _rescale_both(n, order, 0.25, work, side)
                continue
        if not error <= 1.0:
            counts[REJECTED] += 1
            failures, equal, trouble = failures + 1, 0, _STEP_UNDERFLOW
            order, factor = _after_rejection(order, error, failures)
            _rescale_both(n, order, factor, work, side)
            h *= factor
            continue
        accept(n, work.differences, order, work.correction)
        accept_rows(n * side.width, side.differences, order, side.correction)
        t = work.time[0]
        counts[STEPS] += 1
        while written < len(asked) and (last or asked[written] <= t):
            _write_out(n, order, asked[written] - t, h, written, work, side, states_out, rows_out)
            written += 1
        if last:
            return _SUCCESS, t, counts
        # The Jacobian that solved for the sensitivities is that of the point just accepted.
        failures, equal, current = 0, equal + 1, True
        if equal > order:
            chosen, factor = _best_order(n, order, error, work, side)
            if factor >= _WORTH_CHANGING:
                order, equal = chosen, 0
                factor = min(factor, _LARGEST_GROWTH)
                _rescale_both(n, order, factor, work, side)
                h *= factor
    return _MAX_STEPS, t, counts


@part
def _rescale_both(n: int, order: int, factor: float, work: Workspace, side: SensitivityWorkspace) -> None:
    rescale(n, work.differences, order, factor, work.small)
    rescale_rows(n * side.width, side.differences, order, row_at(work.small, _CHANGE), side.scratch)


@part
def _step_rows(
    equations: Equations,
    p: Floats,
    order: int,
    c: float,
    rtol: float,
    work: Workspace,
    side: SensitivityWorkspace,
) -> int:
    """Solve ``(M - c J) d = c (J S + f_q) - M psi`` at the new point, S being predicted; return a code."""
    n, width = equations.states, side.width
    for j in range(1, order + 1):
        side.weights[j] = GAMMA[j] / ALPHA[order]
    predict_rows(n * width, side.differences, order, side.weights, side.predicted, side.psi)
    if not jacobian(equations, work.time, work.x, p, work.values, work.slots):
        return _NOT_FINITE
    # Nothing corrects the solution for the sensitivities.
    if not factorise_step(equations, work.slots, c, work, factors_at(work.factors), True):
        return _SINGULAR
    call_kernel(side.forcing_address, work.time, work.x, p, side.forcing_values)
    right, place, constrained = side.right, equations.place, equations.constrained
    for i in range(n * width):
        right[i] = 0.0
    row, column, source = side.forcing_row, side.forcing_column, side.forcing_source
    coefficient, values = side.forcing_coefficient, side.forcing_values
    for k in range(side.forced):
        factor = 1.0 if constrained[row[k]] != 0 else c
        right[place[row[k]] * width + column[k]] += factor * coefficient[k] * values[source[k]]
    slots, slot_row, slot_column, mass = (
        work.slots,
        equations.slot_row,
        equations.slot_column,
        equations.slot_mass,
    )
    for k in range(equations.slots):
        i, offset = slot_row[k], slot_column[k] * width
        factor = 1.0 if constrained[i] != 0 else c
        target = row_at(right, place[i] * width)
        if slots[k] != 0.0:
            add_scaled(width, target, row_at(side.predicted, offset), factor * slots[k])
        if mass[k] != 0.0:
            add_scaled(width, target, row_at(side.psi, offset), -mass[k])
    solve_rows(equations, work, width, right, side.correction)
    # Psi is no longer needed.
    predicted, correction, present = side.predicted, side.correction, side.psi
    for i in range(n * width):
        present[i] = predicted[i] + correction[i]
    weigh_rows(n * width, present, rtol, side.floor, side.inverse)
    return _SUCCESS


@part
def _norm_rows(n: int, values: Floats, side: SensitivityWorkspace) -> float:
    return norm_rows(n, side.width, values, side.inverse, side.total)


@part
def _write_out(
    n: int,
    order: int,
    distance: float,
    h: float,
    place: int,
    work: Workspace,
    side: SensitivityWorkspace,
    states_out: Floats,
    rows_out: Floats,
) -> None:
    """Write states and sensitivities at ``distance`` (at most 0) from the newest point."""
    for i in range(n):
        states_out[place, i] = work.differences[i]
    product = 1.0
    for j in range(order):
        product *= (distance + j * h) / ((j + 1) * h)
        for i in range(n):
            states_out[place, i] += product * work.differences[(j + 1) * n + i]
    first = row_at(floats_at(rows_out.ctypes.data), place * side.chosen * side.width)
    interpolate_rows(
        side.chosen, side.rows, side.width, n * side.width, side.differences, order, distance, h, first
    )


@part
def _factor(error: float, order: int, caution: float) -> float:
    if not error > 0.0:
        return 2.0 * _LARGEST_GROWTH
    return float(error ** (-1.0 / (order + 1)) / caution)


@part
def _error_of(
    n: int, order: int, states: Floats, rows: Floats, work: Workspace, side: SensitivityWorkspace
) -> float:
    error = norm(n, states, work.weights)
    if side.controlled != 0:
        error = max(error, _norm_rows(n, rows, side))
    return float(ERROR_CONSTANT[order] * error)


@part
def _after_rejection(order: int, error: float, failures: int) -> tuple[int, float]:
    """Return the order and the factor of the step for another attempt."""
    if failures > 1:
        return max(1, order - 1) if failures > 3 else order, 0.5
    return order, min(max(0.1, _factor(error, order, 1.2)), 0.9)


@part
def _best_order(
    n: int, order: int, error: float, work: Workspace, side: SensitivityWorkspace
) -> tuple[int, float]:
    """Return the order, one lower or higher if that lets the step grow most, and the factor of the step."""
    best, chosen, size = _factor(error, order, 1.2), order, n * side.width
    if order > 1:
        states, rows = row_at(work.differences, order * n), row_at(side.differences, order * size)
        lower = _factor(_error_of(n, order - 1, states, rows, work, side), order - 1, 1.3)
        if lower > best:
            best, chosen = lower, order - 1
    if order < HIGHEST_ORDER:
        above = order + 2
        states, rows = row_at(work.differences, above * n), row_at(side.differences, above * size)
        higher = _factor(_error_of(n, order + 1, states, rows, work, side), order + 1, 1.4)
        if higher > best:
            best, chosen = higher, order + 1
    return chosen, best
