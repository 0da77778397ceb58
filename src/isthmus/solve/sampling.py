"""What an integration leaves where its steps are not wanted: values at chosen times, or peaks.

Every step of many states is much to write, and most of it is never read.
"""

from __future__ import annotations

import ctypes

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import part
from isthmus.solve.native_call import array_address, row_at
from isthmus.solve.storage import EVERY_STEP, FIELDS, PEAKS, SAMPLES, Storage, keep_step
from isthmus.solve.workspace import copy_to

_NO_LIMIT = 2**62
_NO_TIMES: Floats = np.empty(0)


class Sampling:
    """The table of a `Storage` that keeps no steps, and its arrays.

    times: ascending; none for peaks. values: the states at the times, NaN where the integration has not come
    so far; or one row, the largest size of each state.
    """

    def __init__(self, t0: float, start: Floats, times: Floats | None = None) -> None:
        n, kind = len(start), PEAKS if times is None else SAMPLES
        self.times = _NO_TIMES if times is None else times
        self.values = (
            np.full((len(self.times), n), np.nan) if times is not None else np.abs(start)[np.newaxis]
        )
        self._reached = np.array([t0])
        self._next: Indices = np.zeros(1, dtype=np.int64)
        reached, *rest = map(array_address, (self._reached, self._next, self.times, self.values))
        self._table = (ctypes.c_int64 * FIELDS)(n, _NO_LIMIT, _NO_LIMIT, reached, *[0] * 4)
        self._table[8:] = [kind, len(self.times), *rest]
        self.address = ctypes.addressof(self._table)

    @property
    def reached(self) -> float:
        """The end of the last step."""
        return float(self._reached[0])

    def begin(self, start: Floats) -> None:
        """Take what the start says."""
        if self._table[8] == PEAKS:
            self.values[0] = np.abs(start)
        else:
            self._next[0] = np.searchsorted(self.times, self.reached, side="right")
            self.values[: self._next[0]] = start


@part
def keep(storage: Storage, step: int, t: float, h: float, order: int, differences: Floats) -> None:
    """Keep of an accepted step what is wanted; there is room."""
    if storage.kind == EVERY_STEP:
        keep_step(storage, step, t, h, order, differences)
        return
    storage.t[0] = t
    if storage.kind == SAMPLES:
        _sample(storage, t, h, order, differences)
    else:
        _raise_peaks(storage, differences)


@part
def _sample(storage: Storage, t: float, h: float, order: int, differences: Floats) -> None:
    """Write the states at the times that the step has passed."""
    n, following = storage.states, storage.next
    while following[0] < storage.asked and storage.times[following[0]] <= t:
        state = row_at(storage.values, following[0] * n)
        interpolate(n, differences, row_at(differences, n), order, t, h, storage.times[following[0]], state)
        following[0] += 1


@part
def _raise_peaks(storage: Storage, state: Floats) -> None:
    peaks = storage.values
    for i in range(storage.states):
        size = abs(state[i])
        peaks[i] = size if size > peaks[i] else peaks[i]


@part
def interpolate(
    n: int, end: Floats, differences: Floats, order: int, t: float, h: float, time: float, out: Floats
) -> None:
    """Write the state at a time within a step, by the polynomial through its end: see `Solution`."""
    copy_to(out, end, n)
    if time == t:
        return
    product = 1.0
    for j in range(order):
        product *= (time - t + j * h) / ((j + 1) * h)
        _add(n, out, product, row_at(differences, j * n))


@part
def _add(n: int, target: Floats, factor: float, source: Floats) -> None:
    for i in range(n):
        target[i] += factor * source[i]
