"""The conditions that a search tries its candidates on.

Parameters, initial state and the full answer there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.error import ErrorMetric
from isthmus.dynamics.rates import Dynamics, Kernel, SparseKernel
from isthmus.dynamics.system import System
from isthmus.model.question import Question
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.ndf import solve_ndf
from isthmus.solve.result import Solution

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One point of the domain with the full model's answer there.

    quantities (q,), start (n,), parameters: what kernels take. solution: the full trajectory. nonnegative
    (n,): states it keeps ≥ 0.
    """

    quantities: Floats
    start: Floats
    parameters: Floats
    solution: Solution
    nonnegative: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything a trial needs, compiled once.

    kernel: the observables over states of the full model, gradient: by those states. atol (n,): absolute
    tolerance of each state.
    """

    dynamics: Dynamics
    system: System
    question: Question
    metric: ErrorMetric
    kernel: Kernel
    gradient: SparseKernel
    atol: Floats
    rtol: float

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
        solution = solve_ndf(
            bench.system, 0.0, bench.question.horizon, start, parameters, bench.rtol, bench.atol
        )
        if solution.ok:
            slack = 1e-6 * np.abs(solution.x).max(axis=0)
            found.append(Condition(point, start, parameters, solution, solution.x.min(axis=0) >= -slack))
    return found
