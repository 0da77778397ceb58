"""The loop of the lane integrator: every lane has its own time, step, error and set of parameters.

What a lane computes depends on its own set alone, so results do not depend on how sets are dealt to lanes and
workers. Step control is that of Gustafsson 1994, ACM Trans. Math. Softw. 20:496.
"""

from __future__ import annotations

import numpy as np

from isthmus.solve.compiled import entry, part
from isthmus.solve.lanes_type import (
    WIDTH,
    Lanes,
    bits,
    every,
    larger,
    load,
    root,
    select,
    size,
    smaller,
    store,
)
from isthmus.solve.lanes_workspace import LaneWork, lane_work_at
from isthmus.solve.native_call import call_kernel, row_at
from isthmus.solve.result import ResultCode
from isthmus.solve.rodas_ensemble import begin_fresh, deal, leave, write_asked
from isthmus.solve.rodas_formula import (
    ALPHA_2,
    ALPHA_3,
    ALPHA_4,
    ALPHA_5,
    DRIFT_1,
    DRIFT_2,
    DRIFT_3,
    DRIFT_4,
    DRIFT_5,
    GAMMA,
    bend,
    eighth_stage,
    fifth_stage,
    fourth_stage,
    second_stage,
    seventh_stage,
    sixth_stage,
    third_stage,
)

_SUCCESS = int(ResultCode.SUCCESS)
_MAX_STEPS = int(ResultCode.MAX_STEPS)
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_CANCELLED = int(ResultCode.CANCELLED)

_BETWEEN_LOOKS = 50
_SMALLEST_STEP = 16 * 2.220446049250313e-16
_CAUTION = 0.9
_MOST_GROWTH = 6.0
_MOST_SHRINKING = 0.2


@entry
def march_lanes(table: int, end: float, rtol: float) -> int:
    """Integrate sets from 0 to the end until none is left; return the number of attempted vector steps."""
    work = lane_work_at(table)
    for lane in range(WIDTH):
        work.set_of[lane] = -1
        deal(work, lane)
    attempts = int(np.int64(0))
    while bits(load(work.active, 0) > 0.0) != 0:
        if attempts % _BETWEEN_LOOKS == 0 and work.cancel[0] != 0:
            for lane in range(WIDTH):
                if work.set_of[lane] >= 0:
                    leave(work, lane, _CANCELLED)
            return attempts
        attempts += 1
        _step(work, end, rtol)
    return attempts


@part
def _step(work: LaneWork, end: float, rtol: float) -> None:
    """One attempt in all lanes."""
    n = work.states
    t = load(work.time, 0)
    call_kernel(work.call_rates, work.time, work.x, work.p, work.v)
    call_kernel(work.call_jacobian, work.time, work.x, work.p, work.values)
    if work.call_drift != 0:
        call_kernel(work.call_drift, work.time, work.x, work.p, work.drift)
        call_kernel(work.call_gather, work.x, work.drift, work.p, work.slope_drift)
    if bits(load(work.fresh, 0) > 0.0) != 0:
        begin_fresh(work, end, rtol)
    h = load(work.step, 0)
    remaining = end - t
    last = 1.01 * h >= remaining
    h = select(last, remaining, h)
    _stages(work, t, h)
    error = root(_squares(work, rtol) * (1.0 / n))
    accepted = (error <= 1.0) & (load(work.active, 0) > 0.0)
    after = select(last, every(end), t + h)
    store(work.stage_time, 0, after)
    if bits(accepted & (after >= load(work.next_asked, 0))) != 0:
        bend(n, work.u, work.curve)
        write_asked(work, accepted, t, h, after)
    for i in range(n):
        x = select(accepted, load(work.point, i), load(work.x, i))
        store(work.x, i, x)
        store(work.peak, i, larger(size(x), load(work.peak, i)))
    store(work.time, 0, select(accepted, after, t))
    _choose_step(work, accepted, error, h)
    _settle(work, bits(accepted & last))


