"""One candidate reduction run on the compiled full system and compared with the full answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.certify.jumps import Executed
from isthmus.dynamics.constrained import Constrained
from isthmus.model.reduction import Reduction
from isthmus.solve.evaluate import evaluate_rate_jacobians
from isthmus.solve.relax import relax
from isthmus.solve.result import Solution
from isthmus.solve.stability import all_decay
from isthmus.study.search.conditions import Bench, Condition, Floats, Shown

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
    constrained = bench.constrained(reduction)
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
    solution, executed, reason = run(bench, constrained, condition, bench.screening)
    if solution is not None and _is_negative(condition, solution):
        # The loose solution may overshoot zero where the precise one does not.
        solution, executed, reason = run(bench, constrained, condition, bench.rtol)
    if solution is None:
        return float("inf"), reason
    if _is_negative(condition, solution):
        return float("inf"), "a quantity becomes negative"
    if constrained.relaxation.shape[1] and not _attracts(bench, constrained, condition, solution):
        return float("inf"), "the slow manifold does not attract"
    reduced = bench.observe(solution, condition.times, condition.parameters)
    shown = Shown(reduced, executed, frozenset(name for _, name in (*condition.executed, *executed)))
    error = bench.error(condition.times, condition.observed, condition.executed, shown)
    return error, "other events happen" if np.isinf(error) else "the error is too large"


def run(
    bench: Bench, constrained: Constrained, condition: Condition, rtol: float
) -> tuple[Solution | None, Executed, str]:
    """(trajectory over the states of the full model, events, why there is none), from the projected start."""
    start: Floats = condition.start
    if constrained.relaxation.shape[1]:
        relaxed = relax(constrained.relaxing, start, condition.parameters, scale=bench.atol)
        if not relaxed.ok:
            return None, (), "no slow manifold is reached from the initial state"
        start = relaxed.x
    solution, executed = bench.solve(constrained.moving, start, condition.parameters, rtol)
    if not solution.ok:
        return None, (), f"the reduced equations fail: {solution.code.name.lower()}"
    return solution, executed, ""


def _is_negative(condition: Condition, solution: Solution) -> bool:
    """Whether a state that the full model keeps ≥ 0 turns negative, by more than rounding of its peak."""
    below = solution.x.min(axis=0) < -_NEGATIVE * condition.peaks
    return bool(below[condition.nonnegative].any())


def _attracts(bench: Bench, constrained: Constrained, condition: Condition, solution: Solution) -> bool:
    picked = np.unique(np.linspace(0, solution.steps, _CHECKPOINTS).astype(int))
    jacobians = evaluate_rate_jacobians(
        bench.system, solution.t[picked], solution.x[picked], condition.parameters
    )
    return all_decay(constrained.fast_block(jacobians))
