"""Both readings of a reduction, run on the same conditions.

The constrained full system and the written model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isthmus.certify.jumps import align, allowance
from isthmus.model.reduction import Reduction
from isthmus.study.search.candidate import Written
from isthmus.study.search.conditions import Bench, Condition
from isthmus.study.search.trial import run

SOLVER_MULTIPLE = 10.0
TOLERANCE_SHARE = 0.02
"""Along a long oscillation local errors of the solver add up; they may reach this share of the tolerance."""

CONDITIONS = 6


def disagreement(
    bench: Bench, reduction: Reduction, written: Written, conditions: Sequence[Condition]
) -> str:
    """Empty where the two readings agree on the nominal condition and up to five more, else what was seen."""
    if reduction.is_trivial:
        return ""
    constrained = bench.constrained(reduction)
    if constrained is None:
        return "the directions are not independent"
    allowed = max(SOLVER_MULTIPLE * bench.rtol, TOLERANCE_SHARE * bench.question.tolerance)
    for condition in conditions[:CONDITIONS]:
        solution, executed, reason = run(bench, constrained, condition, bench.rtol)
        if solution is None:
            return reason
        times = np.unique(solution.t[solution.t >= bench.question.after])
        numerical = bench.observe(solution, times, condition.parameters)
        shown = written.observables(condition.quantities, times, bench.rtol)
        if shown is None:
            return "the written model has no solution where the constrained system has one"
        allowance_of_time, end = allowance(bench.question), bench.question.horizon
        aligned = align(executed, shown.executed, shown.events, allowance_of_time, end)
        if not aligned.is_same:
            return "the events of the written model are not those of the constrained system"
        seen = aligned.together(times)
        strayed = np.abs(numerical - shown.observed)[seen].max(axis=0)
        difference = strayed / bench.metric.scales(numerical)
        if not difference.max() <= allowed:
            return f"the written model differs from the constrained system by {difference.max():.2g}"
    return ""
