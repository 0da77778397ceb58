"""A steady state of ``x' = G v`` near a state, without leaving the state plus the range of G."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes
from isthmus.solve.ndf import vector
from isthmus.solve.result import ResultCode

_MOST_STEPS = 500
_GROWTH = 4.0
_SHRINK = 0.25
# A pseudo-time step may change the state by this part of its size, so that the nearest branch is followed.
_BOLD = 0.5
_SMALLEST = 1e-30
# Eigenvalues this far below the largest are rounding.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """Where the relaxation ended; ``x`` is the last state even when no steady state was found."""

    code: ResultCode
    x: Floats
    steps: int

    @property
    def ok(self) -> bool:
        """Whether a steady state was found."""
        return self.code is ResultCode.SUCCESS


def relax(
    system: System,
    x0: ArrayLike,
    p: ArrayLike,
    t: float = 0.0,
    tolerance: float = 1e-10,
    scale: ArrayLike = 1e-12,
) -> Relaxed:
    """Follow ``x' = G v`` to rest at frozen time by pseudo-transient continuation and Newton's iteration.

    Each step solves ``(1/step - Q'JQ) dz = Q'Gv`` in an orthonormal basis Q of the range of G, so that every
    linear combination of states that G leaves alone is held to rounding; the step grows as the slope falls.
    It has converged when a full Newton step changes no state by more than ``max(tolerance |x|, scale)`` and
    no direction grows. M is ignored; whether the state is meaningful (not negative) is for the caller to
    judge. Kelley and Keyes 1998.
    """
    x = vector(x0, system.states, "the state")
    allowed = vector(
        np.broadcast_to(np.asarray(scale, dtype=np.float64), system.states), system.states, "scale"
    )
    parameters = np.ascontiguousarray(p, dtype=np.float64).reshape(-1)
    basis = _range_basis(system)
    if basis.shape[1] == 0:
        return Relaxed(ResultCode.SUCCESS, x, 0)
    slope = evaluate_slopes(system, t, x, parameters)
    if not np.isfinite(slope).all():
        return Relaxed(ResultCode.NOT_FINITE, x, 0)
    step = 0.1 / max(_relative(basis @ (basis.T @ slope), x, allowed), _SMALLEST)
    unit = np.eye(basis.shape[1])
    for count in range(_MOST_STEPS):
        matrix = basis.T @ evaluate_jacobian(system, t, x, parameters) @ basis
        right = basis.T @ slope
        if not np.isfinite(matrix).all():
            return Relaxed(ResultCode.NOT_FINITE, x, count)
        newton = _solved(-matrix, right, basis)
        close = newton is not None and (np.abs(newton) <= np.maximum(tolerance * np.abs(x), allowed)).all()
        if newton is not None and close and _attracts(matrix):
            return Relaxed(ResultCode.SUCCESS, x + newton, count + 1)
        shifted = unit / step - matrix
        # A negative determinant: the step outlasts a growing direction, and would be drawn to what repels.
        change = _solved(shifted, right, basis) if np.linalg.slogdet(shifted)[0] > 0.0 else None
        if change is None:
            step *= _SHRINK
            continue
        following = evaluate_slopes(system, t, x + change, parameters)
        moved = _relative(change, x, allowed)
        if not (np.isfinite(following).all() and moved <= 2.0 * _BOLD):
            step *= _SHRINK
            if step < _SMALLEST:
                return Relaxed(ResultCode.STEP_UNDERFLOW, x, count)
            continue
        fall = np.linalg.norm(slope) / max(float(np.linalg.norm(following)), _SMALLEST)
        grown = min(max(float(fall), 1.5), _BOLD / max(moved, _SMALLEST))
        step *= min(max(grown, _SHRINK), _GROWTH)
        x, slope = x + change, following
    return Relaxed(ResultCode.NO_STEADY_STATE, x, _MOST_STEPS)


def _solved(matrix: Floats, right: Floats, basis: Floats) -> Floats | None:
    try:
        change: Floats = basis @ np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return None
    return change


def _attracts(matrix: Floats) -> bool:
    """Return whether no direction grows, rounding aside."""
    rates = np.linalg.eigvals(matrix)
    return bool(rates.real.max() <= _NOISE * np.abs(rates).max())


def _relative(change: Floats, x: Floats, allowed: Floats) -> float:
    """Return the largest change relative to the state's size, small states measured against the largest."""
    size = np.maximum(np.abs(x), np.maximum(1e-3 * np.max(np.abs(x)), allowed))
    return float(np.max(np.abs(change) / size))


def _range_basis(system: System) -> Floats:
    """Return orthonormal columns that span the range of G, worked out once."""
    if "range" not in system.derived:
        left, values, _ = np.linalg.svd(system.gain.dense(), full_matrices=False)
        rank = int(np.sum(values > 1e-12 * max(float(values[0]), _SMALLEST))) if len(values) else 0
        system.derived["range"] = np.ascontiguousarray(left[:, :rank])
    basis: Floats = system.derived["range"]
    return basis
