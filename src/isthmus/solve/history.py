"""The past of an integration, which compiled rates look up: the integrator's own curve, so far."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import callback
from isthmus.solve.dense_output import first_not_before
from isthmus.solve.result import Solution
from isthmus.solve.storage import storage_at
from isthmus.solve.table import reader_of

# Times so little after the last known one are that one, rounded.
_ROUNDING = 1e-14


class Past:
    """The table at the address that p holds."""

    function: int
    """the address of the look-up itself"""
    steps: Indices
    """one number: how many steps are known"""
    storage: int
    """the address of a `Storage`"""


past_at = reader_of(Past)


def _look(table: int, state: int, time: float) -> float:
    """Return a state at a time: the start before it, NaN after the last known step.

    At a jump it is the state after it.
    """
    past = past_at(table)
    curve, steps = storage_at(past.storage), past.steps[0]
    n, t = curve.states, curve.t
    if time < t[0]:
        return float(curve.x[state])
    if not time <= t[steps]:
        if not time - t[steps] <= _ROUNDING * abs(time):
            return math.nan
        time = t[steps]
    end = first_not_before(t, steps, time)
    while end < steps and t[end + 1] == time:
        end += 1
    value = curve.x[end * n + state]
    if time < t[end]:
        h, row = curve.spacing[end - 1], curve.first[end - 1]
        product = 1.0
        for j in range(curve.first[end] - row):
            product *= (time - t[end] + j * h) / ((j + 1) * h)
            value += product * curve.differences[(row + j) * n + state]
    return float(value)


@cache
def _look_up() -> Any:
    return callback(_look, "ppd", "d")


class History:
    """The table of a past, which must outlive every call of rates that have its address."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._table: Indices = np.array([_look_up().address, 0, 0], dtype=np.int64)
        self._keep: tuple[object, ...] = ()

    @property
    def bits(self) -> float:
        """The address of the table, as the bits of a double, for p."""
        return float(np.array([self._table.ctypes.data], dtype=np.int64).view(np.float64)[0])

    def show(self, steps: Indices, storage: int) -> None:
        """Look into a storage, as far as `steps`, an array of one number, says when it is looked at."""
        self._keep = (steps,)
        self._table[1:] = steps.ctypes.data, storage

    @classmethod
    def of(cls, solution: Solution) -> History:
        """The past that a finished integration is."""
        history = cls()
        arrays = (solution.t, solution.x, solution.spacing, solution.first, solution.differences)
        sizes = [solution.x.shape[1], solution.steps, len(solution.differences)]
        storage = np.array([*sizes, *(array.ctypes.data for array in arrays)], dtype=np.int64)
        steps: Indices = np.array([solution.steps], dtype=np.int64)
        history.show(steps, int(storage.ctypes.data))
        history._keep = (steps, storage, solution)
        return history


def with_history(p: Floats, history: History) -> Floats:
    """Ordinary parameters of a model with delays, and the address of a history in their last entry."""
    known = p.copy()
    known[-1] = history.bits
    return known
