"""A problem at some values of its parameters: every experiment run, every measurement compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from isthmus.dynamics.kernel import Vector
from isthmus.model.calibration import CalibrationProblem, Measurement
from isthmus.records.fit import Compared, Fit
from isthmus.study.calibration.course import Piece, run_experiment
from isthmus.study.calibration.free_model import free_model, parameter_values
from isthmus.study.calibration.likelihood import compare

_NOWHERE: Mapping[str, float] = {}


def find_fit(problem: CalibrationProblem, settings: Mapping[str, float] = _NOWHERE) -> Fit:
    """χ² and likelihood of a problem at its nominal values, some of them set otherwise.

    Raises UsageError, ModelError, NumericalError.
    """
    values = parameter_values(problem, settings)
    free = free_model(problem, values)
    seen = {observable.id: 2 * i for i, observable in enumerate(problem.observables)}
    compared: dict[int, Compared] = {}
    for experiment in problem.experiments:
        measured = [(i, m) for i, m in enumerate(problem.measurements) if m.experiment == experiment.id]
        if measured:
            pieces = run_experiment(free, experiment, [m.time for _, m in measured])
            for piece in pieces:
                compared |= _compared(problem, seen, piece, measured)
    return Fit(
        tuple(compared[i] for i in range(len(problem.measurements))), values, problem.model.id, problem.source
    )


def _compared(
    problem: CalibrationProblem,
    seen: Mapping[str, int],
    piece: Piece,
    measured: Sequence[tuple[int, Measurement]],
) -> dict[int, Compared]:
    """The measurements at the times of a piece; those with the same overrides are evaluated together."""
    from isthmus.solve.evaluate import evaluate_many

    row = {time: k for k, time in enumerate(piece.times)}
    groups: dict[tuple[tuple[str, object], ...], list[tuple[int, Measurement]]] = {}
    for i, m in measured:
        if m.time in row:
            groups.setdefault(tuple(m.overrides.items()), []).append((i, m))
    found: dict[int, Compared] = {}
    observables = problem.observables_by_id
    for members in groups.values():
        parameters = _overridden(piece, members[0][1])
        kernel = piece.free.observed
        curves = evaluate_many(kernel.address, piece.clock, piece.states, parameters, kernel.width)
        for i, m in members:
            column = seen[m.observable]
            simulation, noise = curves[row[m.time], column : column + 2].tolist()
            found[i] = compare(observables[m.observable], m, simulation, noise)
    return found


def _overridden(piece: Piece, measurement: Measurement) -> Vector:
    """p with the placeholders of a measurement in it."""
    free = piece.free
    parameters = np.array(piece.parameters, dtype=np.float64)
    for placeholder, formula in measurement.overrides.items():
        value = free.start.value(formula, piece.values, 0.0, measurement.where)
        parameters[free.position[placeholder]] = value
    return parameters