@part
def _stages(work: LaneWork, t: Lanes, h: Lanes) -> None:
    """Set u, and the new state in point."""
    n = work.states
    inverse = 1.0 / h
    store(work.scale, 0, inverse * (1.0 / GAMMA))
    call_kernel(work.call_factorise, work.scale, work.values, work.p, work.factors)
    for i in range(n):
        store(work.right, i, every(0.0))
    _solve(work, 0, h * DRIFT_1)
    second_stage(n, inverse, work.x, work.u, work.point, work.right)
    store(work.stage_time, 0, t + ALPHA_2 * h)
    _evaluate_and_solve(work, 1, h * DRIFT_2)
    third_stage(n, inverse, work.x, work.u, work.point, work.right)
    store(work.stage_time, 0, t + ALPHA_3 * h)
    _evaluate_and_solve(work, 2, h * DRIFT_3)
    fourth_stage(n, inverse, work.x, work.u, work.point, work.right)
    store(work.stage_time, 0, t + ALPHA_4 * h)
    _evaluate_and_solve(work, 3, h * DRIFT_4)
    fifth_stage(n, inverse, work.x, work.u, work.point, work.right)
    store(work.stage_time, 0, t + ALPHA_5 * h)
    _evaluate_and_solve(work, 4, h * DRIFT_5)
    sixth_stage(n, inverse, work.x, work.u, work.point, work.right)
    store(work.stage_time, 0, t + h)
    _evaluate_and_solve(work, 5, h)
    seventh_stage(n, inverse, work.u, work.point, work.right)
    _evaluate_and_solve(work, 6, h)
    eighth_stage(n, inverse, work.u, work.point, work.right)
    _evaluate_and_solve(work, 7, h)
    for i in range(n):
        store(work.point, i, load(work.point, i) + load(work.u, 7 * n + i))


@part
def _evaluate_and_solve(work: LaneWork, stage: int, drift: Lanes) -> None:
    call_kernel(work.call_rates, work.stage_time, work.point, work.p, work.v)
    _solve(work, stage, drift)


@part
def _solve(work: LaneWork, stage: int, drift: Lanes) -> None:
    """Solve for one stage; drift = γ_i h, which is zero from stage 6 on."""
    n = work.states
    if work.call_drift != 0 and stage < 5:
        for i in range(n):
            store(work.right, i, load(work.right, i) + drift * load(work.slope_drift, i))
    call_kernel(work.call_solve, work.v, work.right, work.factors, row_at(work.u, WIDTH * stage * n))


@part
def _squares(work: LaneWork, rtol: float) -> Lanes:
    """The sum of the squares of the errors, each in units of its tolerance."""
    n = work.states
    total = every(0.0)
    for i in range(n):
        largest = larger(size(load(work.x, i)), size(load(work.point, i)))
        weighted = load(work.u, 7 * n + i) / larger(rtol * largest, load(work.atol, i))
        total = total + weighted * weighted
    return total


@part
def _choose_step(work: LaneWork, accepted: Lanes, error: Lanes, h: Lanes) -> None:
    """Set the next step of each lane from the error of this one and of the one before."""
    one, none = every(1.0), every(0.0)
    bounded = larger(error, every(1e-12))
    factor = _CAUTION / _gentle_root(bounded)
    before = load(work.last_step, 0)
    known = before > 0.0
    guess = _gentle_root(load(work.last_error, 0) / (bounded * bounded))
    predicted = _CAUTION * (h / select(known, before, one)) * guess
    factor = select(accepted & known, smaller(factor, predicted), factor)
    factor = larger(smaller(factor, every(_MOST_GROWTH)), every(_MOST_SHRINKING))
    factor = select(accepted & (load(work.shrunk, 0) > 0.0), smaller(factor, one), factor)
    finite = error < np.inf
    store(work.step, 0, h * select(finite, factor, every(0.25)))
    store(work.last_step, 0, select(accepted, h, before))
    store(work.last_error, 0, select(accepted, larger(bounded, every(1e-2)), load(work.last_error, 0)))
    store(work.shrunk, 0, select(accepted, none, one))
    store(work.undefined, 0, select(accepted | finite, none, one))
    store(work.taken, 0, load(work.taken, 0) + select(accepted, one, none))
    store(work.refused, 0, load(work.refused, 0) + select(accepted, none, one))


@part
def _gentle_root(value: Lanes) -> Lanes:
    """x^(3/16), a little flatter than the fifth root that the order of the error asks for."""
    eighth = root(root(root(value)))
    return eighth * root(eighth)


@part
def _settle(work: LaneWork, done: int) -> None:
    """Give lanes that have ended, or cannot go on, their results and another set."""
    h, t = load(work.step, 0), load(work.time, 0)
    stuck = bits((h < _SMALLEST_STEP * t) | (h < 1e-300))
    taken, refused = load(work.taken, 0), load(work.refused, 0)
    spent = bits((taken >= work.max_steps * 1.0) | (refused >= work.max_steps * 1.0))
    if done | stuck | spent == 0:
        return
    for lane in range(WIDTH):
        if work.set_of[lane] < 0:
            continue
        if done >> lane & 1:
            leave(work, lane, _SUCCESS)
        elif stuck >> lane & 1:
            leave(work, lane, _NOT_FINITE if work.undefined[lane] > 0.0 else _STEP_UNDERFLOW)
        elif spent >> lane & 1:
            leave(work, lane, _MAX_STEPS)
        else:
            continue
        deal(work, lane)
