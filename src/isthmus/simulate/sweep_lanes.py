"""A sweep on lanes: a coarse pass that measures each set's peaks, then the pass that counts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from isthmus.simulate.sweep_task import InThreads, Outcome, SweepTask
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.rodas import LaneEnsemble, LaneSolver, make_solver
from isthmus.solve.starting_scale import starting_scale
from isthmus.solve.tolerance import (
    ABSOLUTE_FRACTION,
    SMALLEST_FRACTION,
    capped_peaks,
    scaled_atol,
)

Floats = NDArray[np.float64]
_COARSE_RTOL: Final = 1e-2
_AGREE: Final = 2.0
_MOST_PASSES: Final = 5


def run_on_lanes(task: SweepTask, in_threads: InThreads) -> Outcome:
    """Do a sweep of a model that lanes suit."""
    solver = _make_solver(task)
    sets = np.arange(len(task.table))
    # No sets at first: code that is loaded from disk while another thread runs some of it can crash.
    _ensemble(task, solver, sets[:0], np.empty((0, solver.system.states))).march()
    if task.atol is not None:
        given = np.broadcast_to(task.atol, (len(sets), solver.system.states))
        done = _ensemble(task, solver, sets, given)
        in_threads(done.march)
        return _outcome(done)
    return _on_own_scales(task, solver, in_threads)


def own_tolerances(peaks: Floats, rtol: float) -> Floats:
    """`scaled_atol` of each row of peaks; what is not finite counts as unknown."""
    sizes = np.where(np.isfinite(peaks), peaks, 0.0)
    largest = sizes.max(axis=1, keepdims=True, initial=0.0)
    sizes = np.where(largest > 0.0, sizes, 1.0)
    if (sizes == 0.0).any():
        middle = np.nanmedian(np.where(sizes > 0.0, sizes, np.nan), axis=1, keepdims=True)
        sizes = np.where(sizes == 0.0, middle, sizes)
    return np.asarray(ABSOLUTE_FRACTION * rtol * np.maximum(sizes, SMALLEST_FRACTION * largest))


def _on_own_scales(task: SweepTask, solver: LaneSolver, in_threads: InThreads) -> Outcome:
    """Integrate with tolerances from each set's own peaks.

    A loose pass may end orders of magnitude away, and with it the tolerances: sets whose peaks come out at
    less than half of what their tolerances supposed are integrated again.
    """
    system, nominal, starts = solver.system, task.dynamics.start(), _starts(task)
    first = scaled_atol(starting_scale(system, 0.0, task.horizon, *nominal), _COARSE_RTOL)
    sets = np.arange(len(task.table))
    coarse = _ensemble(task, solver, sets, np.tile(first, (len(sets), 1)), is_coarse=True)
    in_threads(coarse.march)
    tolerances = own_tolerances(capped_peaks(coarse.peaks, starts), task.rtol)
    done = _ensemble(task, solver, sets, tolerances)
    in_threads(done.march)
    outcome = _outcome(done)
    for _ in range(_MOST_PASSES):
        found = own_tolerances(capped_peaks(done.peaks, starts[sets]), task.rtol)
        again = (_AGREE * found < tolerances).any(axis=1)
        if task.cancel[0] or not again.any():
            break
        sets, tolerances = sets[again], found[again]
        done = _ensemble(task, solver, sets, tolerances)
        in_threads(done.march)
        outcome.put(sets, _outcome(done))
    return outcome


def _starts(task: SweepTask) -> Floats:
    """The initial states of each set."""
    kernel, count = task.dynamics.start_kernel, len(task.table)
    values = evaluate_many(kernel.address, np.zeros(count), np.zeros((count, 1)), task.table, kernel.width)
    return values[:, : len(task.dynamics.states)]


def _make_solver(task: SweepTask) -> LaneSolver:
    from isthmus.dynamics.lanes import compile_lanes
    from isthmus.solve.lanes_type import WIDTH

    system = task.dynamics.system()
    # Kept with the system, as a user sweeps the same model again and again.
    formulas, kernels = system.derived.get("lane kernels", (None, None))
    if formulas != task.formulas:
        kernels = compile_lanes(task.dynamics, task.formulas, WIDTH)
        system.derived["lane kernels"] = (task.formulas, kernels)
    return make_solver(system, kernels)


def _ensemble(
    task: SweepTask,
    solver: LaneSolver,
    sets: NDArray[np.int64],
    tolerances: Floats,
    *,
    is_coarse: bool = False,
) -> LaneEnsemble:
    return LaneEnsemble(
        solver,
        np.ascontiguousarray(task.table[sets]),
        task.horizon,
        np.empty(0) if is_coarse else task.times,
        _COARSE_RTOL if is_coarse else task.rtol,
        np.ascontiguousarray(tolerances),
        task.max_steps,
        task.cancel,
    )


def _outcome(done: LaneEnsemble) -> Outcome:
    return Outcome(done.found, done.codes, done.steps, done.reached)
