"""What an oscillator is judged by (turning points, period, amplitude, mean), and how a run ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SETTLED = "settled"
OSCILLATING = "oscillating"
MOVING = "moving"

_PROMINENCE = 0.05
_CYCLES = 3
_END = 0.1
_TURNS = 4


@dataclass(frozen=True, slots=True)
class Features:
    """Period (NaN without two maxima), amplitude (half of peak to trough), mean over whole periods."""

    period: float
    amplitude: float
    mean: float


def turning_points(values: Floats, swing: float) -> list[int]:
    """Indices of alternating maxima and minima that differ by more than `swing` from their neighbours."""
    slopes = np.diff(values)
    moving = np.flatnonzero(slopes)
    if len(moving) < 2:
        return []
    flips = np.flatnonzero(np.diff(np.sign(slopes[moving])))
    found: list[int] = []
    extreme, direction = 0, 0
    # A candidate becomes a turning point once the curve has come back from it by the swing.
    for i in (*(moving[flips] + 1).tolist(), len(values) - 1):
        change = values[i] - values[extreme]
        if direction == 0:
            if abs(change) > swing:
                extreme, direction = i, 1 if change > 0 else -1
        elif change * direction >= 0:
            extreme = i
        elif abs(change) > swing:
            found.append(extreme)
            extreme, direction = i, -direction
    return found


def peak_time(times: Floats, values: Floats, index: int) -> float:
    """The vertex of the parabola through a turning point and its neighbours."""
    if not 0 < index < len(times) - 1:
        return float(times[index])
    before, after = times[index - 1] - times[index], times[index + 1] - times[index]
    left, right = values[index - 1] - values[index], values[index + 1] - values[index]
    below = left * after - right * before
    if below == 0:
        return float(times[index])
    vertex = (left * after**2 - right * before**2) / (2 * below)
    return float(times[index] + min(max(vertex, before), after))


def features(times: Floats, values: Floats, swing: float) -> Features:
    """Features from turns of more than `swing`; without two maxima, those of the whole window."""
    turns = turning_points(values, swing)
    maxima = [i for k, i in enumerate(turns) if _is_maximum(values, turns, k)][-1 - _CYCLES :]
    if len(maxima) < 2:
        return Features(math.nan, float(np.ptp(values)) / 2, _mean(times, values))
    first, last = maxima[0], maxima[-1]
    period = (peak_time(times, values, last) - peak_time(times, values, first)) / (len(maxima) - 1)
    window = slice(first, last + 1)
    return Features(period, float(np.ptp(values[window])) / 2, _mean(times[window], values[window]))


def _is_maximum(values: Floats, turns: list[int], k: int) -> bool:
    neighbour = turns[k - 1] if k else turns[1] if len(turns) > 1 else 0
    return bool(values[turns[k]] > values[neighbour])


def _mean(times: Floats, values: Floats) -> float:
    span = times[-1] - times[0]
    return float(np.trapezoid(values, times) / span) if span > 0 else float(values[-1])


def feature_errors(times: Floats, full: Floats, reduced: Floats, scale: float) -> float:
    """The largest relative difference of a feature; infinite where only one of the two oscillates."""
    swing = _PROMINENCE * max(float(np.ptp(full)), 1e-3 * scale)
    a, b = features(times, full, swing), features(times, reduced, swing)
    if math.isnan(a.period) != math.isnan(b.period):
        return math.inf
    period = 0.0 if math.isnan(a.period) else abs(a.period - b.period) / a.period
    amplitude = abs(a.amplitude - b.amplitude) / max(a.amplitude, 1e-3 * scale) if scale > 0 else 0.0
    mean = abs(a.mean - b.mean) / max(abs(a.mean), a.amplitude, 1e-3 * scale) if scale > 0 else 0.0
    return max(period, amplitude, mean)


def end_state(times: Floats, values: Floats, allowance: float) -> str:
    """How the window ends, up to an allowance in the observable's unit; times ascend.

    Oscillating: the second half has at least four turning points that swing by more than the allowance, and
    the last swing is at least half of the first. Settled: else, the last tenth stays within the allowance.
    Else it is still moving (ringing down included).
    """
    half = values[times.searchsorted((times[0] + times[-1]) / 2) :]
    # The tail is part of the half, and no swing in it is larger than all of it.
    if _span(half) <= allowance:
        return SETTLED
    if _swings(half, allowance):
        return OSCILLATING
    tail = values[times.searchsorted(times[-1] - _END * (times[-1] - times[0])) :]
    return SETTLED if _span(tail) <= allowance else MOVING


def _span(values: Floats) -> float:
    return float(values.max() - values.min())


def _swings(half: Floats, allowance: float) -> bool:
    turns = turning_points(half, allowance)
    if len(turns) < _TURNS:
        return False
    swings = np.abs(np.diff(half[turns]))
    return bool(swings[-1] >= swings[0] / 2)
