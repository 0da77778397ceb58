"""The workhorse: numerical differentiation formulas for ``M x' = G v``, M possibly singular."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.errors import NumericalError
from isthmus.solve.result import Counts, ResultCode, Samples, Solution


def solve_ndf(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> Solution:
    """Integrate from t0 to t1 >= t0.

    Each step's error, in root mean square over the states of ``error / max(rtol |x|, atol)``, is at most 1;
    algebraic states count like the others. Rates are never evaluated beyond t1. A start slightly off the
    constraints is put on them; one further off is INCONSISTENT_START. ``cancel`` is an array of one number;
    the integration stops, keeping what it has, within 100 steps of that number becoming nonzero. Shampine and
    Reichelt 1997, SIAM J. Sci. Comput. 18:1.
    """
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    if t1 == t0:
        return only_start(ResultCode.SUCCESS, t0, start)
    if not system.states:
        return nothing_moves(t0, t1)
    from isthmus.solve.ndf_smooth import march_through

    return march_through(system, (t0, t1), start, parameters, rtol, tolerances, max_steps, cancel)


def sample_ndf(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    times: ArrayLike,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> Samples:
    """Integrate as `solve_ndf` does and keep the states at some times only, ascending ones from t0 to t1.

    The values are those of the dense solution, to the bit; writing and keeping its steps takes a sixth of the
    time where there are hundreds of states, and memory.
    """
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = np.array(times, dtype=np.float64).reshape(-1)
    if len(asked) and not (asked[0] >= t0 and asked[-1] <= t1 and (asked[1:] >= asked[:-1]).all()):
        raise NumericalError(
            "E-SOLVE-TIMES", "times out of order or outside the run", needed=f"ascending ones in [{t0}, {t1}]"
        )
    if t1 == t0 or not system.states:
        counts = Counts(steps=int(t1 > t0))
        return Samples(
            ResultCode.SUCCESS,
            np.array([t0, t1]),
            np.array([start, start]),
            asked,
            np.tile(start, (len(asked), 1)),
            counts,
            np.abs(start),
        )
    from isthmus.solve.ndf_smooth import sample_through

    return sample_through(system, (t0, t1), start, parameters, rtol, tolerances, max_steps, cancel, asked)


def nothing_moves(t0: float, t1: float) -> Solution:
    """The solution of a system without states: one step of order 1 with nothing in it."""
    return Solution(
        ResultCode.SUCCESS,
        np.array([t0, t1]),
        np.zeros((2, 0)),
        np.array([t1 - t0]),
        np.array([0, 1], dtype=np.int64),
        np.zeros((1, 0)),
        Counts(steps=1),
    )


def only_start(code: ResultCode, t0: float, start: Floats) -> Solution:
    """The solution that ends where it starts."""
    return Solution(
        code,
        np.array([t0]),
        start.reshape(1, -1).copy(),
        np.empty(0),
        np.zeros(1, dtype=np.int64),
        np.empty((0, len(start))),
        Counts(),
    )


def checked_input(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float,
    atol: ArrayLike,
    max_steps: int,
) -> tuple[Floats, Floats, Floats]:
    """Return initial state, parameters and absolute tolerances as arrays, or refuse what cannot be meant."""
    start = vector(x0, system.states, "the initial state")
    allowed = np.full(system.states, atol) if np.ndim(atol) == 0 else atol
    tolerances = vector(allowed, system.states, "atol")
    if not (math.isfinite(t0) and math.isfinite(t1) and t1 >= t0):
        raise NumericalError(
            "E-SOLVE-TIMES", f"times from {t0} to {t1}", needed="finite times, the end not before the start"
        )
    if not 1e-14 <= rtol < 1.0 or (system.states and not tolerances[tolerances.argmin()] > 0.0):
        raise NumericalError(
            "E-SOLVE-TOLERANCE",
            f"tolerances rtol={rtol}, atol from {tolerances.min()} to {tolerances.max()}",
            needed="rtol from 1e-14 to 1 and positive atol",
        )
    if max_steps < 1:
        raise NumericalError("E-SOLVE-STEPS", f"max_steps={max_steps}", needed="at least one step")
    return start, np.array(p, dtype=np.float64).reshape(-1), tolerances


def vector(values: Any, length: int, what: str) -> Floats:
    """Return a copy as contiguous finite doubles of a given length, or refuse.

    A copy is never read-only, which numba would take for another type and compile anew.
    """
    array = np.array(values, dtype=np.float64, order="C")
    if array.shape != (length,):
        raise NumericalError("E-SOLVE-SHAPE", f"{what} of shape {array.shape}", needed=f"shape ({length},)")
    # A finite sum of squares is quicker to find, and says the same.
    with np.errstate(over="ignore"):
        square = array.dot(array)
    if not math.isfinite(square) and not np.isfinite(array).all():
        raise NumericalError(
            "E-SOLVE-VALUES", f"{what} with values that are not finite", needed="finite numbers"
        )
    return array
