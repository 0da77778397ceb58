"""Hunting for counterexamples.

A written reduction on many draws of the domain, the worst of which go back into the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from isthmus.certify.error import comparison_times
from isthmus.execute import thread_map
from isthmus.solve.ndf import solve_ndf
from isthmus.study.search.conditions import Bench, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The full model's observables at one draw.

    Times of its steps and points between them, and (k, o) values there.
    """

    quantities: Floats
    times: Floats
    observed: Floats


class Candidate(Protocol):
    """A reduced model that can be run at a draw of the full one's quantities."""

    def observables(self, quantities: Floats, times: Floats) -> Floats | None:
        """Observables at the times, (k, o); None where it has no answer."""
        ...


def full_answers(bench: Bench, points: Sequence[Floats]) -> list[Answer]:
    """The full model's answers at the points that it can be solved at, in order."""
    return [
        answer for answer in thread_map(lambda point: _answer(bench, point), points) if answer is not None
    ]


def _answer(bench: Bench, point: Floats) -> Answer | None:
    start, parameters = bench.dynamics.start(point)
    if not (np.isfinite(start).all() and np.isfinite(parameters).all()):
        return None
    question = bench.question
    solution = solve_ndf(bench.system, 0.0, question.horizon, start, parameters, bench.rtol, bench.atol)
    if not solution.ok:
        return None
    times = comparison_times(solution.t, solution.t[:0], question.after, question.horizon)
    return Answer(point, times, bench.observe(solution, times, parameters))


def errors_at(bench: Bench, candidate: Candidate, answers: Sequence[Answer]) -> Floats:
    """The error at each answer; inf where the candidate has none."""

    def error(answer: Answer) -> float:
        reduced = candidate.observables(answer.quantities, answer.times)
        if reduced is None:
            return float("inf")
        return bench.metric.compare(answer.times, answer.observed, reduced).error

    return np.array(list(thread_map(error, answers)))
