"""How lanes get their sets and give their results back."""

from __future__ import annotations

import numpy as np

from isthmus.solve.compiled import part
from isthmus.solve.lanes_type import (
    WIDTH,
    Lanes,
    bits,
    every,
    larger,
    load,
    root,
    select,
    smaller,
    store,
    take_next,
)
from isthmus.solve.lanes_workspace import LaneWork
from isthmus.solve.native_call import call_kernel
from isthmus.solve.rodas_formula import between

_LEAST_SHARE = 1e-12


@part
def deal(work: LaneWork, lane: int) -> None:
    """Give a lane the next set that nobody has taken, or nothing to do."""
    chosen = take_next(work.counter)
    if chosen >= work.sets:
        work.set_of[lane] = -1
        work.active[lane] = 0.0
        work.fresh[lane] = 0.0
        work.next_asked[lane] = np.inf
        return
    for i in range(work.quantities):
        work.p[WIDTH * i + lane] = work.q[chosen * work.quantities + i]
    for i in range(work.states):
        work.atol[WIDTH * i + lane] = work.tolerances[chosen * work.states + i]
    work.time[lane] = 0.0
    # All lanes are computed; only this one's numbers are taken over.
    call_kernel(work.call_start, work.time, work.x, work.p, work.beginning)
    for i in range(work.states):
        work.x[WIDTH * i + lane] = work.beginning[WIDTH * i + lane]
        work.peak[WIDTH * i + lane] = abs(work.beginning[WIDTH * i + lane])
    for i in range(work.parameters - work.quantities):
        target = WIDTH * (work.quantities + i) + lane
        work.p[target] = work.beginning[WIDTH * (work.states + i) + lane]
    work.set_of[lane] = chosen
    work.place[lane] = 0
    work.next_asked[lane] = work.asked[0] if work.asked_count > 0 else np.inf
    work.fresh[lane] = 1.0
    work.active[lane] = 1.0
    work.taken[lane] = 0.0
    work.refused[lane] = 0.0
    work.undefined[lane] = 0.0
    work.last_step[lane] = 0.0
    work.last_error[lane] = 1.0
    work.shrunk[lane] = 0.0
    work.step[lane] = 1.0


@part
def leave(work: LaneWork, lane: int, code: int) -> None:
    """Keep what is known of the set in a lane."""
    chosen = work.set_of[lane]
    work.codes[chosen] = code
    work.steps[chosen] = int(work.taken[lane])
    work.rejected[chosen] = int(work.refused[lane])
    work.reached[chosen] = work.time[lane]
    for i in range(work.states):
        work.peaks[chosen * work.states + i] = work.peak[WIDTH * i + lane]
    work.set_of[lane] = -1
    work.active[lane] = 0.0


@part
def begin_fresh(work: LaneWork, end: float, rtol: float) -> None:
    """Set the first step of lanes that begin: there x″ h² / 2 is within the tolerance, and x″ h below x′.

    The second bound matters where a slope changes within less than the absolute tolerance, as that of
    x′ = c / (k + x) does from 0 on: a longer step could end beyond the pole, on another branch, and no error
    estimate would see it. Only the part of x′ along x″ counts, lest a product that starts at zero is held up.
    A lane whose slope is not finite gets a step of zero, which ends it.
    """
    n = work.states
    call_kernel(work.call_gather, work.x, work.v, work.p, work.slope)
    for term in range(work.rates):
        total = load(work.drift, term) if work.call_drift != 0 else every(0.0)
        for entry in range(work.indptr[term], work.indptr[term + 1]):
            total = total + load(work.values, entry) * load(work.slope, work.indices[entry])
        store(work.drift, term, total)
    call_kernel(work.call_gather, work.x, work.drift, work.p, work.right)
    bent, along, moved = every(0.0), every(0.0), every(0.0)
    for i in range(n):
        x = load(work.x, i)
        weight = 1.0 / larger(rtol * larger(x, 0.0 - x), load(work.atol, i))
        second = weight * load(work.right, i)
        bent = bent + second * second
        slope = load(work.slope, i)
        along = along + second * (weight * slope)
        # What is finite times zero is zero; what is not stays undefined.
        moved = moved + 0.0 * slope
    # NaN and infinite curvature fall to the short step.
    h = root(2.0 / root(bent * (1.0 / n)))
    resolved = larger(larger(along, 0.0 - along) / bent, _LEAST_SHARE * h)
    h = select(bent < np.inf, smaller(h, every(0.1 * end)), every(1e-8 * end))
    h = larger(h, every(1e-14 * end))
    h = select((bent > 0.0) & (bent < np.inf) & (resolved < h), resolved, h)
    h = select(moved <= 0.0, h, every(0.0))
    fresh = load(work.fresh, 0) > 0.0
    store(work.step, 0, select(fresh, h, load(work.step, 0)))
    store(work.undefined, 0, select(fresh & (h <= 0.0), every(1.0), load(work.undefined, 0)))
    store(work.fresh, 0, every(0.0))


@part
def write_asked(work: LaneWork, accepted: Lanes, t: Lanes, h: Lanes, after: Lanes) -> None:
    """Write what is to be seen at the requested times within the accepted steps."""
    due = bits(accepted & (after >= load(work.next_asked, 0)))
    while due != 0:
        asked = load(work.next_asked, 0)
        share = smaller((asked - t) / h, every(1.0))
        between(work.states, share, work.x, work.point, work.curve, work.right)
        call_kernel(work.call_observe, work.next_asked, work.right, work.p, work.seen)
        for lane in range(WIDTH):
            if due >> lane & 1:
                row = (work.set_of[lane] * work.asked_count + work.place[lane]) * work.observed
                for j in range(work.observed):
                    work.found[row + j] = work.seen[WIDTH * j + lane]
                work.place[lane] += 1
                place = work.place[lane]
                work.next_asked[lane] = work.asked[place] if place < work.asked_count else np.inf
        due = bits(accepted & (after >= load(work.next_asked, 0)))
