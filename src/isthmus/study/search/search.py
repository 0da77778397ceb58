"""The search: greedy acceptance on a few conditions, counterexamples hunted over the domain and put back, until clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.errors import NumericalError
from isthmus.model.domain import draws
from isthmus.model.reduction import Reduction
from isthmus.records.progress import Progress
from isthmus.reduce.base import Step
from isthmus.reduce.slaved import closed_forms
from isthmus.seeds import generator
from isthmus.study.search.agreement import disagreement
from isthmus.study.search.candidate import Written, write
from isthmus.study.search.climb import Climb, Hold
from isthmus.study.search.conditions import Bench, Condition, Floats, settle
from isthmus.study.search.hunt import Answer, errors_at, full_answers
from isthmus.study.search.landscape import all_steps, promising, survey


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to search.

    start_points: domain points beside the nominal one. draws: of the hunt. allowed: violations of the hunt that count as clean.
    margin: the search works at margin × tolerance; filter: steps predicted above filter × tolerance are not tried.
    looser: multiples of the tolerance at which the ladder goes on below what was asked for.
    """

    start_points: int = 5
    draws: int = 1000
    allowed: int = 1
    margin: float = 0.8
    filter: float = 3.0
    rounds: int = 12
    seconds: float = 60.0
    looser: tuple[float, ...] = (3.0, 10.0)


@dataclass
class Descent:
    """What a search has found so far; filled as it goes, so that an interruption keeps it.

    holds: accepted reductions, ever simpler. beyond: those that follow at looser tolerances. errors: of the last hold on the answers.
    """

    holds: list[Hold] = field(default_factory=list)
    beyond: list[Hold] = field(default_factory=list)
    errors: Floats = field(default_factory=lambda: np.zeros(0))
    answers: list[Answer] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    steps_tried: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def search(
    bench: Bench, term_labels: Sequence[str], effort: Effort, tell: Progress, descent: Descent
) -> Descent:
    """Fill `descent` with the simplest portable reduction that holds on the hunted draws."""
    question = bench.question
    names = bench.dynamics.quantities
    nominal = np.asarray(bench.dynamics.nominal)
    first = draws(question.domain, nominal, names, generator(question.seed, "search"), effort.start_points)
    descent.conditions = settle(bench, [nominal, *first])
    landscape = survey(bench, descent.conditions[:2])
    every = all_steps(landscape, term_labels)
    steps = promising(bench, descent.conditions[:2], every, effort.filter * question.tolerance)
    tell(f"{len(every)} single steps, {len(steps)} of them promising")
    deadline = monotonic() + effort.seconds
    hunted = draws(question.domain, nominal, names, generator(question.seed, "hunt"), effort.draws)
    barred: set[str] = set()
    for turn in range(effort.rounds):
        climb = Climb(
            bench,
            descent.conditions,
            effort.margin * question.tolerance,
            lambda reduction: closed(bench, reduction),
            deadline,
            reasons=descent.reasons,
        )
        descent.holds = climb.holds
        climb.run(steps)
        tell(f"round {turn + 1}: {len(climb.holds)} steps accepted on {len(descent.conditions)} conditions")
        written = _written(bench, descent, barred)
        if written is None:
            steps = [step for step in steps if step.label not in barred]
            continue
        if not descent.answers:
            descent.answers = full_answers(bench, [nominal, *hunted])
        errors = errors_at(bench, written, descent.answers)
        descent.errors = errors
        broken = np.flatnonzero(errors > question.tolerance)
        tell(f"round {turn + 1}: {len(broken)} of {len(errors)} draws violate")
        if climb.reduction.is_trivial or len(broken) <= effort.allowed:
            break
        if climb.out_of_time:
            _retreat(bench, descent, effort)
            break
        worst = broken[np.argsort(-errors[broken])][:2]
        typical = broken[np.argsort(errors[broken])][: max(0, min(2, len(broken) - 2))]
        added = settle(bench, [descent.answers[i].quantities for i in (*worst, *typical)])
        descent.conditions[:0] = added
        steps = _accepted_first(climb, steps)
    _go_on(bench, every, effort, descent, deadline)
    return descent


def _go_on(bench: Bench, steps: Sequence[Step], effort: Effort, descent: Descent, deadline: float) -> None:
    """Footholds at looser tolerances, on the conditions of the search: what a larger tolerance would buy."""
    start = descent.holds[-1] if descent.holds else None
    for looser in effort.looser:
        promising_steps = [step for step in steps if not step.dropped]
        climb = Climb(
            bench, descent.conditions, looser * bench.question.tolerance, lambda r: closed(bench, r), deadline
        )
        climb.holds = [start] if start else []
        climb.run(promising_steps)
        found = climb.holds[1:] if start else climb.holds
        if found:
            descent.beyond.append(found[-1])
            start = found[-1]


def _written(bench: Bench, descent: Descent, barred: set[str]) -> Written | None:
    """The last hold as a model; None, with its last step barred, where its two readings do not agree."""
    last = descent.holds[-1].reduction if descent.holds else Reduction()
    written = write(bench, last)
    if isinstance(written, NoClosedForm):
        reason = written.reason
    else:
        reason = disagreement(bench, last, written, descent.conditions)
        if not reason:
            return written
    if not descent.holds:
        raise NumericalError(
            "E-SEARCH", f"the model cannot be written with its totals eliminated: {reason}", needed="a model that runs"
        )
    barred.add(last.steps[-1])
    descent.reasons[last.steps[-1]] = reason
    return None


def _retreat(bench: Bench, descent: Descent, effort: Effort) -> None:
    """Out of time: give up the last steps until the hunted draws are clean."""
    descent.notes.append(f"the search stopped after {effort.seconds:g} s; more time might find something simpler")
    while descent.holds:
        descent.holds.pop()
        written = write(bench, descent.holds[-1].reduction if descent.holds else Reduction())
        if isinstance(written, NoClosedForm):
            continue
        descent.errors = errors_at(bench, written, descent.answers)
        if (descent.errors > bench.question.tolerance).sum() <= effort.allowed:
            return


def closed(bench: Bench, reduction: Reduction) -> bool:
    """Whether all constraints of a reduction have closed-form solutions."""
    dynamics = bench.dynamics
    found = closed_forms(dynamics.model, dynamics.states, dynamics.terms, dynamics.gain_by_state, reduction)
    return not isinstance(found, NoClosedForm)


def _accepted_first(climb: Climb, steps: list[Step]) -> list[Step]:
    accepted = set(climb.reduction.steps)
    return sorted(steps, key=lambda step: step.label not in accepted)
