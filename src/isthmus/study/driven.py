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
    nominal = _nominal(scheduled, value)
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
    parameters += _levels(model, scheduled, nominal, unit, "step")
    species = [
        replace(s, initial=None, initial_is_amount=False, boundary=True, constant=False) if s.id == name else s
        for s in model.species
    ]
    rule = AssignmentRule(name, _schedule(scheduled))
    return replace(
        model,
        species=tuple(species),
        parameters=tuple(parameters),
        assignments=(*model.assignments, rule),
    )


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
    levels = _levels(model, scheduled, _nominal(scheduled, None), unit, "dose")
    events = [
        Event(
            id=f"{name}_dosing_{place}",
            trigger=call("geq", TIME_NODE, number(time)),
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


def _levels(model: Model, scheduled: Input, nominal: float, unit: str, what: str) -> list[Parameter]:
    return [
        Parameter(
            level,
            nominal,
            unit=unit,
            name=f"{what} {place} of {scheduled.quantity}",
            annotation=_origin(model, scheduled),
        )
        for place, level in enumerate(scheduled.levels, start=1)
    ]


def _origin(model: Model, scheduled: Input) -> Annotation:
    """Notes that say what the model was before the input."""
    source = f"{model.source or 'a text'}{f' (SHA-256 {model.sha256})' if model.sha256 else ''}"
    text = escape(f"From the input {scheduled.text}, which isthmus gave to {source}.", quote=False)
    return Annotation(notes=f'<notes><p xmlns="http://www.w3.org/1999/xhtml">{text}</p></notes>')


def _nominal(scheduled: Input, value: float | None) -> float:
    """The own value where it is not 0 and in the range, else the middle: of logarithms away from 0."""
    low, high = scheduled.low, scheduled.high
    if value and (scheduled.relative or low <= value <= high):
        return value
    if low * high > 0:
        return math.copysign(math.sqrt(low * high), low)
    # The middle of a range about 0 would be no input at all.
    return 0.5 * (low + high) or 0.5 * high


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
    return species.initial / compartment.size if species.initial_is_amount else species.initial * compartment.size


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
    names = [entry.id for kind in (driven.species, driven.parameters, driven.events) for entry in kind]
    names += [entry.id for kind in (driven.compartments, driven.reactions) for entry in kind]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise _unfit(scheduled, f"the model already has {double[0]!r}", "an id that is free for the input")


def _unfit(scheduled: Input, found: str, needed: str, advice: str = "") -> UsageError:
    return UsageError(
        "E-INPUT-TARGET",
        f"--input {scheduled.text}: {scheduled.quantity!r} cannot be given {scheduled.kind}: {found}",
        needed=needed,
        advice=advice,
    )
