"""Absolute tolerances from the size of each state.

One number for all is wrong as soon as a volume is 4e-12.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.outcome import require_end
from isthmus.solve.result import Solution

ABSOLUTE_FRACTION = 1e-3
SMALLEST_FRACTION = 1e-15
_COARSE_RTOLS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
_AGREE = 2.0


def scaled_atol(scale: ArrayLike, rtol: float = 1e-6) -> Floats:
    """Return atol_i = 1e-3 rtol max(scale_i, 1e-15 max(scale)); 1e-3 rtol where everything is zero.

    scale: the peak of |x_i|, one a state. A state below 1e-15 of the largest is rounding of the others, as
    far as doubles can tell. A state that never moved from zero, of which nothing is known, gets the median of
    the others: with next to nothing, the first pulse that reaches it would look like a blow-up.
    """
    sizes = np.abs(np.asarray(scale, dtype=np.float64))
    largest = float(sizes.max(initial=0.0))
    if largest == 0.0:
        return np.full(sizes.shape, ABSOLUTE_FRACTION * rtol)
    sizes = np.where(sizes == 0.0, np.median(sizes[sizes > 0.0]), sizes)
    return np.asarray(ABSOLUTE_FRACTION * rtol * np.maximum(sizes, SMALLEST_FRACTION * largest))


def starting_scale(system: System, t0: float, t1: float, x0: ArrayLike, p: ArrayLike) -> Floats:
    """Estimate the size that each state will reach, before anything is integrated.

    A state that starts at zero gets what the rate terms can bring it: no more than the smallest pool that
    they draw on, or their flux for as long as the state remembers itself. Good to orders of magnitude, which
    is all that a coarse pass needs.
    """
    from isthmus.solve.evaluate import evaluate_jacobian, evaluate_rates

    start = np.ascontiguousarray(x0, dtype=np.float64)
    parameters = np.ascontiguousarray(p, dtype=np.float64)
    gain = system.gain.dense()
    sizes = np.abs(start)
    for _ in range(system.states):
        missing = sizes == 0.0
        if not missing.any():
            break
        # Where pools are missing, the terms that need them are still at zero and propose nothing.
        flux = np.abs(np.nan_to_num(evaluate_rates(system, t0, sizes, parameters), posinf=0.0, neginf=0.0))
        memory = np.abs(
            np.nan_to_num(
                np.diagonal(evaluate_jacobian(system, t0, sizes, parameters)), posinf=0.0, neginf=0.0
            )
        )
        lasting = np.minimum(
            t1 - t0, np.divide(1.0, memory, out=np.full(memory.shape, np.inf), where=memory > 0.0)
        )
        pools = _pools(gain, sizes)
        proposed = np.zeros_like(sizes)
        for i in np.flatnonzero(missing):
            terms = np.flatnonzero((gain[i] != 0.0) & (flux > 0.0))
            if len(terms):
                brought = np.abs(gain[i, terms])
                proposed[i] = float(
                    np.max(np.minimum(brought * flux[terms] * lasting[i], brought * pools[terms]))
                )
        if not proposed.any():
            break
        sizes = np.where(missing, proposed, sizes)
    return np.asarray(sizes)


def _pools(gain: Floats, sizes: Floats) -> Floats:
    """Return, for each term, the smallest pool that it draws on, per unit of its extent.

    `inf` where it draws on none.
    """
    drawn = np.where(gain < 0.0, sizes[:, None] / np.where(gain < 0.0, -gain, 1.0), np.inf)
    return np.asarray(drawn.min(axis=0, initial=np.inf))


def peak_scale(solution: Solution) -> Floats:
    """Return max |x_i| over the steps of a solution."""
    return np.asarray(np.abs(solution.x).max(axis=0))


def measured_atol(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    *,
    max_steps: int = 100_000,
) -> Floats:
    """Return `scaled_atol` of the peaks of a coarse pass.

    Passes at rtol 1e-3, 1e-4, … are made until two that follow each other agree on every peak to a factor of
    two: where errors grow, a single loose pass may end orders of magnitude away, and with it the tolerance.
    Raises NumericalError where no pass reaches t1. One result serves all draws of the same order of
    magnitude.
    """
    from isthmus.solve.ndf import solve_ndf

    scale = starting_scale(system, t0, t1, x0, p)
    peaks = None
    for coarse_rtol in _COARSE_RTOLS:
        coarse = solve_ndf(
            system, t0, t1, x0, p, coarse_rtol, scaled_atol(scale, coarse_rtol), max_steps=max_steps
        )
        if not coarse.ok:
            continue
        found = scaled_atol(peak_scale(coarse), rtol)
        if peaks is not None and bool((np.maximum(found, peaks) <= _AGREE * np.minimum(found, peaks)).all()):
            return np.asarray(np.minimum(found, peaks))
        peaks = found
    if peaks is None:
        require_end(coarse.code, float(coarse.t[-1]), t1)
    return np.asarray(peaks)
