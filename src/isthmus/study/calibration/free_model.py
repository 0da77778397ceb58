"""The model of a problem with every start a free number, so that it is compiled once for all experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from isthmus.algebra.expression import TIME, TIME_NODE, Expression, add, postorder, symbol
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.kernel import Kernel, Vector
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import ModelError, UsageError, Where
from isthmus.model.calibration import CalibrationProblem
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.simulate.rates import chosen_quantities
from isthmus.study.calibration.start_values import StartValues


@dataclass(frozen=True, eq=False)
class FreeModel:
    """dynamics: of the model whose quantities are all plain numbers, each what its id stands for.

    start: what the model itself would start from. chosen: the problem's parameters. zero: the parameter that
    is added to the time of a run, "" where nothing depends on time or all experiments start at 0. formulas:
    of each observable and its noise in turn.
    """

    dynamics: Dynamics
    start: StartValues
    chosen: Mapping[str, float]
    zero: str
    formulas: tuple[Expression, ...]

    @cached_property
    def observed(self) -> Kernel:
        """The formulas."""
        return self.dynamics.kernel(self.shifted(self.formulas))

    @cached_property
    def position(self) -> dict[str, int]:
        """Quantity → its place in the parameter vector."""
        return {name: i for i, name in enumerate(self.dynamics.quantities)}

    @cached_property
    def states(self) -> frozenset[str]:
        """Ids of the states."""
        return frozenset(self.dynamics.states)

    @cached_property
    def by_id(self) -> Kernel:
        """The states as what their ids stand for."""
        return self.dynamics.kernel([symbol(name) for name in self.dynamics.states])

    def quantities(self, values: Mapping[str, float]) -> dict[str, float]:
        """Those of the values that the dynamics take."""
        return {name: values[name] for name in self.dynamics.quantities if name in values}

    def vectors(self, values: Mapping[str, float]) -> tuple[Vector, Vector]:
        """(x, p) at these values."""
        return self.dynamics.start(chosen_quantities(self.dynamics, self.quantities(values)))

    def shifted(self, formulas: Sequence[Expression]) -> list[Expression]:
        """Formulas in the time of a run."""
        mapping = {TIME_NODE: add(TIME_NODE, symbol(self.zero))} if self.zero else {}
        return substitute(formulas, mapping)


def free_model(problem: CalibrationProblem, values: Mapping[str, float]) -> FreeModel:
    """Prepare the model of a problem; values: of its parameters, by id.

    Raises ModelError where a condition or parameter sets what a rule computes.
    """
    model = problem.model
    targets = {
        change.target: change.where for e in problem.experiments for p in e.periods for change in p.changes
    }
    targets |= {parameter.id: parameter.where for parameter in problem.parameters}
    _refuse_ruled(model, targets)
    placeholders = {name for o in problem.observables for name in (*o.placeholders, *o.noise_placeholders)}
    added = sorted((set(targets) | placeholders) - model.ids)
    zero = _zero(problem)
    free = _freed(model, [*added, *([zero] if zero else [])], set(targets))
    start = StartValues.of(model, {name: values[name] for name in added if name in values})
    dynamics = read_rates(_in_time_of_run(free, zero) if zero else free)
    formulas = tuple(f for observable in problem.observables for f in (observable.formula, observable.noise))
    return FreeModel(dynamics, start, dict(values), zero, formulas)


def _refuse_ruled(model: Model, targets: Mapping[str, Where]) -> None:
    computed = {rule.variable for rule in model.assignments} | {reaction.id for reaction in model.reactions}
    for target, where in targets.items():
        if target in computed:
            raise ModelError(
                "E-PETAB",
                f"a value for {target!r}, which the model computes",
                needed="a parameter, or the start of a species",
                where=where,
            )


def _zero(problem: CalibrationProblem) -> str:
    """The name of the parameter that holds the time at which a run starts, "" where it is not needed."""
    starts = {p.time for e in problem.experiments for p in e.periods if abs(p.time) != float("inf")}
    model = problem.model
    formulas = [formula for _, formula in model.definitions]
    formulas += [o for observable in problem.observables for o in (observable.formula, observable.noise)]
    formulas += [
        f for event in model.events for f in (event.trigger, event.delay, event.priority) if f is not None
    ]
    formulas += [a.formula for event in model.events for a in event.assignments]
    if starts <= {0.0} or not any(node.op == TIME for node in postorder(formulas)):
        return ""
    name = "time_of_start"
    while name in model.ids:
        name += "_"
    return name


def _freed(model: Model, added: Sequence[str], targets: set[str]) -> Model:
    """The model with numbers for initial assignments, and with the added parameters."""
    computed = {rule.variable for rule in model.assignments}
    assigned = {initial.variable for initial in model.initial_assignments} | targets

    def number(name: str, value: float | None) -> float | None:
        """A number where one will be chosen; what has none and needs none stays so."""
        return None if name in computed else 1.0 if value is None and name in assigned else value

    return replace(
        model,
        species=tuple(
            replace(s, initial=number(s.id, s.initial), initial_is_amount=s.substance_only)
            for s in model.species
        ),
        compartments=tuple(replace(c, size=number(c.id, c.size)) for c in model.compartments),
        parameters=(
            *(replace(p, value=number(p.id, p.value)) for p in model.parameters),
            *(Parameter(name, 0.0) for name in added),
        ),
        initial_assignments=(),
    )


def _in_time_of_run(model: Model, zero: str) -> Model:
    """The model with `time` counted from the start of a run."""
    mapping = {TIME_NODE: add(TIME_NODE, symbol(zero))}

    def moved(formula: Expression) -> Expression:
        return substitute([formula], mapping)[0]

    def moved_or_none(formula: Expression | None) -> Expression | None:
        return None if formula is None else moved(formula)

    return replace(
        model,
        reactions=tuple(replace(r, rate=moved(r.rate)) for r in model.reactions),
        assignments=tuple(replace(r, formula=moved(r.formula)) for r in model.assignments),
        rates=tuple(replace(r, formula=moved(r.formula)) for r in model.rates),
        constraints=tuple(
            replace(c, residual=moved(c.residual), start=moved(c.start)) for c in model.constraints
        ),
        events=tuple(
            replace(
                e,
                trigger=moved(e.trigger),
                delay=moved_or_none(e.delay),
                priority=moved_or_none(e.priority),
                assignments=tuple(replace(a, formula=moved(a.formula)) for a in e.assignments),
            )
            for e in model.events
        ),
    )


def parameter_values(problem: CalibrationProblem, settings: Mapping[str, float]) -> dict[str, float]:
    """Id → value: the settings, and the nominal values of the rest; UsageError, ModelError for none."""
    known = {parameter.id for parameter in problem.parameters}
    for name in settings:
        if name not in known:
            raise UsageError(
                "E-UNKNOWN-QUANTITY", f"{name!r} is no parameter of the problem", needed="a parameterId"
            )
    values: dict[str, float] = {}
    for parameter in problem.parameters:
        value = settings.get(parameter.id, parameter.nominal)
        if value is None:
            raise ModelError(
                "E-NO-VALUE",
                f"{parameter.id!r} has no nominal value",
                needed="a value for every parameter",
                advice=f"--set {parameter.id}=1",
                where=parameter.where,
            )
        values[parameter.id] = value
    return values
