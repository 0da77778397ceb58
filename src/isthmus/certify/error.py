"""The error of a reduced model on one condition: how far its observables stray, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.extremes import Extremes, extremes
from isthmus.certify.features import feature_errors
from isthmus.model.question import Question

Floats = NDArray[np.float64]

FLOOR = 1e-3
"""The smallest scale that an error is divided by, as a fraction of the nominal one."""

_RIPPLE = 10.0
_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two solutions differ most, in units of the metric."""

    error: float
    time: float
    observable: int
    errors: Floats
    """(m,) the largest error of each observable"""
    scales: Floats
    """(m,) what each was divided by"""


@dataclass(frozen=True, slots=True, eq=False)
class ErrorMetric:
    """sup |full − reduced| / max(scale of this condition, floor), per observable.

    The scale is the peak max |full| over the window ("peak") or max full − min full ("range"); "features"
    compares period, amplitude and mean. floors: 10⁻³ of the nominal scale, in the observable's unit.
    """

    kinds: tuple[str, ...]
    floors: Floats

    def scales(self, full: Floats) -> Floats:
        """The divisor of each observable for a full solution (k × m) on the window."""
        return self.scales_between(full.max(axis=0), full.min(axis=0))

    def scales_between(self, high: Floats, low: Floats) -> Floats:
        """The same from the largest and the smallest value of each observable."""
        peaks = np.maximum(np.abs(high), np.abs(low))
        if "range" in self.kinds:
            ranged = np.array([kind == "range" for kind in self.kinds])
            peaks = np.where(ranged, high - low, peaks)
        return np.asarray(np.maximum(peaks, self.floors))

    def compare(self, times: Floats, full: Floats, reduced: Floats) -> Comparison:
        """The largest error; full and reduced are (k × m) at `times`. Not finite counts as infinite."""
        return self.compare_seen(times, full, reduced, extremes(full, reduced, full.shape[1]))

    def compare_seen(self, times: Floats, full: Floats, reduced: Floats, seen: Extremes) -> Comparison:
        """The same with what `extremes` saw in tables that begin with these columns."""
        m = full.shape[1]
        where, largest = seen.where, seen.gap
        scales = self.scales_between(seen.high[:m], seen.low[:m])
        errors = np.divide(largest, scales, out=np.where(largest > 0, np.inf, 0.0), where=scales > 0)
        for j, kind in enumerate(self.kinds):
            if kind == "features" and np.isfinite(errors[j]):
                errors[j] = feature_errors(times, full[:, j], reduced[:, j], float(scales[j]))
        worst = int(errors.argmax())
        return Comparison(float(errors[worst]), float(times[where[worst]]), worst, errors, scales)

    @property
    def name(self) -> str:
        """One word where all observables share it, else one each."""
        return self.kinds[0] if len(set(self.kinds)) == 1 else ", ".join(self.kinds)


def choose_metric(question: Question, nominal: Floats) -> tuple[ErrorMetric, tuple[str, ...]]:
    """(the metric, what the user is told), from the full model's nominal observables (k × m) on the window.

    A peak metric becomes a range metric for an observable whose range is under 10 × tolerance × peak (a
    ripple on a plateau), unless it does not move at all.
    """
    high, low = nominal.max(axis=0), nominal.min(axis=0)
    peaks, ranges = np.maximum(np.abs(high), np.abs(low)), high - low
    kinds: list[str] = []
    notes: list[str] = []
    for observable, peak, span in zip(question.observables, peaks, ranges, strict=True):
        kind = question.metric
        if kind == "peak" and _CONSTANT * peak < span < _RIPPLE * question.tolerance * peak:
            kind = "range"
            notes.append(
                f"{observable.name} moves by {span / peak:.2g} of its peak only: error relative to its range"
            )
        kinds.append(kind)
    nominal_scales = np.where([kind == "range" for kind in kinds], ranges, peaks)
    return ErrorMetric(tuple(kinds), FLOOR * nominal_scales), tuple(notes)


def comparison_times(first: Floats, second: Floats, start: float, end: float, interior: int = 1) -> Floats:
    """All steps of both solvers within [start, end], with `interior` points between each two.

    At a jump a solution has two steps of one time, of which the state after it is seen there, and that before
    it at the last double before.
    """
    parts = [first, second]
    for steps in (first, second):
        jumps = steps[1:] == steps[:-1]
        if jumps.any():
            parts.append(np.nextafter(steps[1:][jumps], -np.inf))
    steps = np.concatenate(parts)
    steps.sort()
    steps = steps_within(steps, start, end)
    times = np.empty((len(steps) - 1) * (interior + 1) + 1)
    times[:: interior + 1], gaps = steps, steps[1:] - steps[:-1]
    for i in range(1, interior + 1):
        times[i :: interior + 1] = steps[:-1] + gaps * (i / (interior + 1))
    return times


def steps_within(steps: Floats, start: float, end: float) -> Floats:
    """Start, the ascending steps between, each time once, and end."""
    inside = steps[steps.searchsorted(start, side="right") : steps.searchsorted(end)]
    is_new = np.empty(len(inside), dtype=np.bool_)
    is_new[:1] = True
    np.not_equal(inside[1:], inside[:-1], out=is_new[1:])
    return np.concatenate(([start], inside[is_new], [end]))
