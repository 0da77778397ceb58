"""Hunting for counterexamples.

A written reduction on many draws of the domain, the worst of which go back into the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from isthmus.certify.error import comparison_times
from isthmus.certify.jumps import Executed
from isthmus.execute import thread_map
from isthmus.study.search.at_once import observe_at_once, suits
from isthmus.study.search.conditions import Bench, Floats, Shown


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The full model's observables at one draw.

    Times of its steps and points between them, or the bench's mesh, and (k, o) values there. executed: events
    by time and id.
    """

    quantities: Floats
    times: Floats
    observed: Floats
    executed: Executed = ()


class Candidate(Protocol):
    """A reduced model that can be run at draws of the full one's quantities."""

    def observables(self, quantities: Floats, times: Floats) -> Shown | None:
        """What is seen at the times; None where it has no answer."""
        ...

    def observables_at_once(self, table: Floats, times: Floats) -> Floats | None:
        """Observables of each row, (rows, k, o), NaN where there are none; None where rows go one by one."""
        ...


def full_answers(bench: Bench, points: Sequence[Floats]) -> list[Answer]:
    """The full model's answers at the points that it can be solved at, in order."""
    found: list[Answer | None] = [None] * len(points)
    if suits(bench.dynamics, bench.metric, len(points)):
        seen = observe_at_once(
            bench.dynamics,
            np.array(points),
            bench.mesh,
            bench.question.observables,
            bench.question.horizon,
            bench.screening,
            bench.atol_at(bench.screening),
        )
        for i in np.flatnonzero(np.isfinite(seen[:, 0, 0])).tolist():
            found[i] = Answer(points[i], bench.mesh, seen[i])
    missing = [i for i, answer in enumerate(found) if answer is None]
    singly = thread_map(lambda i: _answer(bench, points[i]), missing)
    for i, answer in zip(missing, singly, strict=True):
        found[i] = answer
    return [answer for answer in found if answer is not None]


def _answer(bench: Bench, point: Floats) -> Answer | None:
    start, parameters = bench.dynamics.start(point)
    if not (np.isfinite(start).all() and np.isfinite(parameters).all()):
        return None
    question, rtol = bench.question, bench.screening
    solution, executed = bench.solve(bench.moving, start, parameters, rtol)
    if not solution.ok:
        return None
    times = comparison_times(solution.t, solution.t[:0], question.after, question.horizon)
    return Answer(point, times, bench.observe(solution, times, parameters), executed)


def errors_at(bench: Bench, candidate: Candidate, answers: Sequence[Answer]) -> Floats:
    """The error at each answer; inf where the candidate has none.

    What draws run at once say is taken where it is within the tolerance. Where it is not, both models are run
    again one by one: a loose one-step method may take the wrong branch of a solution that is hard to start.
    """
    errors = np.full(len(answers), np.inf)
    together = [i for i, answer in enumerate(answers) if answer.times is bench.mesh]
    table = np.array([answers[i].quantities for i in together])
    seen = candidate.observables_at_once(table, bench.mesh) if together else None
    if seen is not None:
        for i, reduced in zip(together, seen, strict=True):
            errors[i] = _error(bench, answers[i], Shown(reduced))
    doubtful = np.flatnonzero(~(errors <= bench.question.tolerance)).tolist()

    def alone(i: int) -> float:
        answer = answers[i] if seen is None else _alone(bench, answers[i])
        return _error(bench, answer, candidate.observables(answer.quantities, answer.times))

    errors[doubtful] = list(thread_map(alone, doubtful))
    return errors


def _alone(bench: Bench, answer: Answer) -> Answer:
    """The full model's answer at a draw, run by itself; the same draws are doubtful again and again."""
    known: dict[int, tuple[Answer, Answer]] = bench.derived.setdefault("alone", {})
    if id(answer) not in known:
        # With the answer itself, so that no other can take its id.
        known[id(answer)] = answer, _answer(bench, answer.quantities) or answer
    return known[id(answer)][1]


def _error(bench: Bench, answer: Answer, shown: Shown | None) -> float:
    if shown is None:
        return float("inf")
    return bench.error(answer.times, answer.observed, answer.executed, shown)
