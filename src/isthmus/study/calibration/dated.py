"""Models with events: later periods become events, and triggers go on from where they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from isthmus.algebra.expression import ONE, TIME_NODE, ZERO, call, div, mul, number, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.model.calibration import Period
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.study.calibration.free_model import FreeModel

# The changes of a period come before whatever the model does at that time.
_FIRST: Final = number(1e300)


def with_periods(free: FreeModel, start: float, periods: Sequence[Period]) -> FreeModel:
    """The model with each period after the first as an event, its time counted from `start`.

    So a trigger that a change makes true at once is seen, which a run begun anew would take for its start.
    """
    model = free.dynamics.model
    events = [_event(free, model, i, start, period) for i, period in enumerate(periods) if period.changes]
    targets = {assignment.variable for event in events for assignment in event.assignments}
    varying = replace(
        model,
        species=tuple(replace(s, constant=s.constant and s.id not in targets) for s in model.species),
        compartments=tuple(
            replace(c, constant=c.constant and c.id not in targets) for c in model.compartments
        ),
        parameters=tuple(replace(p, constant=p.constant and p.id not in targets) for p in model.parameters),
        events=(*events, *model.events),
    )
    return replace(free, dynamics=read_rates(varying))


def carry_triggers(free: FreeModel, values: Mapping[str, float]) -> FreeModel:
    """The model whose events take their triggers for what they are at these values, before time 0."""
    model = free.dynamics.model
    if not model.events:
        return free
    x, p = free.vectors(values)
    conditions = [call("piecewise", ONE, event.trigger, ZERO) for event in model.events]
    found = free.dynamics.kernel(conditions)(0.0, x, p).tolist()
    if [bool(value) for value in found] == [event.initially for event in model.events]:
        return free
    events = tuple(
        replace(event, initially=bool(value)) for event, value in zip(model.events, found, strict=True)
    )
    return replace(free, dynamics=read_rates(replace(model, events=events)))


def _event(free: FreeModel, model: Model, position: int, start: float, period: Period) -> Event:
    formulas = free.shifted([change.formula for change in period.changes])
    values = dict(zip((change.target for change in period.changes), formulas, strict=True))
    ruled = {rule.variable for rule in model.assignments}
    # A condition sets and keeps concentrations; an SBML event that resizes a compartment keeps the amounts,
    # which it takes from concentrations at the old size (case 01779 of the SBML Test Suite).
    for species in model.species:
        size = values.get(species.compartment)
        if size is not None and not species.substance_only and species.id not in ruled:
            concentration = values.get(species.id, symbol(species.id))
            values[species.id] = div(mul(concentration, size), symbol(species.compartment))
    assignments = tuple(EventAssignment(target, formula) for target, formula in values.items())
    identifier = f"period_{position + 2}"
    while identifier in model.ids or any(event.id == identifier for event in model.events):
        identifier += "_"
    return Event(
        identifier,
        call("ge", TIME_NODE, number(period.time - start)),
        assignments,
        priority=_FIRST,
    )
