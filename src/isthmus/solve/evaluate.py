"""The compiled kernels as Python functions, and whole trajectories at once."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.errors import NumericalError
from isthmus.solve.native_call import array_address

_KERNEL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


def evaluate_kernel(address: int, t: float, x: Floats, p: Floats, width: int) -> Floats:
    """Return what a kernel ``(const double *t, const double *x, const double *p, double *out)`` writes."""
    time = np.array([t], dtype=np.float64)
    state = np.ascontiguousarray(x, dtype=np.float64)
    parameters = np.ascontiguousarray(p, dtype=np.float64)
    out = np.zeros(max(width, 1))
    _KERNEL(address)(time.ctypes.data, state.ctypes.data, parameters.ctypes.data, out.ctypes.data)
    return out[:width]


def evaluate_rates(system: System, t: float, x: Floats, p: Floats) -> Floats:
    """Return v(t, x, p): (m,)."""
    return evaluate_kernel(system.rates_address, t, _state(system, x), p, system.rates)


def evaluate_slopes(system: System, t: float, x: Floats, p: Floats) -> Floats:
    """Return the right-hand side G v(t, x, p): (n,)."""
    return system.gain.times(evaluate_rates(system, t, x, p))


def evaluate_rate_jacobian(system: System, t: float, x: Floats, p: Floats) -> Floats:
    """Return dv/dx, dense: (m, n)."""
    values = evaluate_kernel(system.jacobian_address, t, _state(system, x), p, len(system.indices))
    matrix = np.zeros((system.rates, system.states))
    rows = np.repeat(np.arange(system.rates), np.diff(system.indptr))
    np.add.at(matrix, (rows, system.indices), values)
    return matrix


def evaluate_rate_jacobians(system: System, times: ArrayLike, states: ArrayLike, p: ArrayLike) -> Floats:
    """Return dv/dx, dense, at each point of a trajectory: (len(times), m, n)."""
    values = evaluate_many(system.jacobian_address, times, states, p, len(system.indices))
    m, n = system.rates, system.states
    if "rate positions" not in system.derived:
        rows = np.repeat(np.arange(m), np.diff(system.indptr))
        system.derived["rate positions"] = rows * n + system.indices
    table = np.zeros((len(values), m * n))
    table[:, system.derived["rate positions"]] = values
    return table.reshape(len(values), m, n)


def evaluate_jacobian(system: System, t: float, x: Floats, p: Floats) -> Floats:
    """Return G dv/dx, dense: (n, n)."""
    values = evaluate_kernel(system.jacobian_address, t, _state(system, x), p, len(system.indices))
    scatter, n = system.scatter, system.states
    flat = np.bincount(scatter.position, scatter.coefficient * values[scatter.source], minlength=n * n)
    return flat.reshape(n, n).astype(np.float64)


def evaluate_many(address: int, times: ArrayLike, states: ArrayLike, p: ArrayLike, width: int) -> Floats:
    """Return what a kernel of that C signature writes at each point of a trajectory: (len(times), width).

    p: (q,), or a row for each point.
    """
    from isthmus.solve.evaluate_loop import call_at_each

    points = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
    rows = np.ascontiguousarray(states, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != len(points):
        raise NumericalError(
            "E-SOLVE-SHAPE", f"states of shape {rows.shape}", needed=f"{len(points)} rows, one a time"
        )
    out = np.zeros((len(points), width))
    parameters = np.ascontiguousarray(p, dtype=np.float64)
    if parameters.ndim == 2 and len(parameters) != len(points):
        raise NumericalError(
            "E-SOLVE-SHAPE",
            f"parameters of shape {parameters.shape}",
            needed=f"{len(points)} rows, or one row for all",
        )
    step = parameters.shape[1] if parameters.ndim == 2 else 0
    t_at, x_at, p_at, out_at = map(array_address, (points, rows, parameters, out))
    call_at_each(address, len(points), t_at, x_at, rows.shape[1], p_at, step, out_at, width)
    return out


def _state(system: System, x: Floats) -> Floats:
    state = np.ascontiguousarray(x, dtype=np.float64)
    if state.shape != (system.states,):
        raise NumericalError(
            "E-SOLVE-SHAPE", f"a state of shape {state.shape}", needed=f"shape ({system.states},)"
        )
    return state
