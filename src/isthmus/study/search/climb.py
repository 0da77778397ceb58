"""Greedy acceptance: steps tried in order of promise, each kept if every condition stays within the bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from isthmus.dynamics.coordinates import slow_coordinates
from isthmus.model.reduction import Reduction
from isthmus.reduce.base import Step
from isthmus.study.search.conditions import Bench, Condition
from isthmus.study.search.trial import Trial, attempt

_PASSES = 2
_FAR = 3.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A foothold on the way down.

    A reduction that was accepted, with its errors on the conditions of the search.
    """

    reduction: Reduction
    trial: Trial


@dataclass
class Climb:
    """A running descent; `holds` grows by one with every acceptance.

    So that an interruption keeps what was found.
    """

    bench: Bench
    conditions: list[Condition]
    bound: float
    is_portable: Callable[[Reduction], bool]
    is_hopeless: Callable[[Reduction], bool]
    deadline: float
    holds: list[Hold] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    far: set[str] = field(default_factory=set)

    @property
    def reduction(self) -> Reduction:
        """The simplest reduction accepted so far."""
        return self.holds[-1].reduction if self.holds else Reduction()

    @property
    def out_of_time(self) -> bool:
        """Whether the time for searching is spent."""
        return monotonic() > self.deadline

    def run(self, steps: Sequence[Step]) -> None:
        """Try single steps in order, those that nearly held again, then terms in blocks halved on failure.

        What strays by several times the bound does not come back when more is simplified; what had no answer
        at all may have one then.
        """
        single = [step for step in steps if not step.dropped]
        for _ in range(_PASSES):
            accepted = [step for step in single if not self.out_of_time and self.accepts(step)]
            if not accepted:
                break
            single = [step for step in single if step not in accepted and step.label not in self.far]
        self._drop_blocks([step for step in steps if step.dropped])

    def accepts(self, step: Step) -> bool:
        """Try one step on top of what is accepted.

        Keep it where all conditions hold and the laws stay closed.
        """
        candidate = step.on(self.reduction)
        if candidate is None:
            return False
        if step.frozen and self._stands_still(step.frozen):
            return False
        if self.is_hopeless(candidate):
            self.reasons[step.label] = "no closed form"
            return False
        trial = attempt(self.bench, candidate, self.conditions, self.bound)
        if trial.worst > self.bound:
            self._hardest_first(len(trial.errors) - 1)
            self.reasons[step.label] = trial.reason
            if _FAR * self.bound < trial.worst < math.inf:
                self.far.add(step.label)
            return False
        if not self.is_portable(candidate):
            self.reasons[step.label] = "no closed form"
            return False
        self.holds.append(Hold(candidate, trial))
        return True

    def _stands_still(self, state: str) -> bool:
        """Whether nothing changes a slow coordinate any more: freezing it would be no step."""
        dynamics = self.bench.dynamics
        coordinates = slow_coordinates(dynamics.states, dynamics.gain_by_state, self.reduction)
        return coordinates is not None and not coordinates.gain.get(state)

    def _hardest_first(self, failed: int) -> None:
        if failed > 0:
            self.conditions.insert(0, self.conditions.pop(failed))

    def _drop_blocks(self, steps: list[Step]) -> None:
        if not steps or self.out_of_time:
            return
        block = Step(
            steps[0].method,
            "; ".join(step.label for step in steps),
            0.0,
            dropped=frozenset().union(*(step.dropped for step in steps)),
        )
        if self.accepts(block) or len(steps) == 1:
            return
        middle = len(steps) // 2
        self._drop_blocks(steps[:middle])
        self._drop_blocks(steps[middle:])
