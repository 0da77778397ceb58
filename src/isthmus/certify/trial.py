"""One draw: whether the reduced model is good there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.extremes import Extremes, extremes
from isthmus.certify.features import MOVING, end_state
from isthmus.certify.pair import Pair
from isthmus.certify.side import Flag, Run
from isthmus.solve.result import ResultCode

Floats = NDArray[np.float64]

NON_NEGATIVITY = "non-negativity"
TOTALS = "conserved totals"
END_STATE = "same state at the end"
NO_BLOW_UP = "runs to the end"
SEQUENCE = "same events in the same order"

_NEGATIVE = 1e-5
_TOTAL = 1e-5
_SMALL_SWING = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one draw showed.

    verified: whether the full model's solution could be trusted. error: in units of the metric, infinite
    where the reduced model did not run. broken: the side conditions that it broke. why: plain words where it
    was not verified or did not run.
    """

    verified: bool
    error: float
    time: float
    observable: int
    broken: tuple[str, ...] = ()
    why: str = ""
    cancelled: bool = False

    def violates(self, tolerance: float) -> bool:
        """Whether the claim is wrong here, for sure."""
        return self.verified and (self.error > tolerance or bool(self.broken))


def side_conditions(pair: Pair) -> tuple[str, ...]:
    """What is looked at on each draw besides the error."""
    always = (NON_NEGATIVITY, TOTALS, END_STATE, NO_BLOW_UP)
    return (*always, SEQUENCE) if pair.events else always


def judge(pair: Pair, quantities: Floats, claimed: NDArray[np.bool_], cancel: Flag) -> Outcome:
    """Run both models at values of the full model's quantities and compare them.

    claimed: which of the conserved totals the reduced model claims to keep.
    """
    full, verified = pair.verified_run(quantities, cancel)
    if cancel[0]:
        return Outcome(False, math.nan, math.nan, 0, why="cancelled", cancelled=True)
    if not verified:
        why = full.code.advice if not full.ok else "two integrators disagree on the full model"
        return Outcome(False, math.nan, math.nan, 0, why=why)
    reduced = pair.reduced.run(pair.translate(quantities), pair.rtol * 0.1, cancel)
    if reduced.code is ResultCode.CANCELLED:
        return Outcome(False, math.nan, math.nan, 0, why="cancelled", cancelled=True)
    if not reduced.ok:
        reached = float(reduced.solution.t[-1]) if reduced.solution is not None else 0.0
        return Outcome(True, math.inf, reached, 0, (NO_BLOW_UP,), reduced.code.advice)
    aligned = pair.align(full, reduced)
    times = pair.grid(full, reduced, aligned)
    ours, theirs, seen = see(pair, full, reduced, times)
    m = pair.observables
    comparison = pair.metric.compare_seen(times, ours[:, :m], theirs[:, :m], seen)
    broken = _broken_by_species(pair, seen, claimed)
    if not ends_alike(pair, times, ours[:, :m], theirs[:, :m], comparison.scales):
        broken.append(END_STATE)
    if not aligned.is_same:
        broken.append(SEQUENCE)
    return Outcome(True, comparison.error, comparison.time, comparison.observable, tuple(broken))


def see(pair: Pair, full: Run, reduced: Run, times: Floats) -> tuple[Floats, Floats, Extremes]:
    """(columns of the full model, of the reduced one, what there is to see in them)."""
    ours, theirs = pair.full.along(full, times), pair.reduced.along(reduced, times)
    return ours, theirs, extremes(ours, theirs, pair.observables, pair.totals)


def _broken_by_species(pair: Pair, seen: Extremes, claimed: NDArray[np.bool_]) -> list[str]:
    broken: list[str] = []
    if pair.species:
        if not _keeps_sign(pair, seen):
            broken.append(NON_NEGATIVITY)
        if not keeps_totals(pair, seen)[claimed].all():
            broken.append(TOTALS)
    return broken


def _species_sizes(pair: Pair, seen: Extremes) -> Floats:
    """The peak of each species, at least 10⁻⁶ of the largest."""
    peaks = seen.peaks[pair.observables :]
    return np.asarray(np.maximum(peaks, 1e-6 * peaks.max(initial=0.0)))


def _keeps_sign(pair: Pair, seen: Extremes) -> bool:
    """No species that the full model keeps non-negative turns negative, up to ten tolerances of its peak."""
    allowed = -_NEGATIVE * _species_sizes(pair, seen)
    kept_before = seen.low[pair.observables :] >= allowed
    kept_after = seen.low_after[pair.observables :] >= allowed
    return bool((kept_after | ~kept_before).all())


def keeps_totals(pair: Pair, seen: Extremes) -> NDArray[np.bool_]:
    """Per law: the total stays what it is in the full model, up to 10⁻⁵ of its members' sizes."""
    return np.asarray(seen.strayed <= _TOTAL * (np.abs(pair.laws) @ _species_sizes(pair, seen)))


def ends_alike(pair: Pair, times: Floats, full: Floats, reduced: Floats, scales: Floats) -> bool:
    """Whether no observable settles in one model and oscillates in the other."""
    for j, scale in enumerate(scales):
        allowance = _SMALL_SWING * pair.question.tolerance * float(scale)
        before = end_state(times, full[:, j], allowance)
        if before == MOVING:
            continue
        after = end_state(times, reduced[:, j], allowance)
        if after not in (before, MOVING):
            return False
    return True
