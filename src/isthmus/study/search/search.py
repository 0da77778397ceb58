"""The search: greedy acceptance on a few conditions, counterexamples hunted and put back, until clean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.errors import NumericalError
from isthmus.model.reduction import Reduction
from isthmus.records.progress import Progress
from isthmus.seeds import generator
from isthmus.study.search.agreement import disagreement
from isthmus.study.search.candidate import Written, is_closed, is_surely_open, write
from isthmus.study.search.climb import Climb, Hold
from isthmus.study.search.conditions import Bench, Condition, Floats, settle
from isthmus.study.search.directed import worst_case
from isthmus.study.search.effort import Effort
from isthmus.study.search.hunt import Answer, errors_at, full_answers
from isthmus.study.search.landscape import all_steps, promising, survey


@dataclass
class Descent:
    """What a search has found so far; filled as it goes, so that an interruption keeps it.

    holds: accepted reductions, ever simpler. beyond: those that follow at looser tolerances. portable: how
    many of the holds have closed forms. errors: of the last hold on the answers, the nominal one first.
    """

    holds: list[Hold] = field(default_factory=list)
    beyond: list[Hold] = field(default_factory=list)
    portable: int = 0
    errors: Floats = field(default_factory=lambda: np.zeros(0))
    answers: list[Answer] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def reduction(self) -> Reduction:
        """The simplest reduction held."""
        return self.holds[-1].reduction if self.holds else Reduction()


def search(
    bench: Bench,
    term_labels: Sequence[str],
    effort: Effort,
    tell: Progress,
    descent: Descent,
    *,
    allow_implicit: bool = False,
) -> None:
    """Fill `descent` with the simplest reduction that holds on the hunted draws.

    Closed forms first; with `allow_implicit` the descent then goes on without asking for them.
    """
    search = _Search(bench, term_labels, effort, tell, descent)
    search.descend(implicit=False)
    search.restart()
    descent.portable = len(descent.holds)
    if allow_implicit:
        search.descend(implicit=True)
    else:
        search.go_on()
    search.look_for_worst(implicit=allow_implicit)


class _Search:
    def __init__(
        self, bench: Bench, term_labels: Sequence[str], effort: Effort, tell: Progress, descent: Descent
    ) -> None:
        self.bench, self.effort, self.tell, self.descent = bench, effort, tell, descent
        self.deadline = monotonic() + effort.seconds
        self.nominal = bench.drawing.nominal
        descent.conditions = settle(bench, [self.nominal, *self._draws("search", effort.start_points)])
        landscape = survey(bench, descent.conditions[:2])
        self.every = all_steps(landscape, term_labels)
        limit = effort.filter * bench.question.tolerance
        self.steps = promising(bench, descent.conditions[:2], self.every, limit)
        tell(f"{len(self.every)} single steps, {len(self.steps)} of them promising")

    def _draws(self, purpose: str, count: int) -> list[Floats]:
        drawing = self.bench.drawing
        table = drawing.table(generator(self.bench.question.seed, purpose), count)
        settled = map(drawing.settled, table)
        return [row for row in settled if row is not None]

    def descend(self, *, implicit: bool) -> None:
        """Search and hunt in turns until the hunt is clean."""
        descent, tolerance = self.descent, self.bench.question.tolerance
        given = list(descent.holds)
        steps, barred = list(self.steps), set[str]()
        for turn in range(self.effort.rounds):
            climb = self._climb(self.effort.margin * tolerance, implicit)
            climb.holds = list(given)
            descent.holds = climb.holds
            climb.run(steps)
            self.tell(
                f"round {turn + 1}: {len(climb.holds)} steps accepted on {len(descent.conditions)} conditions"
            )
            written = self._written(implicit, barred)
            if written is None:
                steps = [step for step in steps if step.label not in barred]
                continue
            self._have_answers()
            descent.errors = errors_at(self.bench, written, descent.answers)
            broken = np.flatnonzero(descent.errors > tolerance)
            self.tell(f"round {turn + 1}: {len(broken)} of {len(descent.errors)} draws violate")
            if len(climb.holds) <= len(given) or len(broken) <= self.effort.allowed:
                return
            if climb.out_of_time:
                break
            self._put_back(broken)
            accepted = set(climb.reduction.steps)
            steps.sort(key=lambda step: step.label not in accepted)
        self._retreat(implicit, len(given))

    def _have_answers(self) -> None:
        """The full model's answers to hunt on, worked out when first needed."""
        if not self.descent.answers:
            points = [self.nominal, *self._draws("hunt", self.effort.draws)]
            self.descent.answers = full_answers(self.bench, points)

    def restart(self) -> None:
        """Descend again in other orders; what goes further and is clean on the hunted draws is taken."""
        descent, tolerance = self.descent, self.bench.question.tolerance
        if not descent.answers or len(self.bench.dynamics.states) > self.effort.largest_restarted:
            return
        methods = list(dict.fromkeys(step.method for step in self.steps))
        for count in range(self.effort.restarts):
            source = generator(self.bench.question.seed, "restart", count)
            keys = source.random(len(self.steps))
            ranked = sorted(
                range(len(self.steps)), key=lambda i: (methods.index(self.steps[i].method), keys[i])
            )
            climb = self._climb(self.effort.margin * tolerance, implicit=False)
            climb.run([self.steps[i] for i in ranked])
            if climb.out_of_time or _gain(climb.reduction) <= _gain(descent.reduction):
                continue
            written = write(self.bench, climb.reduction)
            if isinstance(written, NoClosedForm):
                continue
            if disagreement(self.bench, climb.reduction, written, descent.conditions):
                continue
            errors = errors_at(self.bench, written, descent.answers)
            if (errors > tolerance).sum() <= self.effort.allowed:
                descent.holds, descent.errors = climb.holds, errors
                self.tell(f"another order went further: {len(climb.holds)} steps")

    def look_for_worst(self, *, implicit: bool) -> None:
        """The worst condition that a directed search finds, as a note: it says nothing about probability."""
        descent = self.descent
        if not descent.holds or not descent.answers:
            return
        written = write(self.bench, descent.reduction, implicit=implicit)
        if isinstance(written, NoClosedForm):
            return
        error, _ = worst_case(self.bench, written, descent.answers, descent.errors)
        found = (
            f"an error of {100 * error:.2g} % at its worst condition"
            if math.isfinite(error)
            else "a condition at which the simpler model has no answer or a quantity becomes negative"
        )
        descent.notes.append(f"a directed search of the domain found {found}")

    def _climb(self, bound: float, implicit: bool) -> Climb:
        descent = self.descent
        return Climb(
            self.bench,
            descent.conditions,
            bound,
            (lambda _: True) if implicit else (lambda reduction: is_closed(self.bench, reduction)),
            (lambda _: False) if implicit else (lambda reduction: is_surely_open(self.bench, reduction)),
            self.deadline,
            reasons=descent.reasons,
        )

    def _put_back(self, broken: np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
        """The worst counterexamples and the mildest ones become conditions of the search, tried first."""
        ranked = broken[np.argsort(-self.descent.errors[broken])]
        picked = dict.fromkeys([*ranked[:2].tolist(), *ranked[-2:].tolist()])
        added = settle(self.bench, [self.descent.answers[i].quantities for i in picked])
        self.descent.conditions[:0] = added

    def _written(self, implicit: bool, barred: set[str]) -> Written | None:
        """The last hold as a model; None, with its last step barred, where its two readings do not agree."""
        last = self.descent.reduction
        written = write(self.bench, last, implicit=implicit)
        if isinstance(written, NoClosedForm):
            reason = written.reason
        else:
            reason = disagreement(self.bench, last, written, self.descent.conditions)
            if not reason:
                return written
        if not self.descent.holds:
            raise NumericalError(
                "E-SEARCH",
                f"the model cannot be written with its totals eliminated: {reason}",
                needed="a model that runs",
            )
        barred.add(last.steps[-1])
        self.descent.reasons[last.steps[-1]] = reason
        return None

    def _retreat(self, implicit: bool, floor: int) -> None:
        """Out of time or rounds: give up the last steps until the hunted draws are clean."""
        descent = self.descent
        descent.notes.append("the search was stopped early; more time might find something simpler")
        self._have_answers()
        while len(descent.holds) > floor:
            descent.holds.pop()
            written = write(self.bench, descent.reduction, implicit=implicit)
            if isinstance(written, NoClosedForm):
                continue
            descent.errors = errors_at(self.bench, written, descent.answers)
            if (descent.errors > self.bench.question.tolerance).sum() <= self.effort.allowed:
                return

    def go_on(self) -> None:
        """Footholds at looser tolerances, on the conditions of the search.

        What a larger tolerance would buy.
        """
        start = self.descent.holds[-1:]
        singles = [step for step in self.every if not step.dropped]
        for looser in self.effort.looser:
            climb = self._climb(looser * self.bench.question.tolerance, implicit=False)
            climb.holds = list(start)
            climb.run(singles)
            if len(climb.holds) > len(start):
                self.descent.beyond.append(climb.holds[-1])
                start = climb.holds[-1:]


def _gain(reduction: Reduction) -> tuple[int, int]:
    """How far a reduction goes: states gone or frozen, then terms left out."""
    return len(reduction.eliminations) + len(reduction.frozen), len(reduction.dropped)
