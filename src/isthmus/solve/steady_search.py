"""The search for the steady state that a trajectory comes to, or for the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.evaluate import evaluate_slopes
from isthmus.solve.ndf import solve_ndf, vector
from isthmus.solve.relax import relax
from isthmus.solve.result import ResultCode, Solution
from isthmus.solve.starting_scale import starting_scale
from isthmus.solve.steady import (
    How,
    Root,
    Totals,
    find_root,
    refuse_constraints,
    residual,
    root_at,
    sizes,
)
from isthmus.solve.steady_continuum import continuum_at, limit_on
from isthmus.solve.tolerance import scaled_atol

_RTOL = 1e-7
# Among rests without number the state drifts along them by what the integration is wrong.
_TIGHT_RTOL = 1e-10
# In sizes: how near to its limit on a continuum of rests the state must be; the square of it is left.
_AT_THE_LIMIT = 1e-5
_STRETCH = 4.0
_MOST_SEGMENTS = 48
_STEPS_WORTH_A_LOOK = 500
# Maxima in the second half of a segment, and the part of the range that is still there in its last quarter.
_MAXIMA = 12
_LASTING = 0.97
_SMALLEST_SWING = 1e-3
# A state that passes its first size by this has left every scale of the model.
_BEYOND = 1e9
_GROWING = 1.2
# Growth by more than the span's own factor is faster than linear.
_FAST = 10.0
# In peaks: what the slope left at a singular root may change in as long as it took to get there.
_UNMOVED = 1e-3
# The trajectory stands still: in sizes, what four times the time may still change.
_STILL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A steady state, and how it was found. peak: of each state on the way. time: integrated."""

    root: Root
    how: How
    peak: Floats
    residual: float
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class NotFound:
    """Why there is no steady state to be had. states: those concerned."""

    reason: str
    states: tuple[int, ...] = ()


def follow_to_rest(
    system: System,
    totals: Totals,
    x0: ArrayLike,
    p: ArrayLike,
    t: float = 0.0,
    *,
    max_steps: int = 20_000,
) -> Found | NotFound:
    """Find the steady state that the trajectory from x0 comes to; rates must not depend on time.

    Newton's iteration where x0 is already near a stable root; otherwise integration over spans that grow
    fourfold, with Newton's iteration from the end of each, whose root counts when the trajectory has come
    within a hundredth of it and it attracts. A trajectory that gives up without oscillating or growing
    leaves pseudo-transient continuation (`relax`), which follows the trajectory only roughly. Where rests are
    without number, the trajectory is followed again, tightly, and its limit taken. max_steps: of each span.
    """
    refuse_constraints(system)
    x = vector(x0, system.states, "the state")
    parameters = np.ascontiguousarray(p, dtype=np.float64).reshape(-1)
    slope = evaluate_slopes(system, t, x, parameters)
    if not np.isfinite(slope).all():
        return NotFound("a rate is not a finite number at the start")
    peak = np.abs(x)
    if not slope.any():
        return _found(system, root_at(system, totals, x, parameters, t), How.NEWTON, parameters, peak, t, 0.0)
    root = find_root(system, totals, x, parameters, peak, t)
    if root is not None and root.stable:
        return _found(system, root, How.NEWTON, parameters, peak, t, 0.0)
    return _integrate(system, totals, x, parameters, t, max_steps)


def _integrate(
    system: System, totals: Totals, x: Floats, p: Floats, t: float, max_steps: int, rtol: float = _RTOL
) -> Found | NotFound:
    begun = x
    span = _first_span(x, evaluate_slopes(system, t, x, p))
    peak = np.maximum(starting_scale(system, t, t + span, x, p), np.abs(x))
    reached, reference = 0.0, float(peak.max(initial=0.0))
    for _ in range(_MOST_SEGMENTS):
        run = solve_ndf(system, t, t + span, x, p, rtol, scaled_atol(peak, rtol), max_steps=max_steps)
        before, x = x, run.x[-1].copy()
        peak = np.maximum(peak, np.abs(run.x).max(axis=0))
        reached += float(run.t[-1] - t)
        if run.steps > _STEPS_WORTH_A_LOOK:
            swinging = _oscillating(run, peak)
            if swinging is not None:
                return NotFound("it goes on oscillating", (swinging,))
        root = find_root(system, totals, x, p, peak, t)
        if root is not None and root.attracts and _rests(system, root, p, peak, t, reached):
            continuum = continuum_at(system, totals, root.x, p, t, sizes(root.x, peak))
            if continuum is None:
                return _found(system, root, How.INTEGRATION, p, peak, t, reached)
            if rtol > _TIGHT_RTOL:
                return _integrate(system, totals, begun, p, t, 10 * max_steps, _TIGHT_RTOL)
            limit = limit_on(continuum, system, totals, x, p, t, _AT_THE_LIMIT)
            root = root_at(system, totals, limit, p, t) if limit is not None else None
            if root is not None and root.attracts:
                return _found(system, root, How.INTEGRATION, p, peak, t, reached)
        if run.code is not ResultCode.SUCCESS:
            return _give_up(system, totals, run, p, t, peak, reached)
        if float(np.max(np.abs(x - before) / sizes(x, peak), initial=0.0)) <= _STILL:
            root = root_at(system, totals, x, p, t)
            return _found(system, root, How.INTEGRATION, p, peak, t, reached)
        if float(np.abs(x).max()) > _BEYOND * reference > 0.0:
            return NotFound("it grows without bound", (int(np.abs(x).argmax()),))
        span *= _STRETCH
    growing = np.flatnonzero(np.abs(x) > _GROWING * np.abs(before))
    if len(growing):
        return NotFound("it grows without bound", tuple(growing.tolist()))
    return NotFound(f"it is still on its way at {reached:.3g}")


