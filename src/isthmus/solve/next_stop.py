"""How far the next march may go: to the end, an event that waits, an echo, or a mode that time changes."""

from __future__ import annotations

import math

from isthmus.solve.compiled import part
from isthmus.solve.doubles import beyond, spacing
from isthmus.solve.echo_loop import next_echo
from isthmus.solve.event_loop import differ, next_event
from isthmus.solve.journey_table import END, Journey
from isthmus.solve.native_call import call_kernel

_NEAR = 3


@part
def next_stop(journey: Journey, t: float) -> float:
    """Return the time at which the march from t ends unless a mode changes before."""
    stop = float(min(journey.number[END], next_event(journey)))
    if journey.lags > 0:
        stop = min(stop, max(next_echo(journey), beyond(journey, t, 1)))
    if journey.marks == 0:
        return stop
    after = beyond(journey, t, _NEAR)
    call_kernel(journey.marks_kernel, journey.time, journey.x, journey.p, journey.mark)
    first = math.inf
    for k in range(journey.marks):
        if journey.mark[k] > after:
            first = min(first, journey.mark[k])
    return min(stop, _change_near(journey, first)) if first < stop else stop


@part
def _change_near(journey: Journey, root: float) -> float:
    """Return the first double near a root at which a mode of time alone is not as held."""
    time = root
    if _timed_differ(journey, time):
        while root - time < _NEAR * spacing(journey, root):
            earlier = beyond(journey, time, -1)
            if not _timed_differ(journey, earlier):
                break
            time = earlier
        return time
    for _ in range(_NEAR):
        time = beyond(journey, time, 1)
        if _timed_differ(journey, time):
            return time
    return root


@part
def _timed_differ(journey: Journey, time: float) -> bool:
    journey.time[0] = time
    call_kernel(journey.timed_kernel, journey.time, journey.x, journey.p, journey.live)
    return differ(journey.timed, journey.live, journey.held)
