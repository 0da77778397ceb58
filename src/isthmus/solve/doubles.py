"""The doubles next to a number, in compiled code."""

from __future__ import annotations

from isthmus.solve.compiled import part
from isthmus.solve.journey_table import SCRATCH, Journey


@part
def beyond(journey: Journey, value: float, doubles: int) -> float:
    """Return the double so many after a finite value."""
    number, bits = journey.number, journey.bits
    for _ in range(abs(doubles)):
        number[SCRATCH] = value
        if value == 0.0:
            # The smallest number; the integers of negative ones ascend away from zero.
            bits[SCRATCH] = 1
            value = number[SCRATCH] if doubles > 0 else -number[SCRATCH]
        else:
            bits[SCRATCH] += 1 if (value > 0.0) == (doubles > 0) else -1
            value = number[SCRATCH]
    return value


@part
def spacing(journey: Journey, value: float) -> float:
    """Return how far the next double after ``abs(value)`` is, as `math.ulp`."""
    return beyond(journey, abs(value), 1) - abs(value)
