"""Forward sensitivities through jumps and events: smooth pieces, and what happens to S in between.

The states are integrated first, jumps located and events executed. Then states and sensitivities go from one
of the jumps so found to the next, starting each time from the state that was found there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.jump_slopes import JumpSlopes
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import Floats, Indices
from isthmus.errors import UnsupportedFeature
from isthmus.solve.crossings import SHORT, Allowance, Varied
from isthmus.solve.hybrid_ndf import solve_switched
from isthmus.solve.jump_points import jump_points
from isthmus.solve.result import Counts, ResultCode
from isthmus.solve.saltation import Saltation
from isthmus.solve.sensitivity import (
    Forcing,
    SensitivitySolution,
    checked_times,
    nothing_reached,
    solve_sensitivities,
)

# What stops a piece where its rates end.
_BEYOND = (ResultCode.NOT_FINITE, ResultCode.STEP_UNDERFLOW, ResultCode.NEWTON_FAILED, ResultCode.SINGULAR)


def solve_switched_sensitivities(
    switched: SwitchedSystem,
    slopes: JumpSlopes,
    varied: Varied,
    t0: float,
    t1: float,
    x0: Floats,
    s0: Floats,
    p: Floats,
    rtol: float,
    atol: Floats,
    sensitivity_atol: Floats | None = None,
    *,
    times: ArrayLike,
    rows: ArrayLike | None = None,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> SensitivitySolution:
    """Integrate as `solve_sensitivities` does; at the time of a jump, what holds after it is given.

    p: the ordinary parameters. UnsupportedFeature E-SENSITIVITY-JUMP where there is no derivative: a
    threshold that is touched, jumps of one time that move apart, a start on a threshold, lots.
    """
    asked = checked_times(times, t0, t1)
    done = solve_switched(switched, t0, t1, x0, p, rtol, atol, max_steps=max_steps, cancel=cancel)
    chosen = np.arange(switched.live.states) if rows is None else np.asarray(rows, dtype=np.int64)
    if done.solution.code is not ResultCode.SUCCESS:
        reached = float(done.solution.t[-1])
        return nothing_reached(done.solution.code, reached, asked, s0, len(chosen))
    if done.live_from < t1:
        raise _without_value(done.live_from, slopes)
    parameters = switched.lengthened(p)
    points = jump_points(switched, done, parameters)
    floor = np.zeros_like(s0) if sensitivity_atol is None else np.asarray(sensitivity_atol)
    allowance = Allowance(rtol, atol, np.where(np.isfinite(floor), floor, 0.0), t1 - t0)
    saltation = Saltation(switched, slopes, parameters, varied, allowance)
    kernel = slopes.forcing
    forcing = Forcing(kernel.kernel.address, kernel.indptr, kernel.indices, varied.direction, kernel)
    x = np.full((len(asked), switched.live.states), np.nan)
    s = np.full((len(asked), len(chosen), s0.shape[1]), np.nan)
    begun, counts = np.array(s0, dtype=np.float64), Counts()
    for point, end in zip(points, [*(later.time for later in points[1:]), t1], strict=True):
        begun = saltation.cross(point, begun)
        inside = slice(*np.searchsorted(asked, [point.time, end]).tolist())
        if end - point.time <= SHORT * max(abs(end), t1 - t0):
            x[inside], s[inside] = point.after, begun[chosen]
            continue
        piece = solve_sensitivities(
            switched.frozen,
            forcing,
            point.time,
            end,
            point.after,
            begun,
            parameters,
            rtol,
            atol,
            sensitivity_atol,
            times=asked[inside],
            rows=chosen,
            max_steps=max(max_steps - counts.steps, 1),
            cancel=cancel,
        )
        x[inside], s[inside] = piece.x, piece.sensitivities
        begun, counts = piece.last, _together(counts, piece.counts)
        if not piece.ok:
            if piece.code in _BEYOND and end < t1 and end - piece.reached <= 1e-2 * (end - point.time):
                raise _without_value(end, slopes)
            return SensitivitySolution(piece.code, piece.reached, asked, x, s, counts, begun)
    x[asked == t1], s[asked == t1] = done.solution.x[-1], begun[chosen]
    return SensitivitySolution(ResultCode.SUCCESS, float(t1), asked, x, s, counts, begun)


def _without_value(time: float, slopes: JumpSlopes) -> UnsupportedFeature:
    """Held rates end at a jump (a root), which may stop the first pass or, a little before it, the second."""
    return UnsupportedFeature(
        "E-SENSITIVITY-JUMP",
        f"rates that have no value beyond a jump at t = {time:.6g}",
        needed="rates that go on smoothly on both sides of a jump, for sensitivities",
        advice="use finite differences",
        where=slopes.where(),
    )


def _together(one: Counts, other: Counts) -> Counts:
    return Counts(
        one.steps + other.steps,
        one.rejected + other.rejected,
        one.rates + other.rates,
        one.jacobians + other.jacobians,
        one.factorisations + other.factorisations,
        one.newton_failures + other.newton_failures,
    )
