"""One draw: whether the reduced model is good there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.features import MOVING, end_state
from isthmus.certify.pair import Pair
from isthmus.certify.side import Flag
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
    times = pair.grid(full, reduced)
    ours, theirs = pair.columns(pair.full, full, times), pair.columns(pair.reduced, reduced, times)
    m = pair.observables
    comparison = pair.metric.compare(times, ours[:, :m], theirs[:, :m])
    broken = _broken(pair, times, ours, theirs, claimed)
    if not pair.align(full, reduced).is_same:
        broken = (*broken, SEQUENCE)
    return Outcome(True, comparison.error, comparison.time, comparison.observable, broken)


def _broken(
    pair: Pair, times: Floats, full: Floats, reduced: Floats, claimed: NDArray[np.bool_]
) -> tuple[str, ...]:
    m = pair.observables
    # By columns, along which everything below goes.
    amounts, reduced_amounts = np.asfortranarray(full[:, m:]), np.asfortranarray(reduced[:, m:])
    broken: list[str] = []
    if amounts.shape[1]:
        sizes = species_sizes(amounts)
        if not keeps_sign(amounts, reduced_amounts, sizes):
            broken.append(NON_NEGATIVITY)
        if not keeps_totals(pair.laws[claimed], amounts, reduced_amounts, sizes).all():
            broken.append(TOTALS)
    if not ends_alike(pair, times, full[:, :m], reduced[:, :m]):
        broken.append(END_STATE)
    return tuple(broken)


def species_sizes(amounts: Floats) -> Floats:
    """The peak of each species, at least 10⁻⁶ of the largest."""
    peaks = np.abs(amounts).max(axis=0)
    return np.asarray(np.maximum(peaks, 1e-6 * peaks.max(initial=0.0)))


def keeps_sign(full: Floats, reduced: Floats, sizes: Floats) -> bool:
    """No species that the full model keeps non-negative turns negative, up to ten tolerances of its peak."""
    allowed = -_NEGATIVE * sizes
    kept_before = full.min(axis=0) >= allowed
    with np.errstate(invalid="ignore"):
        kept_after = reduced.min(axis=0) >= allowed
    return bool((kept_after | ~kept_before).all())


def keeps_totals(laws: Floats, full: Floats, reduced: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """Per law: the total stays what it is in the full model, up to 10⁻⁵ of its members' sizes."""
    if not len(laws):
        return np.ones(0, dtype=np.bool_)
    difference = reduced - full
    # Law by law over its few members: a product of matrices this small costs more in threads than in sums.
    strayed = np.array([np.abs(_combined(difference, law)).max() for law in laws])
    return np.asarray(strayed <= _TOTAL * (np.abs(laws) @ sizes))


def _combined(columns: Floats, weights: Floats) -> Floats:
    total = np.zeros(len(columns))
    for j in np.flatnonzero(weights).tolist():
        total += weights[j] * columns[:, j]
    return total


def ends_alike(pair: Pair, times: Floats, full: Floats, reduced: Floats) -> bool:
    """Whether no observable settles in one model and oscillates in the other."""
    scales = pair.metric.scales(full)
    for j, scale in enumerate(scales):
        allowance = _SMALL_SWING * pair.question.tolerance * float(scale)
        before = end_state(times, full[:, j], allowance)
        if before == MOVING:
            continue
        after = end_state(times, reduced[:, j], allowance)
        if after not in (before, MOVING):
            return False
    return True
