"""The curve of an integrator with cubic dense output, kept as the past that delays look up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.history import History
from isthmus.solve.result import Counts, ResultCode, Solution
from isthmus.solve.storage import Shelf

_DEGREE = 3


class Record:
    """Steps from a start, as many as `count`, an array of one number, says; `history` looks into them."""

    def __init__(self, t0: float, x0: Floats, longest_step: float) -> None:
        self.longest_step = longest_step
        self.history = History()
        self.shelf = Shelf(t0, x0)
        self.count: Indices = np.zeros(1, dtype=np.int64)
        self.history.show(self.count, self.shelf.address)

    @property
    def steps(self) -> int:
        """How many steps are kept."""
        return int(self.count[0])

    def keep(self, t0: float, t1: float, curve: Callable[[Any], Any]) -> None:
        """Keep a step: the cubic through a curve, (n, times), at its end and three spacings before."""
        self._make_room()
        shelf, step, h = self.shelf, self.steps, t1 - t0
        values = np.asarray(curve(t1 - (h / _DEGREE) * np.arange(_DEGREE + 1))).T
        row = int(shelf.first[step])
        shelf.t[step + 1], shelf.x[step + 1], shelf.spacing[step] = t1, values[0], h / _DEGREE
        for j in range(_DEGREE):
            # Differences are backward: values are newest first.
            values = values[:-1] - values[1:]
            shelf.differences[row + j] = values[0]
        shelf.first[step + 1] = row + _DEGREE
        self.count[0] = step + 1

    def solution(self) -> Solution:
        """What is kept, as a dense solution."""
        return Solution(ResultCode.SUCCESS, *self.shelf.kept(self.steps), counts=Counts(steps=self.steps))

    def _make_room(self) -> None:
        if self.shelf.is_full(self.steps):
            self.shelf.enlarge(self.steps)
