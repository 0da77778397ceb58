"""The third opinion: SciPy's Radau IIA of order 5 over the same kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.errors import NumericalError
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes
from isthmus.solve.ndf import checked_input
from isthmus.solve.result import Counts, ResultCode, Samples

if TYPE_CHECKING:
    from isthmus.solve.look import Look
    from isthmus.solve.record import Record


def solve_radau(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    times: ArrayLike = (),
    max_steps: int = 100_000,
    record: Record | None = None,
    look: Look | None = None,
) -> Samples:
    """Integrate from t0 to t1, M being the identity, or to where `look` sees a mode change.

    record: of the past that rates look up. Hairer and Wanner 1996, IV.8.
    """
    from scipy.integrate import Radau

    need_identity(system)
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
    at_times = np.full((len(asked), system.states), np.nan)
    at_times[asked == t0] = start
    t, x = [float(t0)], [start]
    if t1 == t0:
        return Samples(ResultCode.SUCCESS, np.array(t), np.array(x), asked, at_times, Counts())
    if not np.isfinite(evaluate_slopes(system, t0, start, parameters)).all():
        return Samples(ResultCode.NOT_FINITE, np.array(t), np.array(x), asked, at_times, Counts())

    def slope(time: float, state: Floats) -> Floats:
        return evaluate_slopes(system, time, state, parameters)

    def jacobian(time: float, state: Floats) -> Floats:
        return evaluate_jacobian(system, time, state, parameters)

    longest = np.inf if record is None else record.longest_step
    method = Radau(
        slope, t0, start, t1, rtol=max(rtol, 2.3e-14), atol=tolerances, jac=jacobian, max_step=longest
    )
    code = ResultCode.SUCCESS
    with np.errstate(all="ignore"):
        while method.status == "running":
            if len(t) > max_steps:
                code = ResultCode.MAX_STEPS
                break
            try:
                method.step()
            except ValueError:
                # SciPy's factorisation refuses matrices that are not finite.
                code = ResultCode.NOT_FINITE
                break
            if method.status == "failed":
                code = ResultCode.STEP_UNDERFLOW
                break
            curve, ahead, state = method.dense_output(), float(method.t), method.y.copy()
            change = np.inf if look is None else look.first_change(t[-1], ahead, curve)
            if change <= ahead:
                ahead, state = change, curve(change)
            inside = (asked > t[-1]) & (asked <= ahead)
            if inside.any():
                at_times[inside] = curve(asked[inside]).T
            if record is not None:
                record.keep(t[-1], ahead, curve)
            t.append(ahead)
            x.append(state)
            if change <= ahead:
                break
    counts = Counts(steps=len(t) - 1, rates=method.nfev, jacobians=method.njev, factorisations=method.nlu)
    return Samples(code, np.array(t), np.array(x), asked, at_times, counts)


def need_identity(system: System) -> None:
    """Refuse a system whose mass matrix is not the identity."""
    if not system.has_identity_mass:
        raise NumericalError(
            "E-SOLVE-MASS",
            "a mass matrix other than the identity",
            needed="ordinary differential equations",
            advice="use solve_ndf or solve_ida",
        )
