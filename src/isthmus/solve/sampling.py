"""What an integration leaves where its steps are not wanted: values at chosen times, and peaks.

Every step of many states is much to write, and most of it is never read.
"""

from __future__ import annotations

import ctypes

import numpy as np

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.native_call import array_address, row_at
from isthmus.solve.storage import FIELDS, Storage, keep_step
from isthmus.solve.workspace import copy_to

_NO_LIMIT = 2**62


class Sampling:
    """The table of a `Storage` that keeps no steps, and its arrays.

    times: ascending. values: the states at the times, NaN where the integration has not come
    so far. peaks: the largest size of each state.
    """

    def __init__(self, t0: float, start: Floats, times: Floats) -> None:
        n, count = len(start), len(times)
        self.times = times
        self._block = np.empty(2 + (1 + count) * n)
        self._block[0] = t0
        self.peaks, self.values = self._block[2 : 2 + n], self._block[2 + n :].reshape(count, n)
        # The first two numbers are the time that was reached and, an integer, the number of the next one.
        at = array_address(self._block)
        places = (at, 0, 0, 0, 0, 1, count, at + 8, array_address(times), at + 16 + 8 * n, at + 16)
        self._table = (ctypes.c_int64 * FIELDS)(n, _NO_LIMIT, _NO_LIMIT, *places)
        self.address = ctypes.addressof(self._table)

    @property
    def reached(self) -> float:
        """The end of the last step."""
        return float(self._block[0])

    def begin(self, start: Floats) -> None:
        """Take what the start says."""
        np.abs(start, out=self.peaks)
        passed = int(self.times.searchsorted(self._block[0], side="right"))
        self._block[1:2].view(np.int64)[0] = passed
        self.values[:passed], self.values[passed:] = start, np.nan


@part
def keep(storage: Storage, step: int, t: float, h: float, order: int, differences: Floats) -> None:
    """Keep of an accepted step what is wanted; there is room."""
    if storage.is_sampled == 0:
        keep_step(storage, step, t, h, order, differences)
        return
    storage.t[0] = t
    _sample(storage, t, h, order, differences)
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
    peaks = storage.peaks
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
