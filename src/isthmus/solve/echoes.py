"""When jumps come back: a jump at t is felt through a delay at t + lag, one derivative higher."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush

# A jump of the state's this derivative is the last that is stopped for: steps are controlled by their error.
_LAST_DERIVATIVE = 2
_DOUBLES = 4.0
# The longest step leaves room for the driver, which stretches a last step by a tenth.
_OF_LAG = 0.9


class Echoes:
    """The times at which rates jump, or bend, because their past did; lags: above zero, ascending."""

    def __init__(self, lags: Sequence[float]) -> None:
        self._lags = lags
        self._waiting: list[tuple[float, int]] = []

    @property
    def longest_step(self) -> float:
        """How far a step may reach so that all that it looks up is known."""
        return _OF_LAG * self._lags[0] if self._lags else math.inf

    def add(self, time: float, derivative: int) -> None:
        """The state (derivative 0) or one of its derivatives jumps at a time."""
        if derivative < _LAST_DERIVATIVE:
            for lag in self._lags:
                heappush(self._waiting, (time + lag, derivative + 1))

    def next_stop(self) -> float:
        """The last time before the next echo, infinity for none."""
        return _beside(self._waiting[0][0], -_DOUBLES) if self._waiting else math.inf

    def cross(self, time: float) -> float:
        """The first time after the echoes that begin at a time; that time where there are none."""
        after = time
        while self._waiting and _beside(self._waiting[0][0], -_DOUBLES) <= after:
            echo, derivative = heappop(self._waiting)
            after = max(after, _beside(echo, _DOUBLES))
            self.add(echo, derivative)
        return after


def _beside(time: float, doubles: float) -> float:
    return time + doubles * math.ulp(time)
