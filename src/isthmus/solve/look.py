"""Looking for the first change of a mode on the curve of an integrator that is not compiled."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from isthmus.dynamics.switched import Flags
from isthmus.dynamics.system import Floats, System
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.watch import POINTS, ROUNDING, TIMES, TIMES_IN_ALL

if TYPE_CHECKING:
    from isthmus.solve.journey_room import JourneyRoom

Curve = Callable[[Any], Any]


class Closing(Protocol):
    """What holds memory until it is closed."""

    def close(self) -> None:
        """Free it."""


Kept = TypeVar("Kept", bound=Closing)
# How many parts of a bracket are looked at, again and again.
_PARTS = 64


class Look:
    """What an integrator looks at after each step; address: of the `Watch`, for those that are compiled."""

    def __init__(self, room: JourneyRoom, span: float) -> None:
        self._switched, self._p, self._lookout = room.switched, room.p, room.lookout
        self._span = span
        self.address = room.lookout.address
        self._kept: dict[int, Any] = {}

    def keep(self, system: System, make: Callable[[], Kept]) -> Kept:
        """What marches over a system, made for the first of them."""
        if id(system) not in self._kept:
            self._kept[id(system)] = make()
        kept: Kept = self._kept[id(system)]
        return kept

    def close(self) -> None:
        """Free what was kept."""
        for kept in self._kept.values():
            kept.close()
        self._kept.clear()

    def first_change(self, t0: float, t1: float, curve: Curve) -> float:
        """The first time in (t0, t1] at which a watched mode is not as held, infinity for none.

        curve: of times in the step, (n, times).
        """
        switched = self._switched
        timed, found = switched.timed.width, math.inf
        if timed:
            points = TIMES + int(TIMES_IN_ALL * (t1 - t0) / self._span) if switched.has_waves else 1
            found = self._located(self._timed_differ, t0, t1, points, curve)
        if switched.stated.width:
            found = min(found, self._located(self._stated_differ, t0, min(t1, found), POINTS, curve))
        return found

    def _located(
        self, differ: Callable[[Floats, Curve], Flags], low: float, high: float, points: int, curve: Curve
    ) -> float:
        finest, is_found, parts = ROUNDING * max(abs(high), high - low), False, points
        while True:
            times = np.unique(np.append(low + (high - low) * (np.arange(1, parts) / parts), high))
            times = times[times > low]
            changed = differ(times, curve)
            if not changed.any():
                return high if is_found else math.inf
            first = int(np.argmax(changed))
            low, high = float(times[first - 1]) if first else low, float(times[first])
            if high - low <= max(finest, math.ulp(high)):
                return high
            is_found, parts = True, _PARTS

    def _timed_differ(self, times: Floats, curve: Curve) -> Flags:
        timed = self._switched.timed
        states = np.tile(np.asarray(curve(float(times[-1]))), (len(times), 1))
        return self._differ(evaluate_many(timed.address, times, states, self._p, timed.width), 0)

    def _stated_differ(self, times: Floats, curve: Curve) -> Flags:
        stated, states = self._switched.stated, np.asarray(curve(times)).T
        live = evaluate_many(stated.address, times, states, self._p, stated.width)
        return self._differ(live, self._switched.timed.width)

    def _differ(self, live: Floats, first: int) -> Flags:
        place = self._switched.ordinary + first
        held = self._p[place : place + live.shape[1]]
        watched = self._lookout.watched[first : first + live.shape[1]] != 0
        is_other = (live != held) & ((live == live) | (held == held))
        return np.asarray((is_other & watched).any(axis=1))
