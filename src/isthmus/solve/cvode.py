"""The independent second integrator for ordinary differential equations: CVODE of SUNDIALS."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import System
from isthmus.solve.ndf import checked_input
from isthmus.solve.radau import need_identity
from isthmus.solve.result import Counts, ResultCode, Samples

_BDF = 2
_CODES = {
    0: ResultCode.SUCCESS,
    1001: ResultCode.MAX_STEPS,
    1002: ResultCode.STEP_UNDERFLOW,
    -1: ResultCode.MAX_STEPS,
    -2: ResultCode.STEP_UNDERFLOW,
    -3: ResultCode.STEP_UNDERFLOW,
    -4: ResultCode.NEWTON_FAILED,
    -6: ResultCode.NOT_FINITE,
    -8: ResultCode.NOT_FINITE,
    -9: ResultCode.NOT_FINITE,
    -10: ResultCode.NOT_FINITE,
    -11: ResultCode.NOT_FINITE,
}


def solve_cvode(
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
) -> Samples:
    """Integrate from t0 to t1 by BDF with a dense direct solver, M being the identity.

    Hindmarsh et al. 2005, ACM Trans. Math. Softw. 31:363.
    """
    need_identity(system)
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
    from isthmus.solve.sundials import Session, run, standing
    from isthmus.solve.sundials_callbacks import cvode_callbacks

    if t1 == t0:
        return standing(t0, start, asked, ResultCode.SUCCESS)
    slope, jacobian = cvode_callbacks()
    state = start.copy()
    with Session(system, parameters) as session:
        vector, allowed = session.vector(state), session.vector(tolerances)
        memory = session.integrator("cvode", "CVode", _BDF)
        session.call(
            "cvode", "CVodeInit", memory, ctypes.c_void_p(slope.address), ctypes.c_double(t0), vector
        )
        session.call("cvode", "CVodeSVtolerances", memory, ctypes.c_double(rtol), allowed)
        session.call("cvode", "CVodeSetUserData", memory, ctypes.c_void_p(session.user.ctypes.data))
        session.call("cvode", "CVodeSetLinearSolver", memory, session.linear_solver(vector), session.matrix)
        session.call("cvode", "CVodeSetJacFn", memory, ctypes.c_void_p(jacobian.address))
        session.call("cvode", "CVodeSetStopTime", memory, ctypes.c_double(t1))
        session.call("cvode", "CVodeSetMaxHnilWarns", memory, -1)
        samples = run(
            session,
            "cvode",
            ("CVode", "CVodeGetDky"),
            memory,
            (vector, state),
            vector,
            (t0, t1),
            asked,
            max_steps,
            _CODES,
        )
        counts = Counts(
            steps=samples.steps,
            rejected=session.counter("cvode", "CVodeGetNumErrTestFails", memory),
            rates=session.counter("cvode", "CVodeGetNumRhsEvals", memory),
            jacobians=session.counter("cvode", "CVodeGetNumJacEvals", memory),
            factorisations=session.counter("cvode", "CVodeGetNumLinSolvSetups", memory),
            newton_failures=session.counter("cvode", "CVodeGetNumNonlinSolvConvFails", memory),
        )
    return replace(samples, counts=counts)
