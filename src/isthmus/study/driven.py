"""A model that is driven: its inputs as rules and events, their levels as parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from html import escape
from itertools import pairwise

from isthmus.algebra.expression import TIME_NODE, Expression, add, call, div, number, symbol
from isthmus.errors import UsageError
from isthmus.model.annotation import Annotation
from isthmus.model.event import Event, EventAssignment
from isthmus.model.input import STEPS, Input
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.rule import AssignmentRule
from isthmus.model.species import Species


def with_inputs(model: Model, inputs: Sequence[Input]) -> Model:
    """The model in which every input acts, its levels at nominal values within their ranges.

    Steps: the constant becomes an assignment rule, piecewise constant in time. Doses: an event at each time
    adds an amount, in a species that stands for a concentration amount / size. UsageError where the quantity
    is not there (E-INPUT-UNKNOWN) or is not one that can be so driven (E-INPUT-TARGET).
    """
    for scheduled in inputs:
        _require_known(model, scheduled)
        driven = _with_steps(model, scheduled) if scheduled.kind == STEPS else _with_doses(model, scheduled)
        _require_free_ids(model, driven, scheduled)
        model = driven
    return model


def _with_steps(model: Model, scheduled: Input) -> Model:
    name = scheduled.quantity
    value = _own_value(model, scheduled)
    unit = _unit(model, name)
    parameters = [
        replace(p, value=None, constant=False, local_to="") if p.id == name else p for p in model.parameters
    ]
    parameters.append(
        Parameter(
            scheduled.resting,
            value,
            unit=unit,
            name=f"{name} outside of its schedule",
            annotation=_origin(model, scheduled),
        )
    )
    factor = value if scheduled.relative else 1.0
    # A nominal schedule that stays at one level would leave a model at rest where it is.
    shares = [0.75 if place % 2 == 0 else 0.25 for place in range(len(scheduled.levels))]
    heights = [factor * _within(scheduled, share) for share in shares]
    parameters += _levels(model, scheduled, heights, unit, "step")
    species = [_ruled(s) if s.id == name else s for s in model.species]
    rule = AssignmentRule(name, _schedule(scheduled))
    return replace(
        model,
        species=tuple(species),
        parameters=tuple(parameters),
        assignments=(*model.assignments, rule),
    )


def _ruled(species: Species) -> Species:
    return replace(species, initial=None, initial_is_amount=False, boundary=True, constant=False)


def _schedule(scheduled: Input) -> Expression:
    """The level of the interval that holds the time, closed on the left."""
    rest = symbol(scheduled.resting)
    pieces: list[Expression] = []
    if scheduled.times[0] > 0:
        pieces += [rest, call("lt", TIME_NODE, number(scheduled.times[0]))]
    for (_, end), level in zip(pairwise(scheduled.times), scheduled.levels, strict=True):
        pieces += [symbol(level), call("lt", TIME_NODE, number(end))]
    return call("piecewise", *pieces, rest)


def _with_doses(model: Model, scheduled: Input) -> Model:
    name = scheduled.quantity
    _require_dosable(model, scheduled)
    species = model.species_by_id.get(name)
    unit = _unit(model, name) if species is None else species.unit or model.units.substance
    amounts = [_within(scheduled, 0.5)] * len(scheduled.levels)
    levels = _levels(model, scheduled, amounts, unit, "dose")
    events = [
        Event(
            id=f"{name}_dosing_{place}",
            trigger=call("ge", TIME_NODE, number(time)),
            assignments=(EventAssignment(name, add(symbol(name), _added(species, level.id))),),
            # A trigger that is true from the start fires at 0 only if it was false before.
            initially=time > 0,
            at_trigger=False,
            name=f"dose {place} of {name}",
        )
        for place, (time, level) in enumerate(zip(scheduled.times, levels, strict=True), start=1)
    ]
    return replace(model, parameters=(*model.parameters, *levels), events=(*model.events, *events))


def _added(species: Species | None, level: str) -> Expression:
    """What a dose adds to what the id stands for in formulas."""
    if species is None or species.substance_only:
        return symbol(level)
    return div(symbol(level), symbol(species.compartment))


def _levels(model: Model, scheduled: Input, values: Sequence[float], unit: str, what: str) -> list[Parameter]:
    return [
        Parameter(
            level,
            value,
            unit=unit,
            name=f"{what} {place} of {scheduled.quantity}",
            annotation=_origin(model, scheduled),
        )
        for place, (level, value) in enumerate(zip(scheduled.levels, values, strict=True), start=1)
    ]


def _origin(model: Model, scheduled: Input) -> Annotation:
    """Notes that say what the model was before the input.

    By its hash alone: a path would make the model another one wherever it lies.
    """
    before = f"the model with SHA-256 {model.sha256}" if model.sha256 else "this model"
    text = escape(f"From the input {scheduled.text}, which isthmus gave to {before}.", quote=False)
    return Annotation(notes=f'<notes><p xmlns="http://www.w3.org/1999/xhtml">{text}</p></notes>')


def _within(scheduled: Input, share: float) -> float:
    """The level below which that share of the draws is: log-uniform in a range without 0, else uniform."""
    low, high = scheduled.low, scheduled.high
    if low > 0 or high < 0:
        return low * math.exp(share * math.log(high / low))
    return low + share * (high - low)


def _own_value(model: Model, scheduled: Input) -> float:
    """What the id of a constant stands for in formulas; E-INPUT-TARGET for what is no constant."""
    name = scheduled.quantity
    parameter, species = model.parameters_by_id.get(name), model.species_by_id.get(name)
    if parameter is None and species is None:
        raise _unfit(scheduled, "it is neither a parameter nor a species", "a constant")
    if any(name == initial.variable for initial in model.initial_assignments) or name in model.ruled:
        raise _unfit(scheduled, "a formula gives its value", "a constant with a number of its own")
    if name in model.assigned_by_events:
        raise _unfit(scheduled, "an event gives it values", "a quantity that nothing else changes")
    if any(name == s.conversion for s in model.species):
        raise _unfit(scheduled, "it converts amounts of a species", "a quantity that may change in time")
    if species is not None and not (species.boundary or species.constant) and _reacts(model, name):
        raise _unfit(
            scheduled,
            "reactions change it",
            "a constant",
            f"{name}=doses:… adds to it; steps suit the constant that feeds it",
        )
    value = parameter.value if parameter is not None else _meaning(model, species, scheduled)
    if value is None or not math.isfinite(value):
        raise _unfit(scheduled, "it has no value", "a constant with a number of its own")
    if scheduled.relative and value == 0:
        raise _unfit(scheduled, "it is 0, and so are its multiples", "bounds without x")
    if species is not None and scheduled.low < 0:
        raise _unfit(scheduled, "it is a species and the range goes below 0", "levels of 0 or more")
    return value


def _meaning(model: Model, species: Species | None, scheduled: Input) -> float | None:
    """What a species stands for in formulas at the start, None where it has no number."""
    assert species is not None
    if species.initial is None or species.initial_is_amount == species.substance_only:
        return species.initial
    compartment = model.compartments_by_id[species.compartment]
    moves = species.compartment in model.ruled | model.assigned_by_events
    if not compartment.size or moves:
        raise _unfit(scheduled, f"the size of {species.compartment!r} is no constant number", "a fixed size")
    size = compartment.size
    return species.initial / size if species.initial_is_amount else species.initial * size


def _require_dosable(model: Model, scheduled: Input) -> None:
    name = scheduled.quantity
    species = model.species_by_id.get(name)
    moves = any(rule.variable == name for rule in model.rates)
    if name in model.ruled and not moves:
        raise _unfit(scheduled, "a formula gives its value at all times", "a species that reactions change")
    if not moves and (species is None or species.constant):
        raise _unfit(
            scheduled, "it is a constant", "a species that reactions change", f"{name}=steps:… for a constant"
        )
    if scheduled.low < 0:
        raise _unfit(scheduled, "the range goes below 0", "doses of 0 or more")


def _reacts(model: Model, name: str) -> bool:
    return any(p.species == name for r in model.reactions for p in (*r.reactants, *r.products))


def _unit(model: Model, name: str) -> str:
    """The declared unit of what an id stands for, "" where it is that of a concentration."""
    parameter, species = model.parameters_by_id.get(name), model.species_by_id.get(name)
    if parameter is not None:
        return parameter.unit
    return (species.unit or model.units.substance) if species is not None and species.substance_only else ""


def _require_known(model: Model, scheduled: Input) -> None:
    name = scheduled.quantity
    if name in model.ids:
        return
    known = [*model.parameters_by_id, *model.species_by_id]
    close = get_close_matches(name, known, n=3)
    raise UsageError(
        "E-INPUT-UNKNOWN",
        f"--input {scheduled.text}: nothing is called {name!r}",
        needed="the id of a parameter or of a species",
        advice=f"did you mean {' or '.join(close)}?" if close else "`isthmus inspect MODEL` lists the ids",
    )


def _require_free_ids(before: Model, driven: Model, scheduled: Input) -> None:
    """Refuse ids of levels that the model already has."""
    taken = set(before.ids) | {event.id for event in before.events}
    added = [p.id for p in driven.parameters[len(before.parameters) :]]
    added += [event.id for event in driven.events[len(before.events) :]]
    for name in added:
        if name in taken:
            raise _unfit(scheduled, f"the model already has {name!r}", "ids that are free for the input")


def _unfit(scheduled: Input, found: str, needed: str, advice: str = "") -> UsageError:
    return UsageError(
        "E-INPUT-TARGET",
        f"--input {scheduled.text}: {scheduled.quantity!r} cannot be given {scheduled.kind}: {found}",
        needed=needed,
        advice=advice,
    )
