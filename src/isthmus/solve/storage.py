"""Room for the accepted steps, which doubles when it is full."""

from __future__ import annotations

from collections import deque
from itertools import accumulate

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


# Memory that the system has given is slow to touch for the first time: some is kept for the next shelf.
_SPARE: deque[Floats] = deque(maxlen=2)
_MOST_SPARE = 1 << 22


class _Loan:
    """Numbers on loan for as long as an array shows them."""

    def __init__(self, least: int) -> None:
        try:
            memory = _SPARE.pop()
        except IndexError:
            memory = np.empty(least)
        self._memory = memory if len(memory) >= least else np.empty(least)
        self.__array_interface__ = self._memory.__array_interface__

    def __del__(self, spare: deque[Floats] = _SPARE) -> None:
        if len(self._memory) <= _MOST_SPARE:
            spare.append(self._memory)


class Shelf:
    """The arrays of a storage and the table that compiled code reads."""

    def __init__(self, t0: float, start: Floats) -> None:
        """Make room for some steps from a start."""
        self._table: Indices = np.zeros(_FIELDS, dtype=np.int64)
        self.address = int(self._table.ctypes.data)
        self._make(len(start), _FIRST_STEPS)
        self.t[0], self.x[0], self.first[0] = t0, start, 0

    def _make(self, n: int, steps: int) -> None:
        fixed, each = 2 + n + _MOST_ROWS * n, 3 + n + _ROWS_PER_STEP * n
        self._whole: Floats = np.asarray(_Loan(fixed + each * steps))
        steps = (len(self._whole) - fixed) // each
        rows = _ROWS_PER_STEP * steps + _MOST_ROWS
        ends = list(accumulate([steps + 1, steps, steps + 1, (steps + 1) * n, rows * n]))
        self.t, self.spacing = self._whole[: ends[0]], self._whole[ends[0] : ends[1]]
        self.first: Indices = self._whole[ends[1] : ends[2]].view(np.int64)
        self.x = self._whole[ends[2] : ends[3]].reshape(steps + 1, n)
        self.differences = self._whole[ends[3] : ends[4]].reshape(rows, n)
        begin = int(self._whole.ctypes.data)
        t, spacing, first, x, differences = (begin + 8 * place for place in (0, *ends[:4]))
        # Who reads the steps while they are made knows the table by its address.
        self._table[:] = n, steps, rows, t, x, spacing, first, differences

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

    def handed_over(self, steps: int) -> tuple[Floats, Floats, Floats, Indices, Floats]:
        """Return what `kept` does, and keep no more steps; not copied where it fills most of its room."""
        rows = int(self.first[steps])
        if 2 * rows * self.x.shape[1] < len(self._whole):
            return self.kept(steps)
        t, x, spacing, first = self.t, self.x, self.spacing, self.first
        return t[: steps + 1], x[: steps + 1], spacing[:steps], first[: steps + 1], self.differences[:rows]

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
