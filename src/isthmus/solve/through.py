"""One call for every system: through its jumps and events where it has any."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.hybrid import HybridSolution
from isthmus.solve.result import Samples, Solution


def solve_through(
    system: System | SwitchedSystem,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> HybridSolution[Solution]:
    """Integrate from t0 to t1 as `solve_ndf` does; p: the ordinary parameters."""
    if isinstance(system, SwitchedSystem):
        from isthmus.solve.hybrid_ndf import solve_switched

        return solve_switched(system, t0, t1, x0, p, rtol, atol, max_steps=max_steps, cancel=cancel)
    from isthmus.solve.ndf import solve_ndf

    smooth = solve_ndf(system, t0, t1, x0, p, rtol, atol, max_steps=max_steps, cancel=cancel)
    return HybridSolution(smooth, (), 0, math.inf)


def solve_independently(
    system: System | SwitchedSystem,
    t0: float,
    t1: float,
    x0: Floats,
    p: Floats,
    rtol: float,
    atol: Floats,
    *,
    times: Floats,
) -> HybridSolution[Samples]:
    """The same by CVODE, or by IDA where there are constraints, at increasing times."""
    smooth = system.live if isinstance(system, SwitchedSystem) else system
    if smooth.is_algebraic:
        from isthmus.solve.ida import solve_ida as other
    else:
        from isthmus.solve.cvode import solve_cvode as other
    if isinstance(system, SwitchedSystem):
        from isthmus.solve.hybrid_sampled import solve_sampled

        return solve_sampled(other, system, t0, t1, x0, p, rtol, atol, times=times)
    return HybridSolution(other(system, t0, t1, x0, p, rtol, atol, times=times), (), 0, math.inf)
