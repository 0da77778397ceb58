"""Room for the accepted steps, which doubles when it is full."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import part
from isthmus.solve.native_call import row_at
from isthmus.solve.table import reader_of

# What compiled code returns when it needs more room to go on.
FULL = -1001
_FIRST_STEPS = 512
_ROWS_PER_STEP = 4
_MOST_ROWS = 5
_FIELDS = 8


class Storage:
    """The steps so far; arrays are longer than what they hold."""

    states: int
    steps: int
    """room for steps"""
    rows: int
    """room for differences"""
    t: Floats
    x: Floats
    """(steps + 1) × n"""
    spacing: Floats
    first: Indices
    differences: Floats
    """rows × n"""


storage_at = reader_of(Storage)


class Shelf:
    """The arrays of a storage and the table that compiled code reads."""

    def __init__(self, t0: float, start: Floats) -> None:
        """Make room for some steps from a start."""
        self._table: Indices = np.zeros(_FIELDS, dtype=np.int64)
        self.address = int(self._table.ctypes.data)
        self._make(len(start), _FIRST_STEPS)
        self.t[0], self.x[0], self.first[0] = t0, start, 0

    def _make(self, n: int, steps: int) -> None:
        rows = _ROWS_PER_STEP * steps + _MOST_ROWS
        self.t, self.x = np.empty(steps + 1), np.empty((steps + 1, n))
        self.spacing, self.first = np.empty(steps), np.empty(steps + 1, dtype=np.int64)
        self.differences = np.empty((rows, n))
        places = [array.ctypes.data for array in (self.t, self.x, self.spacing, self.first, self.differences)]
        # Who reads the steps while they are made knows the table by its address.
        self._table[:] = n, steps, rows, *places

    def enlarge(self, steps: int) -> None:
        """Double the room and keep the steps."""
        t, x, spacing, first, differences = self.kept(steps)
        self._make(x.shape[1], 2 * len(self.spacing))
        self.t[: steps + 1], self.x[: steps + 1], self.first[: steps + 1] = t, x, first
        self.spacing[:steps], self.differences[: len(differences)] = spacing, differences

    def is_full(self, steps: int) -> bool:
        """Whether one more step might not fit."""
        return bool(steps >= len(self.spacing) or self.first[steps] + _MOST_ROWS > len(self.differences))

    def leap(self, steps: int, t: float, x: Floats) -> None:
        """Keep a step of order 0 to a time and state; there is room."""
        self.spacing[steps] = t - self.t[steps]
        self.t[steps + 1], self.x[steps + 1], self.first[steps + 1] = t, x, self.first[steps]

    def kept(self, steps: int) -> tuple[Floats, Floats, Floats, Indices, Floats]:
        """Return t, x, spacing, first and differences, copied to hold the steps and nothing else."""
        return (
            self.t[: steps + 1].copy(),
            self.x[: steps + 1].copy(),
            self.spacing[:steps].copy(),
            self.first[: steps + 1].copy(),
            self.differences[: self.first[steps]].copy(),
        )


@part
def is_full(storage: Storage, steps: int) -> bool:
    """Return whether one more step might not fit."""
    return bool(steps >= storage.steps or storage.first[steps] + _MOST_ROWS > storage.rows)


@part
def keep_step(storage: Storage, step: int, t: float, h: float, order: int, differences: Floats) -> None:
    """Store one accepted step; there is room."""
    n, row = storage.states, storage.first[step]
    storage.t[step + 1] = t
    storage.spacing[step] = h
    state, target = row_at(storage.x, (step + 1) * n), row_at(storage.differences, row * n)
    for i in range(n):
        state[i] = differences[i]
    for i in range(order * n):
        target[i] = differences[n + i]
    storage.first[step + 1] = row + order
