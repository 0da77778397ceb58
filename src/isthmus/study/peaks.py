"""Peaks of a sampled curve, and whether they go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PROMINENCE = 0.05
_FADING = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Maxima that stand out by 5 % of the curve's range.

    `troughs[k]` is the lowest value between peaks k and k + 1.
    """

    times: Floats
    heights: Floats
    troughs: Floats
    end: float

    def is_sustained(self, needed: int) -> bool:
        """Whether the curve goes on oscillating.

        It does where at least `needed` peaks lie in the second half of the run and lose under 1 % of their
        amplitude from one to the next.
        """
        later = np.flatnonzero(self.times >= 0.5 * self.end)
        if len(later) < max(needed, 3):
            return False
        amplitudes = self.heights[later[:-1]] - self.troughs[later[:-1]]
        half = len(amplitudes) // 2
        if half == 0:
            return False
        before, after = float(np.mean(amplitudes[:half])), float(np.mean(amplitudes[-half:]))
        return after >= before * _FADING ** (len(amplitudes) - half)


def peaks(times: Floats, values: Floats) -> Peaks:
    """Return the peaks of a curve: maxima after a rise, and before a fall, of more than 5 % of its range."""
    threshold = _PROMINENCE * float(np.ptp(values))
    curve = values.tolist()
    maxima: list[int] = []
    troughs: list[float] = []
    direction = high = low = 0
    for k, value in enumerate(curve):
        high = k if value > curve[high] else high
        low = k if value < curve[low] else low
        if direction >= 0 and curve[high] - value > threshold:
            if direction > 0:
                maxima.append(high)
            direction, low = -1, k
        elif direction <= 0 and value - curve[low] > threshold:
            if maxima:
                troughs.append(curve[low])
            direction, high = 1, k
    return Peaks(times[maxima], values[maxima], np.array(troughs), float(times[-1]))
