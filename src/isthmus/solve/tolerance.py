"""Absolute tolerances from the size of each state.

One number for all is wrong as soon as a volume is 4e-12.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import Floats, System
from isthmus.solve.outcome import require_end
from isthmus.solve.result import ResultCode
from isthmus.solve.starting_scale import starting_scale

ABSOLUTE_FRACTION = 1e-3
SMALLEST_FRACTION = 1e-15
_COARSE_RTOLS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
# An integration at this or less says more of the peaks than the second coarse pass would.
FINE = _COARSE_RTOLS[1]
_AGREE = 2.0
# What multiplies itself a thousandfold began as what its own errors would be mistaken for.
GROWTH = 1e3


def scaled_atol(scale: ArrayLike, rtol: float = 1e-6) -> Floats:
    """Return atol_i = 1e-3 rtol max(scale_i, 1e-15 max(scale)); 1e-3 rtol where everything is zero.

    scale: the peak of |x_i|, one a state. A state below 1e-15 of the largest is rounding of the others, as
    far as doubles can tell. A state that never moved from zero, of which nothing is known, gets the median of
    the others: with next to nothing, the first pulse that reaches it would look like a blow-up.
    """
    sizes = np.abs(np.asarray(scale, dtype=np.float64))
    # What is no number has no size; the integration says so itself.
    sizes = np.where(np.isfinite(sizes), sizes, 0.0)
    largest = float(sizes.max(initial=0.0))
    if largest == 0.0:
        return np.full(sizes.shape, ABSOLUTE_FRACTION * rtol)
    sizes = np.where(sizes == 0.0, _median(sizes[sizes > 0.0]), sizes)
    return np.asarray(ABSOLUTE_FRACTION * rtol * np.maximum(sizes, SMALLEST_FRACTION * largest))


# numpy's own imports its masked arrays.
def _median(values: Floats) -> float:
    ordered = np.sort(values)
    return float(ordered[[(len(values) - 1) // 2, len(values) // 2]].mean())


def measured_atol(
    system: System | SwitchedSystem,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    *,
    max_steps: int = 100_000,
) -> Floats:
    """Return `scaled_atol` of the peaks of a coarse pass, events and all.

    A state that starts above zero counts for no more than a thousand times its start: of a few cells that
    grow to 1e11, an error of a thousand millionth of the end would be more than there are.

    Passes at rtol 1e-3, 1e-4, … are made until two that follow each other agree on every peak to a factor of
    two: where errors grow, a single loose pass may end orders of magnitude away, and with it the tolerance.
    Raises NumericalError where no pass reaches t1. One result serves all draws of the same order of
    magnitude.
    """
    smooth = system.live if isinstance(system, SwitchedSystem) else system
    scale = starting_scale(smooth, t0, t1, x0, p)
    if not smooth.rates:
        # Nothing is integrated, events may assign.
        return scaled_atol(scale, rtol)
    peaks = None
    for coarse_rtol in _COARSE_RTOLS:
        atol = scaled_atol(scale, coarse_rtol)
        code, reached, passed = _coarse_pass(system, t0, t1, x0, p, coarse_rtol, atol, max_steps)
        if code != ResultCode.SUCCESS:
            continue
        found = scaled_atol(capped_peaks(passed, x0), rtol)
        if peaks is not None and _agree(found, peaks):
            return np.asarray(np.minimum(found, peaks))
        peaks = found
        if smooth is not system:
            # What an event brings could not be foreseen.
            scale = passed
    if peaks is None:
        require_end(code, reached, t1)
    return np.asarray(peaks)


def guessed_atol(
    system: System, t0: float, t1: float, x0: ArrayLike, p: ArrayLike, rtol: float, *, max_steps: int
) -> Floats | None:
    """Return `scaled_atol` of the peaks of the first coarse pass alone, None where it does not reach t1.

    An integration at `FINE` or less takes the place of the second one: `confirmed` says whether it agrees.
    """
    coarse = _COARSE_RTOLS[0]
    atol = scaled_atol(starting_scale(system, t0, t1, x0, p), coarse)
    code, _, passed = _coarse_pass(system, t0, t1, x0, p, coarse, atol, max_steps)
    return scaled_atol(capped_peaks(passed, x0), rtol) if code == ResultCode.SUCCESS else None


def confirmed(guess: Floats, peaks: Floats, x0: ArrayLike, rtol: float) -> bool:
    """Whether peaks agree with a guess to a factor of two, each of them."""
    return _agree(scaled_atol(capped_peaks(peaks, x0), rtol), guess)


def _agree(one: Floats, other: Floats) -> bool:
    return bool((np.maximum(one, other) <= _AGREE * np.minimum(one, other)).all())


def capped_peaks(peaks: Floats, x0: ArrayLike) -> Floats:
    """Return the peaks, a state that starts above zero counted for at most a thousand times its start."""
    start = np.abs(np.asarray(x0, dtype=np.float64))
    return np.where(start > 0.0, np.minimum(peaks, GROWTH * start), peaks)


def _coarse_pass(
    system: System | SwitchedSystem,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float,
    atol: Floats,
    max_steps: int,
) -> tuple[ResultCode, float, Floats]:
    """Return how it went, how far, and the largest size of each state."""
    if isinstance(system, SwitchedSystem):
        from isthmus.solve.hybrid_ndf import solve_switched

        done = solve_switched(system, t0, t1, x0, p, rtol, atol, max_steps=max_steps).solution
        return done.code, float(done.t[-1]), done.peaks
    from isthmus.solve.ndf import sample_ndf

    sampled = sample_ndf(system, t0, t1, x0, p, rtol, atol, times=(), max_steps=max_steps)
    return sampled.code, float(sampled.t[-1]), sampled.peaks
