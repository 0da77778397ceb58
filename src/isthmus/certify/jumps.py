"""The events of two solutions side by side: whether they are the same, and where only one has jumped yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.model.question import Question

Floats = NDArray[np.float64]
Executed = tuple[tuple[float, str], ...]
"""(time, id of the event), in the order of execution."""

SHARE = 0.1
"""Events that this share of the tolerance times the window apart count as at one time."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two sequences of events.

    is_same: the same events in the same order, up to some at the very end that one of the two has not reached
    yet. apart: intervals [first, second) in which an event has happened in one of the two only.
    """

    is_same: bool
    apart: tuple[tuple[float, float], ...] = ()

    def together(self, times: Floats) -> NDArray[np.bool_]:
        """Which times are in none of the intervals; the first always counts, so that something does."""
        inside = np.zeros(len(times), dtype=np.bool_)
        for low, high in self.apart:
            inside |= (times >= low) & (times < high)
        inside[:1] = False
        return ~inside


def allowance(question: Question) -> float:
    """By how much later or earlier an event may come and its jump still be the same one."""
    return SHARE * question.tolerance * (question.horizon - question.after)


def align(first: Executed, second: Executed, shared: Collection[str], allowed: float, end: float) -> Aligned:
    """Put the events of two solutions side by side, those that only one of the models has left out.

    Events further apart than allowed stay in the comparison, with all the error that they make.
    """
    ours, theirs = ([(t, name) for t, name in events if name in shared] for events in (first, second))
    count = min(len(ours), len(theirs))
    late = [t for t, _ in (*ours[count:], *theirs[count:])]
    matched = list(zip(ours[:count], theirs[:count], strict=True))
    is_same = all(a == b for (_, a), (_, b) in matched) and all(end - t <= allowed for t in late)
    if not is_same:
        return Aligned(False)
    spans = [(min(s, t), max(s, t)) for (s, _), (t, _) in matched]
    apart = [(low, high) for low, high in spans if 0.0 < high - low <= allowed]
    if late:
        apart.append((min(late), np.nextafter(end, np.inf)))
    return Aligned(True, tuple(apart))