def _rests(system: System, root: Root, p: Floats, peak: Floats, t: float, reached: float) -> bool:
    """Whether as long again would change nothing; a stable root needs no such look."""
    return bool(root.stable) or residual(system, root.x, p, peak, t) * reached <= _UNMOVED


def _found(
    system: System, root: Root | None, how: How, p: Floats, peak: Floats, t: float, time: float
) -> Found | NotFound:
    if root is None:
        return NotFound("the Jacobian is not a finite number at rest")
    return Found(root, how, peak, residual(system, root.x, p, np.maximum(peak, np.abs(root.x)), t), time)


def _give_up(
    system: System,
    totals: Totals,
    run: Solution,
    p: Floats,
    t: float,
    peak: Floats,
    reached: float,
) -> Found | NotFound:
    """What to make of an integration that stopped short."""
    before, x = run.x[0], run.x[-1]
    if run.code in (ResultCode.STEP_UNDERFLOW, ResultCode.NOT_FINITE):
        return NotFound(f"the integration stopped at {reached:.3g}: {run.code.advice}")
    relaxed = relax(system, x, p, t, scale=1e-12 * np.maximum(peak, 1e-15 * peak.max()))
    root = root_at(system, totals, relaxed.x, p, t) if relaxed.ok else None
    if root is None or not root.stable or (root.x < -1e-9 * peak).any():
        if run.code is ResultCode.MAX_STEPS:
            growing = np.flatnonzero((np.abs(x) > _FAST * np.abs(before)) & (np.abs(x) > _STILL * peak.max()))
            if len(growing):
                return NotFound(f"it still grows at {reached:.3g}", tuple(growing.tolist()))
            return NotFound(f"it still moves at {reached:.3g}, after {run.steps} steps")
        return NotFound(f"the integration stopped at {reached:.3g}: {run.code.advice}")
    return _found(system, root, How.PSEUDO_TRANSIENT, p, peak, t, reached)


def _first_span(x: Floats, slope: Floats) -> float:
    """Ten times what the fastest state takes to change by its own size."""
    size = np.maximum(np.abs(x), 1e-3 * np.abs(x).max(initial=0.0))
    felt = (size > 0.0) & (slope != 0.0)
    speed = np.abs(slope[felt]) / size[felt]
    return 10.0 / float(speed.max()) if len(speed) else 1.0


def _oscillating(run: Solution, peak: Floats) -> int | None:
    """The state that swings most, where the swing is lasting; otherwise None."""
    quarter = (run.t[-1] - run.t[0]) / 4.0
    third = run.x[(run.t >= run.t[0] + 2.0 * quarter) & (run.t < run.t[0] + 3.0 * quarter)]
    last = run.x[run.t >= run.t[0] + 3.0 * quarter]
    if len(third) < 2 or len(last) < 2:
        return None
    size = np.maximum(peak, 1e-15 * peak.max(initial=0.0))
    swing = np.ptp(last, axis=0) / np.where(size > 0.0, size, 1.0)
    most = int(swing.argmax())
    if swing[most] < _SMALLEST_SWING or swing[most] * size[most] < _LASTING * np.ptp(third[:, most]):
        return None
    curve = np.concatenate([third[:, most], last[:, most]])
    inner = curve[1:-1]
    middle = 0.5 * (curve.max() + curve.min())
    maxima = int(((inner > curve[:-2]) & (inner >= curve[2:]) & (inner > middle)).sum())
    return most if maxima >= _MAXIMA else None
