"""The integrators by name, for smooth systems and for those that jump."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import System
from isthmus.solve.result import Counts, ResultCode, Samples, Solution

if TYPE_CHECKING:
    from isthmus.solve.hybrid import HybridSolution

Floats = NDArray[np.float64]


def integrate(
    method: str,
    system: System | SwitchedSystem,
    horizon: float,
    start: Floats,
    parameters: Floats,
    rtol: float,
    atol: Floats,
    times: Floats,
    max_steps: int,
) -> HybridSolution[Solution] | HybridSolution[Samples]:
    """Integrate from 0; the independent integrators are told their times beforehand."""
    from isthmus.solve.hybrid import HybridSolution

    given = (0.0, horizon, start, parameters, rtol, atol)
    if method == "ndf":
        if isinstance(system, SwitchedSystem):
            from isthmus.solve.hybrid_ndf import solve_switched

            return solve_switched(system, *given, max_steps=max_steps)
        from isthmus.solve.ndf import solve_ndf

        return HybridSolution(solve_ndf(system, *given, max_steps=max_steps), (), 0, math.inf)
    if not len(start):
        # SUNDIALS takes no empty vectors.
        return HybridSolution(_nothing_moves(horizon, times), (), 0, math.inf)
    independent = _independent(method)
    if isinstance(system, SwitchedSystem):
        from isthmus.solve.hybrid_sampled import solve_sampled

        return solve_sampled(independent, system, *given, times=times, max_steps=max_steps)
    return HybridSolution(independent(system, *given, times=times, max_steps=max_steps), (), 0, math.inf)


def _nothing_moves(horizon: float, times: Floats) -> Samples:
    ends = np.array([0.0, horizon])
    empty = np.zeros((2, 0))
    return Samples(ResultCode.SUCCESS, ends, empty, times, np.zeros((len(times), 0)), Counts(steps=1))


def _independent(method: str) -> Callable[..., Samples]:
    if method == "cvode":
        from isthmus.solve.cvode import solve_cvode

        return solve_cvode
    if method == "ida":
        from isthmus.solve.ida import solve_ida

        return solve_ida
    from isthmus.solve.radau import solve_radau

    return solve_radau
