"""A sweep one set after the other in each worker, for models that lanes do not suit."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.kernel import Kernel
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.errors import NumericalError
from isthmus.simulate.sweep_task import InThreads, Outcome, SweepTask
from isthmus.solve.hybrid_ndf import solve_switched
from isthmus.solve.ndf import sample_ndf
from isthmus.solve.relax import relax
from isthmus.solve.result import ResultCode, Samples, Solution
from isthmus.solve.tolerance import measured_atol

Floats = NDArray[np.float64]


def run_one_by_one(task: SweepTask, in_threads: InThreads) -> Outcome:
    """Do a sweep with NDF."""
    sets = len(task.table)
    outcome = Outcome(
        found=np.full((sets, len(task.times), len(task.formulas)), np.nan),
        codes=np.full(sets, int(ResultCode.CANCELLED), dtype=np.int64),
        steps=np.zeros(sets, dtype=np.int64),
        reached=np.zeros(sets),
    )
    kernel = task.dynamics.kernel(task.formulas)
    counter = count()

    def work() -> None:
        while (number := next(counter)) < sets and not task.cancel[0]:
            _run_set(task, kernel, number, outcome)

    # The first set alone: code that is loaded from disk while another thread runs some of it can crash.
    if sets and not task.cancel[0]:
        _run_set(task, kernel, next(counter), outcome)
    in_threads(work)
    return outcome


def _run_set(task: SweepTask, kernel: Kernel, number: int, outcome: Outcome) -> None:
    from isthmus.solve.evaluate import evaluate_many

    start, parameters = task.dynamics.start(task.table[number])
    solution = _solve(task, start, parameters)
    if isinstance(solution, ResultCode):
        outcome.codes[number] = int(solution)
        return
    outcome.codes[number] = int(solution.code)
    outcome.steps[number] = solution.steps
    outcome.reached[number] = solution.t[-1]
    asked = task.times[task.times <= solution.t[-1]]
    states = solution.at(asked) if isinstance(solution, Solution) else solution.at_times[: len(asked)]
    seen = evaluate_many(kernel.address, asked, states, parameters, kernel.width)
    outcome.found[number, : len(asked)] = seen


def _solve(task: SweepTask, start: Floats, parameters: Floats) -> Solution | Samples | ResultCode:
    """The solution of one set, or why there is none."""
    switched = task.dynamics.switched()
    system = task.dynamics.system() if switched is None else switched
    if not (np.isfinite(start).all() and np.isfinite(parameters).all()):
        return ResultCode.NOT_FINITE
    alone = task.dynamics.live_system.constraints_alone
    if alone is not None:
        largest = max(float(np.abs(start).max(initial=0.0)), 1e-300)
        relaxed = relax(alone, start, parameters, scale=1e-9 * np.maximum(np.abs(start), 1e-6 * largest))
        if not relaxed.ok:
            return ResultCode.INCONSISTENT_START
        start = relaxed.x
    tolerances = task.atol
    if tolerances is None:
        try:
            tolerances = measured_atol(
                system, 0.0, task.horizon, start, parameters, task.rtol, max_steps=task.max_steps
            )
        except NumericalError:
            # The coarse pass failed; the fine one says how, with tolerances for unknown peaks.
            tolerances = (
                task.rtol * 1e-3 * np.maximum(np.abs(start), 1e-9 * np.abs(start).max(initial=1e-300))
            )
    given = (0.0, task.horizon, start, parameters, task.rtol, tolerances)
    if isinstance(system, SwitchedSystem):
        done = solve_switched(system, *given, max_steps=task.max_steps, cancel=task.cancel)
        return done.solution
    return sample_ndf(system, *given, times=task.times, max_steps=task.max_steps, cancel=task.cancel)
