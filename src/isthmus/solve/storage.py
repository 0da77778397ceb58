"""Room for the accepted steps, which doubles when it is full."""

from __future__ import annotations

import ctypes
from collections import deque

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


class Storage:
    """The steps so far; arrays are longer than what they hold.

    Or, in place of steps, what `isthmus.solve.sampling` keeps.
    """

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
    is_sampled: int
    """1 where values at chosen times are kept in place of the steps"""
    asked: int
    """how many times are asked for"""
    next: Indices
    """the number of the next of them"""
    times: Floats
    values: Floats
    """asked × n"""
    peaks: Floats
    """the largest size of each state"""


FIELDS = len(Storage.__annotations__)
storage_at = reader_of(Storage)


# Memory that the system has given is slow to touch for the first time: some is kept for the next shelf.
_SPARE: deque[_Memory] = deque(maxlen=4)
_MOST_SPARE = 1 << 22
# What fills less of a spare is better off with memory of its own.
_TOO_LARGE = 4


class _Memory:
    """Numbers that arrays may be made of."""

    __slots__ = ("address", "interface", "numbers")

    def __init__(self, least: int) -> None:
        self.numbers = np.empty(least)
        self.interface = self.numbers.__array_interface__
        self.address: int = self.interface["data"][0]


def _memory(least: int) -> _Memory:
    """Return at least so many numbers."""
    for _ in range(len(_SPARE)):
        try:
            spare = _SPARE.popleft()
        except IndexError:
            break
        if least <= len(spare.numbers) <= _TOO_LARGE * least:
            return spare
        _SPARE.append(spare)
    return _Memory(least)


class _Loan:
    """Numbers on loan for as long as an array shows them."""

    def __init__(self, least: int) -> None:
        self.memory = _memory(least)
        self.__array_interface__ = self.memory.interface

    def __del__(self, spare: deque[_Memory] = _SPARE) -> None:
        if len(self.memory.numbers) <= _MOST_SPARE:
            spare.append(self.memory)


class Shelf:
    """The arrays of a storage and the table that compiled code reads."""

    def __init__(self, t0: float, start: Floats, expected: tuple[int, int] | None = None) -> None:
        """Make room for some steps from a start; expected: so many, and so many rows of differences."""
        self._table = (ctypes.c_int64 * FIELDS)()
        # Who reads the steps while they are made knows the table by its address.
        self.address = ctypes.addressof(self._table)
        steps, rows = expected or (_FIRST_STEPS, _ROWS_PER_STEP * _FIRST_STEPS)
        self._make(len(start), steps, rows + _MOST_ROWS)
        self.t[0], self.x[0], self.first[0] = t0, start, 0

    def _make(self, n: int, steps: int, rows: int) -> None:
        spacing, first, x = steps + 1, 2 * steps + 1, 3 * steps + 2
        differences = x + (steps + 1) * n
        total = differences + rows * n
        loan = _Loan(total)
        self._whole: Floats = np.asarray(loan)
        self.t, self.spacing = self._whole[:spacing], self._whole[spacing:first]
        self.first: Indices = self._whole[first:x].view(np.int64)
        self.x = self._whole[x:differences].reshape(steps + 1, n)
        self.differences = self._whole[differences:total].reshape(rows, n)
        at = loan.memory.address
        places = (at, at + 8 * x, at + 8 * spacing, at + 8 * first, at + 8 * differences)
        self._table[: 3 + len(places)] = [n, steps, rows, *places]

    def begin(self, start: Floats) -> None:
        """Take what the start says."""
        self.x[0] = start

    def enlarge(self, steps: int) -> None:
        """Double the room and keep the steps."""
        t, x, spacing, first, differences = self.kept(steps)
        self._make(x.shape[1], 2 * len(self.spacing), 2 * len(self.differences))
        self.t[: steps + 1], self.x[: steps + 1], self.first[: steps + 1] = t, x, first
        self.spacing[:steps], self.differences[: len(differences)] = spacing, differences

    def has_steps(self, steps: int) -> bool:
        """Whether there is room for so many steps, be it without differences."""
        return steps <= len(self.spacing)

    def is_full(self, steps: int) -> bool:
        """Whether one more step might not fit; so many are kept."""
        return bool(steps >= len(self.spacing) or self.first[steps] + _MOST_ROWS > len(self.differences))

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
    if storage.is_sampled != 0:
        return False
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
