"""From a calibration problem to the question that a simpler model of it must answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from isthmus.algebra.expression import Expression, free_symbols, number, symbol
from isthmus.algebra.substitute import substitute
from isthmus.errors import UnsupportedFeature, UsageError, Where
from isthmus.model.calibration import CalibrationProblem, MeasuredObservable
from isthmus.model.model import Model
from isthmus.model.question import Domain, Observable, Question, Range
from isthmus.study.calibration.free_model import parameter_values
from isthmus.study.calibration.start_values import StartValues


@dataclass(frozen=True, slots=True)
class ProblemQuestion:
    """A question about the model of a problem, and the conditions of its experiments.

    model: the problem's with its nominal values. question: the observables that were measured, up to the last
    finite time. conditions: experiment → what it starts with where that differs from the model, by id.
    """

    model: Model
    question: Question
    conditions: Mapping[str, Mapping[str, float]]


def ask_problem(
    problem: CalibrationProblem, tolerance: float = 0.05, *, vary_estimated: bool = False
) -> ProblemQuestion:
    """What a simpler model of a problem must still show.

    Observables: the measured ones, with numbers for parameters of the observation alone; one with several
    values of its placeholders counts once for each. Horizon: the last finite time measured. Domain: what the
    experiments set, from the least to the largest of their values and the model's; with vary_estimated also
    the estimated parameters of the model within their bounds.

    Raises UnsupportedFeature for experiments whose later periods change something: a question has one start;
    UsageError where nothing is measured after the start.
    """
    values = parameter_values(problem, {})
    model = _with_values(problem.model, values)
    start = StartValues.of(model, {name: value for name, value in values.items() if name not in model.ids})
    nominal = start.at(0.0, {})
    conditions: dict[str, dict[str, float]] = {}
    for experiment in problem.experiments:
        _refuse_later_changes(experiment.id, [len(p.changes) for p in experiment.periods[1:]], problem)
        changes = experiment.periods[0].changes
        conditions[experiment.id] = {
            change.target: start.value(change.formula, nominal, 0.0, change.where)
            for change in changes
            if change.target in model.ids
        }
    times = [m.time for m in problem.measurements if math.isfinite(m.time)]
    horizon = max(times, default=0.0)
    if horizon <= 0.0:
        raise UsageError(
            "E-HORIZON", "nothing is measured after time 0", needed="a course to keep", where=_place(problem)
        )
    ranges = _ranges(conditions, nominal)
    if vary_estimated:
        known = {member.quantity for member in ranges}
        ranges += [
            Range(p.id, p.lower, p.upper, relative=False)
            for p in problem.parameters
            if p.estimated and p.id in model.ids and p.id not in known and math.isfinite(p.upper - p.lower)
        ]
    question = Question(
        _observables(problem, model, nominal),
        tolerance,
        horizon,
        Domain(tuple(ranges)),
        horizon_reason="the last time that was measured",
    )
    return ProblemQuestion(model, question, conditions)


def _with_values(model: Model, values: Mapping[str, float]) -> Model:
    """The model with the problem's values of its parameters; what it sets is no longer assigned."""
    return replace(
        model,
        parameters=tuple(replace(p, value=values.get(p.id, p.value)) for p in model.parameters),
        compartments=tuple(replace(c, size=values.get(c.id, c.size)) for c in model.compartments),
        initial_assignments=tuple(i for i in model.initial_assignments if i.variable not in values),
    )


def _refuse_later_changes(name: str, later: Sequence[int], problem: CalibrationProblem) -> None:
    if any(later):
        raise UnsupportedFeature(
            "E-PETAB-FEATURE",
            f"experiment {name!r} changes the model after its start",
            needed="experiments of one period, for a question",
            advice="ask about one period at a time: model.question(…)",
            where=_place(problem),
        )


def _place(problem: CalibrationProblem) -> Where:
    return Where(problem.source)


def _ranges(conditions: Mapping[str, Mapping[str, float]], nominal: Mapping[str, float]) -> list[Range]:
    """What differs between the experiments, or from the model: absolute bounds that hold all of it."""
    targets = dict.fromkeys(target for changes in conditions.values() for target in changes)
    ranges: list[Range] = []
    for target in targets:
        seen = [changes.get(target, nominal.get(target, math.nan)) for changes in conditions.values()]
        known = [value for value in seen if math.isfinite(value)]
        if known and min(known) < max(known):
            ranges.append(Range(target, min(known), max(known), relative=False))
    return ranges


def _observables(
    problem: CalibrationProblem, model: Model, nominal: Mapping[str, float]
) -> tuple[Observable, ...]:
    observables = problem.observables_by_id
    found: dict[Expression, str] = {}
    counts: dict[str, int] = {}
    for measurement in problem.measurements:
        if math.isinf(measurement.time):
            continue
        formula = _in_model_ids(observables[measurement.observable], measurement.overrides, model, nominal)
        if formula not in found:
            counts[measurement.observable] = count = counts.get(measurement.observable, 0) + 1
            found[formula] = measurement.observable if count == 1 else f"{measurement.observable}_{count}"
    return tuple(Observable(name, formula) for formula, name in found.items())


def _in_model_ids(
    observable: MeasuredObservable,
    overrides: Mapping[str, Expression],
    model: Model,
    nominal: Mapping[str, float],
) -> Expression:
    given = {symbol(name): value for name, value in overrides.items()}
    formula = substitute([observable.formula], given)[0]
    alone = {
        symbol(name): number(nominal[name]) for name in free_symbols(formula) - model.ids if name in nominal
    }
    return substitute([formula], alone)[0]
