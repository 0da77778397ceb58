"""When jumps come back: a jump at t is felt through a delay at t + lag, one derivative higher."""

from __future__ import annotations

import math

from isthmus.solve.compiled import part
from isthmus.solve.doubles import spacing
from isthmus.solve.journey_table import AFTER, ECHOES, Journey

# A jump of the state's this derivative is the last that is stopped for: steps are controlled by their error.
_LAST_DERIVATIVE = 2
_DOUBLES = 4.0
# The longest step leaves room for the driver, which stretches a last step by a tenth.
OF_LAG = 0.9


@part
def has_echo_room(journey: Journey) -> bool:
    """Return whether one more jump can be added."""
    return bool(journey.state[ECHOES] + journey.lags <= journey.echoes_room)


@part
def add_echoes(journey: Journey, time: float, derivative: int) -> None:
    """The state (derivative 0) or one of its derivatives jumps at a time; there is room."""
    if derivative >= _LAST_DERIVATIVE:
        return
    count = journey.state[ECHOES]
    for k in range(journey.lags):
        journey.echo_time[count + k] = time + journey.lag[k]
        journey.echo_order[count + k] = derivative + 1
    journey.state[ECHOES] = count + journey.lags


@part
def next_echo(journey: Journey) -> float:
    """Return the last time before the next echo, infinity for none."""
    place = _earliest(journey)
    return _beside(journey, journey.echo_time[place], -_DOUBLES) if place >= 0 else math.inf


@part
def cross_echoes(journey: Journey) -> bool:
    """Move ``number[AFTER]`` to the first time after the echoes that begin there; False for want of room."""
    while True:
        place = _earliest(journey)
        if place < 0:
            return True
        echo, order = journey.echo_time[place], journey.echo_order[place]
        if _beside(journey, echo, -_DOUBLES) > journey.number[AFTER]:
            return True
        if not has_echo_room(journey):
            return False
        last = journey.state[ECHOES] - 1
        journey.echo_time[place] = journey.echo_time[last]
        journey.echo_order[place] = journey.echo_order[last]
        journey.state[ECHOES] = last
        journey.number[AFTER] = max(journey.number[AFTER], _beside(journey, echo, _DOUBLES))
        add_echoes(journey, echo, order)


@part
def _earliest(journey: Journey) -> int:
    """Return which echo comes first, -1 for none."""
    found = -1
    for k in range(journey.state[ECHOES]):
        if found < 0 or journey.echo_time[k] < journey.echo_time[found]:
            found = k
    return found


@part
def _beside(journey: Journey, time: float, doubles: float) -> float:
    return time + doubles * spacing(journey, time)
