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
"""This share of the tolerance times the window, in all, may lie between an event and its like."""


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
    """How long events of one model and the same of the other may be apart, all of them together."""
    return SHARE * question.tolerance * (question.horizon - question.after)


def align(first: Executed, second: Executed, shared: Collection[str], allowed: float, end: float) -> Aligned:
    """Put the events of two solutions side by side, those that only one of the models has left out.

    The times between them are left out of the comparison, the shortest first, as long as they add up to no
    more than allowed; the others stay in it, with all the error that they make. So many events a little apart
    do not use up the window.
    """
    if not (first or second):
        return Aligned(True)
    ours, theirs = ([(t, name) for t, name in events if name in shared] for events in (first, second))
    count = min(len(ours), len(theirs))
    late = [t for t, _ in (*ours[count:], *theirs[count:])]
    matched = list(zip(ours[:count], theirs[:count], strict=True))
    is_same = all(a == b for (_, a), (_, b) in matched) and all(end - t <= allowed for t in late)
    if not is_same:
        return Aligned(False)
    spans = [(min(s, t), max(s, t)) for (s, _), (t, _) in matched]
    if late:
        spans.append((min(late), np.nextafter(end, np.inf)))
    return Aligned(True, _within(spans, allowed))


def _within(spans: list[tuple[float, float]], allowed: float) -> tuple[tuple[float, float], ...]:
    """The shortest spans, as many as add up to no more than allowed."""
    kept, used = [], 0.0
    for low, high in sorted(spans, key=lambda span: span[1] - span[0]):
        used += high - low
        if used > allowed:
            break
        if high > low:
            kept.append((low, high))
    return tuple(kept)
