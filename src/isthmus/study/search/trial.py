"""One candidate reduction run on the compiled full system and compared with the full answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.certify.error import comparison_times
from isthmus.dynamics.constrained import Constrained, constrain
from isthmus.model.reduction import Reduction
from isthmus.solve.evaluate import evaluate_rate_jacobians
from isthmus.solve.ndf import solve_ndf
from isthmus.solve.relax import relax
from isthmus.solve.result import Solution
from isthmus.solve.stability import all_decay
from isthmus.study.search.conditions import Bench, Condition, Floats

_CHECKPOINTS = 12
_NEGATIVE = 1e-6


@dataclass(frozen=True, slots=True)
class Trial:
    """The error of a candidate on each condition tried, in order; inf where it failed, with the reason."""

    errors: tuple[float, ...]
    reason: str = ""

    @property
    def worst(self) -> float:
        """The largest error."""
        return max(self.errors, default=float("inf"))


def attempt(bench: Bench, reduction: Reduction, conditions: Sequence[Condition], bound: float) -> Trial:
    """Errors on the conditions, stopping at the first above the bound."""
    constrained = constrain(bench.dynamics.states, bench.dynamics.gain_by_state, bench.system, reduction)
    if constrained is None:
        return Trial((float("inf"),), "the directions are not independent")
    errors: list[float] = []
    for condition in conditions:
        error, reason = error_at(bench, constrained, condition)
        errors.append(error)
        if error > bound:
            return Trial(tuple(errors), reason)
    return Trial(tuple(errors))


def error_at(bench: Bench, constrained: Constrained, condition: Condition) -> tuple[float, str]:
    """(error, reason) of a constrained reduction on one condition.

    Inf with a reason where it has no answer.
    """
    solution, reason = run(bench, constrained, condition)
    if solution is None:
        return float("inf"), reason
    floor = -_NEGATIVE * np.abs(condition.solution.x).max(axis=0)
    if (solution.x.min(axis=0) < floor)[condition.nonnegative].any():
        return float("inf"), "a quantity becomes negative"
    if constrained.relaxation.shape[1] and not _attracts(bench, constrained, condition, solution):
        return float("inf"), "the slow manifold does not attract"
    times = comparison_times(condition.solution.t, solution.t, bench.question.after, bench.question.horizon)
    full = bench.observe(condition.solution, times, condition.parameters)
    reduced = bench.observe(solution, times, condition.parameters)
    return bench.metric.compare(times, full, reduced).error, "the error is too large"


def run(bench: Bench, constrained: Constrained, condition: Condition) -> tuple[Solution | None, str]:
    """The reduced trajectory over the states of the full model, from the projected initial state."""
    start: Floats = condition.start
    if constrained.relaxation.shape[1]:
        relaxed = relax(constrained.relaxing, start, condition.parameters, scale=bench.atol)
        if not relaxed.ok:
            return None, "no slow manifold is reached from the initial state"
        start = relaxed.x
    solution = solve_ndf(
        constrained.system, 0.0, bench.question.horizon, start, condition.parameters, bench.rtol, bench.atol
    )
    return (
        (solution, "") if solution.ok else (None, f"the reduced equations fail: {solution.code.name.lower()}")
    )


def _attracts(bench: Bench, constrained: Constrained, condition: Condition, solution: Solution) -> bool:
    picked = np.unique(np.linspace(0, solution.steps, _CHECKPOINTS).astype(int))
    jacobians = evaluate_rate_jacobians(
        bench.system, solution.t[picked], solution.x[picked], condition.parameters
    )
    return all_decay(constrained.fast_block(jacobians))
