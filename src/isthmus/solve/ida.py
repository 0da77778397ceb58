"""The independent second integrator for systems with constraints: IDA of SUNDIALS."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes
from isthmus.solve.ndf import checked_input
from isthmus.solve.result import Counts, ResultCode, Samples

if TYPE_CHECKING:
    from isthmus.solve.look import Look

_CODES = {
    0: ResultCode.SUCCESS,
    1001: ResultCode.MAX_STEPS,
    1002: ResultCode.STEP_UNDERFLOW,
    -1: ResultCode.MAX_STEPS,
    -2: ResultCode.STEP_UNDERFLOW,
    -3: ResultCode.STEP_UNDERFLOW,
    -4: ResultCode.NEWTON_FAILED,
    -6: ResultCode.NOT_FINITE,
    -7: ResultCode.SINGULAR,
    -8: ResultCode.NOT_FINITE,
    -9: ResultCode.NOT_FINITE,
    -12: ResultCode.NOT_FINITE,
}
# As for solve_ndf: how far off the constraints, in tolerances, a start may be.
_NEAR = 10.0
_CLOSE = 1e-2
_CORRECTIONS = 8


def solve_ida(
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
    look: Look | None = None,
) -> Samples:
    """Integrate ``0 = G v - M x'`` from t0 to t1 by BDF with a dense direct solver. Hindmarsh et al. 2005."""
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
    from isthmus.solve.sundials import Session, run, standing
    from isthmus.solve.sundials_callbacks import ida_callbacks

    if t1 == t0:
        return standing(t0, start, asked, ResultCode.SUCCESS)
    allowed = np.maximum(rtol * np.abs(start), tolerances)
    code, state, speed = consistent_start(system, t0, t1, start, parameters, allowed)
    if code is not ResultCode.SUCCESS:
        return standing(t0, start, asked, code)
    residual, jacobian = ida_callbacks()
    with Session(system, parameters) as session:
        vector, slope = session.vector(state), session.vector(speed)
        memory = session.integrator("ida", "IDA")
        function = ctypes.c_void_p(residual.address)
        session.call("ida", "IDAInit", memory, function, ctypes.c_double(t0), vector, slope)
        session.call("ida", "IDASVtolerances", memory, ctypes.c_double(rtol), session.vector(tolerances))
        session.call("ida", "IDASetUserData", memory, ctypes.c_void_p(session.user.ctypes.data))
        session.call("ida", "IDASetLinearSolver", memory, session.linear_solver(vector), session.matrix)
        session.call("ida", "IDASetJacFn", memory, ctypes.c_void_p(jacobian.address))
        session.call("ida", "IDASetStopTime", memory, ctypes.c_double(t1))
        names = ("IDASolve", "IDAGetDky")
        samples = run(
            session,
            "ida",
            names,
            memory,
            (vector, state),
            slope,
            (t0, t1),
            asked,
            max_steps,
            _CODES,
            0 if look is None else look.address,
        )
        counts = Counts(
            steps=samples.steps,
            rejected=session.counter("ida", "IDAGetNumErrTestFails", memory),
            rates=session.counter("ida", "IDAGetNumResEvals", memory),
            jacobians=session.counter("ida", "IDAGetNumJacEvals", memory),
            factorisations=session.counter("ida", "IDAGetNumLinSolvSetups", memory),
            newton_failures=session.counter("ida", "IDAGetNumNonlinSolvConvFails", memory),
        )
    return replace(samples, counts=counts)


def consistent_start(
    system: System, t0: float, t1: float, start: Floats, p: Floats, allowed: Floats
) -> tuple[ResultCode, Floats, Floats]:
    """Return a code, the state put on the constraints if it is ``allowed`` close to them, and its slope.

    The matrix has the rows of M and, where those are zero, of -G dv/dx; the slope solves it against G v and,
    there, the derivative of the constraint with respect to time alone.
    """
    constrained, x = system.constraint_rows, start.copy()
    mass = system.mass_matrix.dense()
    for _ in range(_CORRECTIONS + 1):
        value = evaluate_slopes(system, t0, x, p)
        matrix = np.where(constrained[:, None], -evaluate_jacobian(system, t0, x, p), mass)
        if not (np.isfinite(value).all() and np.isfinite(matrix).all()):
            return ResultCode.NOT_FINITE, x, x
        try:
            change = np.linalg.solve(matrix, np.where(constrained, value, 0.0))
            small = 1.5e-8 * max(abs(t0), 1e-3 * (t1 - t0))
            drift = (evaluate_slopes(system, t0 + small, x, p) - value) / small
            speed = np.linalg.solve(matrix, np.where(constrained, drift, value))
        except np.linalg.LinAlgError:
            return ResultCode.SINGULAR, x, x
        if np.max(np.abs(change / allowed)) <= _CLOSE:
            return ResultCode.SUCCESS, x + change, speed
        x = x + change
        if not np.max(np.abs(x - start) / allowed) <= _NEAR:
            break
    return ResultCode.INCONSISTENT_START, x, x
