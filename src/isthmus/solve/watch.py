"""Looking along a step for the first change of a mode, and ending the step there."""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import part
from isthmus.solve.native_call import call_kernel, row_at
from isthmus.solve.table import reader_of
from isthmus.solve.workspace import copy_to

# How many points of a step are looked at. Modes of time alone cost no state, and no error control follows
# them: so many more are looked at over the whole span.
TIMES = 8
TIMES_IN_ALL = 12800
POINTS = 8
ROUNDING = 1.1102230246251565e-16
_SMALLEST = 1e-290


class Watch:
    """What is watched; modes of time alone come first."""

    states: int
    timed: int
    modes: int
    waves: int
    """whether modes of time alone may change and change back"""
    timed_address: int
    stated_address: int
    held: Floats
    """the modes as held in p"""
    watched: Indices
    """one a mode: whether its changes count"""
    live: Floats
    """one a mode"""
    time: Floats
    """one number"""
    span: Floats
    """one number: how long the whole integration is"""
    x: Floats
    """where the step was ended"""
    work: Floats


watch_at = reader_of(Watch)


class Lookout:
    """The memory of a watch over a lengthened p; both must outlive the integration."""

    def __init__(self, switched: SwitchedSystem, p: Floats) -> None:
        """Know where everything is."""
        n, count = switched.live.states, switched.modes
        self.watched: Indices = np.ones(max(count, 1), dtype=np.int64)
        self._room = np.zeros(count + 2 + 2 * n + 1)
        self._span = count + 1
        start = int(self._room.ctypes.data)
        self._table: Indices = np.array(
            [
                n,
                switched.timed.width,
                count,
                int(switched.has_waves),
                switched.timed.address,
                switched.stated.address,
                int(p.ctypes.data) + 8 * switched.ordinary,
                self.watched.ctypes.data,
                start,
                start + 8 * count,
                start + 8 * (count + 1),
                start + 8 * (count + 2),
                start + 8 * (count + 2 + n),
            ],
            dtype=np.int64,
        )
        self.address = int(self._table.ctypes.data) if count else 0

    def begin(self, span: float) -> None:
        """Watch every mode of a new integration."""
        self.watched[:] = 1
        self._room[self._span] = span

    def watch(self, watched: Flags) -> None:
        """Watch these modes only."""
        self.watched[: len(watched)] = watched


@part
def first_change(
    watch: Watch, t0: float, t1: float, h: float, order: int, differences: Floats, p: Floats
) -> float:
    """Return the first time in (t0, t1] at which a watched mode is not as held, infinity if there is none.

    The differences are those of the step that ended at t1; ``watch.x`` receives the state at that time.
    """
    found = math.inf
    if watch.timed > 0:
        copy_to(watch.work, differences, watch.states)
        found = first_timed(watch, t0, t1, p)
    if watch.modes > watch.timed:
        found = _first_stated(watch, t0, t1, h, order, differences, p, found)
    if found <= t1:
        interpolate(watch.states, differences, order, (found - t1) / h, watch.x)
    return found


@part
def first_timed(watch: Watch, t0: float, t1: float, p: Floats) -> float:
    """Return the first change of a mode of time alone, infinity for none; ``watch.work`` is the state."""
    low, high = t0, math.inf
    # What is linear in time changes once until the next stop: the end shows it.
    points = 1 if watch.waves == 0 else TIMES + int(TIMES_IN_ALL * (t1 - t0) / watch.span[0])
    for k in range(1, points + 1):
        time = t1 if k == points else t0 + (t1 - t0) * (k / points)
        if _timed_differ(watch, time, p):
            high = time
            break
        low = time
    if high == math.inf:
        return high
    # Stops lie where a mode changes.
    before = high - 4.0 * ROUNDING * abs(high)
    if low < before and not _timed_differ(watch, before, p):
        low = before
    while high > _SMALLEST:
        middle = low + 0.5 * (high - low)
        if not (low < middle and middle < high):
            break
        if _timed_differ(watch, middle, p):
            high = middle
        else:
            low = middle
    return high


@part
def _timed_differ(watch: Watch, time: float, p: Floats) -> bool:
    watch.time[0] = time
    call_kernel(watch.timed_address, watch.time, watch.work, p, watch.live)
    return held_differ(0, watch.timed, watch)


@part
def _first_stated(
    watch: Watch, t0: float, t1: float, h: float, order: int, differences: Floats, p: Floats, before: float
) -> float:
    """Return the first change of a mode that states set, or ``before`` where that comes first."""
    low, high = t0, math.inf
    end = min(t1, before)
    for k in range(1, POINTS + 1):
        time = end if k == POINTS else t0 + (end - t0) * (k / POINTS)
        if _stated_differ(watch, time, t1, h, order, differences, p):
            high = time
            break
        low = time
    if high == math.inf:
        return before
    # Below this the curve itself is rounded.
    finest = ROUNDING * max(abs(t1), h)
    while high - low > finest:
        middle = low + 0.5 * (high - low)
        if not (low < middle and middle < high):
            break
        if _stated_differ(watch, middle, t1, h, order, differences, p):
            high = middle
        else:
            low = middle
    return high


@part
def _stated_differ(
    watch: Watch, time: float, t1: float, h: float, order: int, differences: Floats, p: Floats
) -> bool:
    interpolate(watch.states, differences, order, (time - t1) / h, watch.work)
    watch.time[0] = time
    call_kernel(watch.stated_address, watch.time, watch.work, p, row_at(watch.live, watch.timed))
    return held_differ(watch.timed, watch.modes, watch)


@part
def held_differ(first: int, end: int, watch: Watch) -> bool:
    """Return whether any watched mode of a range is live another than held."""
    changes = 0
    for k in range(first, end):
        live, held = watch.live[k], watch.held[k]
        # What is not a number stays so.
        is_other = live != held and (live == live or held == held)
        changes += int(is_other and watch.watched[k] != 0)
    return changes > 0


@part
def interpolate(n: int, differences: Floats, order: int, place: float, out: Floats) -> None:
    """Write the polynomial of a step at ``place`` spacings after its end."""
    copy_to(out, differences, n)
    product = 1.0
    for j in range(1, order + 1):
        product *= (place + (j - 1)) / j
        row = row_at(differences, j * n)
        for i in range(n):
            out[i] += product * row[i]


@part
def shorten(n: int, differences: Floats, order: int, place: float) -> None:
    """Give the same polynomial in backward differences about a point ``place`` spacings after its end.

    With E for the shift by a spacing, E^s = (1 - D)^(-s) = sum_m c_m(s) D^m, so each difference is a sum
    of those above it.
    """
    for j in range(order + 1):
        product = 1.0
        target = row_at(differences, j * n)
        for m in range(1, order - j + 1):
            product *= (place + (m - 1)) / m
            row = row_at(differences, (j + m) * n)
            for i in range(n):
                target[i] += product * row[i]
