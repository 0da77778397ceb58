"""A steady state of ``x' = G v`` near a state, without leaving the state plus the range of G."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.ndf import vector
from isthmus.solve.result import ResultCode
from isthmus.solve.stability import grows


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

    Rows of G that span the others give coordinates z = x_picked in which x moves by B z; each step solves
    ``(1/step - A) dz = z'`` with A the Jacobian there, so that every linear combination of states that G
    leaves alone is held to rounding; the step grows as the slope falls. It has converged when a full Newton
    step changes no state by more than ``max(tolerance |x|, scale)`` and no direction grows. M is ignored;
    whether the state is meaningful (not negative) is for the caller to judge. Kelley and Keyes 1998.
    """
    from isthmus.solve.relax_driver import UNDECIDED, descend

    x = vector(x0, system.states, "the state")
    allowed = vector(
        np.broadcast_to(np.asarray(scale, dtype=np.float64), system.states), system.states, "scale"
    )
    parameters = np.array(p, dtype=np.float64).reshape(-1)
    frame = _frame(system)
    if frame.directions == 0:
        return Relaxed(ResultCode.SUCCESS, x, 0)
    room = _Room(system, frame, x, parameters, allowed, t, tolerance)
    code = descend(room.address, 0)
    while code == UNDECIDED:
        code = descend(room.address, -1 if grows(room.matrix) else 1)
    return Relaxed(ResultCode(code), room.x, int(room.progress[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What relaxations of one system share: B (n × r), the picked rows and the patterns."""

    directions: int
    arrays: tuple[Any, ...]


def _frame(system: System) -> _Frame:
    if "frame" not in system.derived:
        from isthmus.solve.range_basis import span

        n, m = system.states, system.rates
        width = min(n, m)
        basis, picked = np.zeros((n, width)), np.zeros(width, dtype=np.int64)
        matrix = system.gain.dense()
        r = span(n, m, matrix.ctypes.data, basis.ctypes.data, picked.ctypes.data)
        gain = system.gain
        arrays = (
            gain.data,
            gain.indices.astype(np.int64),
            gain.indptr.astype(np.int64),
            system.indptr.astype(np.int64),
            system.indices.astype(np.int64),
            np.ascontiguousarray(basis[:, :r]),
            picked,
        )
        system.derived["frame"] = _Frame(r, arrays)
    frame: _Frame = system.derived["frame"]
    return frame


class _Room:
    """The memory of one relaxation, in the order of the fields of `Descent`."""

    def __init__(
        self, system: System, frame: _Frame, x: Floats, p: Floats, allowed: Floats, t: float, tolerance: float
    ) -> None:
        from isthmus.solve.factorisation import factor_sizes, table_over

        n, m, r = system.states, system.rates, frame.directions
        sizes = [1, len(p), *[n] * 6, m, len(system.indices), m * r, r * r, r, r, 3]
        factors = factor_sizes(r)
        block = np.zeros(sum(sizes) + sum(factors))
        places, end = table_over(block.ctypes.data, sizes)
        self._factors, _ = table_over(end, factors)
        numbers = [n, m, r, system.rates_address, system.jacobian_address, self._factors.ctypes.data]
        shared = [array.ctypes.data for array in frame.arrays]
        self._table: Indices = np.array([*numbers, *shared, *places.tolist()], dtype=np.int64)
        self._kept = (block, frame)
        starts = np.cumsum([0, *sizes]).tolist()
        field = [block[start : start + size] for start, size in zip(starts, sizes, strict=False)]
        field[0][0], field[1][:], field[2][:], field[7][:] = t, p, x, allowed
        self.x, self.matrix, self.progress = field[2], field[11].reshape(r, r), field[14]
        self.progress[2] = tolerance
        self.address = int(self._table.ctypes.data)
