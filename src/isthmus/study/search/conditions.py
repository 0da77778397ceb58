"""The conditions that a search tries its candidates on.

Parameters, initial state and the full answer there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.drawing import Drawing
from isthmus.certify.error import ErrorMetric, comparison_times
from isthmus.certify.jumps import Executed, align, allowance
from isthmus.dynamics.constrained import Constrained, constrain
from isthmus.dynamics.rates import Dynamics, Kernel, SparseKernel
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import System
from isthmus.model.question import Question
from isthmus.model.reduction import Reduction
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.result import Solution
from isthmus.solve.through import solve_through

Floats = NDArray[np.float64]

_ZERO = 1e-6


MOST_STEPS = 20_000
"""In the search: what takes more steps is no answer there. Certificates allow five times as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a candidate shows at one condition.

    observed (k, o): the observables. executed: events by time and id. events: ids of those that it has.
    """

    observed: Floats
    executed: Executed = ()
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One point of the domain with the full model's answer there.

    quantities (q,), start (n,), parameters: what kernels take. solution: the full trajectory. peaks (n,): of
    its states. nonnegative (n,): states it keeps ≥ 0. times (k,): its steps in the window and points between
    them. observed (k, o): the observables there. executed: events by time and id.
    """

    quantities: Floats
    start: Floats
    parameters: Floats
    solution: Solution
    peaks: Floats
    nonnegative: NDArray[np.bool_]
    times: Floats
    observed: Floats
    executed: Executed = ()


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything a trial needs, compiled once.

    kernel: the observables over states of the full model, gradient: by those states. atol (n,): absolute
    tolerance of each state at rtol. screening: the looser relative tolerance of trials and hunts. mesh (k,):
    times at which a hunt that runs all draws at once compares. drawing: how draws are made. derived: what has
    been worked out about candidates, kept for the next who asks. system: the rates as written. switched: the
    same with jumps and events, None without any.
    """

    dynamics: Dynamics
    system: System
    question: Question
    metric: ErrorMetric
    kernel: Kernel
    gradient: SparseKernel
    atol: Floats
    rtol: float
    screening: float
    mesh: Floats
    drawing: Drawing
    switched: SwitchedSystem | None = None
    derived: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def moving(self) -> System | SwitchedSystem:
        """What is integrated."""
        return self.system if self.switched is None else self.switched

    def atol_at(self, rtol: float) -> Floats:
        """Absolute tolerances that go with a relative one."""
        return self.atol * (rtol / self.rtol)

    def solve(
        self, system: System | SwitchedSystem, start: Floats, parameters: Floats, rtol: float
    ) -> tuple[Solution, Executed]:
        """A system over the states of the full model to the horizon, and the events on the way."""
        end, atol = self.question.horizon, self.atol_at(rtol)
        done = solve_through(system, 0.0, end, start, parameters, rtol, atol, max_steps=MOST_STEPS)
        named = () if self.switched is None else self.switched.named(done.executed)
        return done.solution, named

    def constrained(self, reduction: Reduction) -> Constrained | None:
        """A reduction as arrays; None where its directions are not independent."""
        dynamics = self.dynamics
        return constrain(dynamics.states, dynamics.gain_by_state, self.system, reduction, self.switched)

    def error(self, times: Floats, observed: Floats, executed: Executed, shown: Shown) -> float:
        """The error of what is shown against the full model's answer; inf where other events happen."""
        allowed, end = allowance(self.question), self.question.horizon
        aligned = align(executed, shown.executed, shown.events, allowed, end)
        if not aligned.is_same:
            return float("inf")
        seen = aligned.together(times)
        return self.metric.compare(times[seen], observed[seen], shown.observed[seen]).error

    def observe(self, solution: Solution, times: Floats, parameters: Floats) -> Floats:
        """Observables of a solution over the full states, (k, o)."""
        return evaluate_many(self.kernel.address, times, solution.at(times), parameters, self.kernel.width)


def settle(bench: Bench, points: Iterable[Floats]) -> list[Condition]:
    """Conditions at the given points.

    One whose full solution fails is left out, since nothing can be judged there.
    """
    found: list[Condition] = []
    for point in points:
        start, parameters = bench.dynamics.start(point)
        if not (np.isfinite(start).all() and np.isfinite(parameters).all()):
            continue
        solution, executed = bench.solve(bench.moving, start, parameters, bench.rtol)
        if solution.ok:
            found.append(_condition(bench, point, start, parameters, solution, executed))
    return found


def _condition(
    bench: Bench, point: Floats, start: Floats, parameters: Floats, solution: Solution, executed: Executed
) -> Condition:
    peaks = np.abs(solution.x).max(axis=0)
    nonnegative = solution.x.min(axis=0) >= -_ZERO * peaks
    times = comparison_times(solution.t, solution.t[:0], bench.question.after, bench.question.horizon)
    observed = bench.observe(solution, times, parameters)
    return Condition(point, start, parameters, solution, peaks, nonnegative, times, observed, executed)
