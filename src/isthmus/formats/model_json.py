"""Model ↔ JSON: plain data for another process, with every formula as a position in one flat graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from fractions import Fraction
from functools import lru_cache
from itertools import count, islice
from operator import attrgetter
from typing import Any, Final

from isthmus.algebra.expression import Expression
from isthmus.algebra.flat_graph import flatten_graph, unflatten_graph
from isthmus.formats.imported import Imported, Loss
from isthmus.model.annotation import Annotation
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits, UnitDefinition, UnitFactor

Json = dict[str, Any]

_MEMBERS: Final[dict[str, type]] = {
    "compartments": Compartment,
    "species": Species,
    "parameters": Parameter,
    "reactions": Reaction,
    "assignments": AssignmentRule,
    "rates": RateRule,
    "initial_assignments": InitialAssignment,
    "constraints": Constraint,
    "events": Event,
    "unit_definitions": UnitDefinition,
}
_INNER: Final[dict[tuple[type, str], type]] = {
    (Reaction, "reactants"): Participant,
    (Reaction, "products"): Participant,
    (UnitDefinition, "factors"): UnitFactor,
    (Event, "assignments"): EventAssignment,
}
_EMPTY: Final = Annotation()
_FORMULAS: Final = frozenset({"formula", "rate", "residual", "start", "trigger", "delay", "priority"})


def model_to_json(model: Model) -> Json:
    """The model as what `json` can write; `model_from_json` gives an equal one back.

    Members of a kind are a table: one list for each field, in the order of the fields. A field that holds
    members itself is how many each has, and the table of all of them.
    """
    roots: list[Expression] = []
    data: Json = {name: getattr(model, name) for name in _names(Model)}
    for name, kind in _MEMBERS.items():
        data[name] = _table(kind, data[name], roots)
    data["units"] = _row(model.units)
    data["annotation"] = _row(model.annotation)
    rows, positions = flatten_graph(roots)
    return {"model": data, "graph": rows, "roots": positions}


def model_from_json(data: Json) -> Model:
    """The model that `model_to_json` wrote.

    Raises KeyError, TypeError, ValueError or IndexError for anything else.
    """
    formulas = unflatten_graph(data["graph"], data["roots"])
    values = dict(data["model"])
    for name, kind in _MEMBERS.items():
        values[name] = _members(kind, values[name], formulas)
    values["units"] = ModelUnits(*values["units"])
    values["annotation"] = Annotation(*values["annotation"])
    return Model(**values)


def imported_to_json(imported: Imported) -> Json:
    """An import as plain data."""
    losses = [[loss.where, loss.what] for loss in imported.losses]
    return {**model_to_json(imported.model), "losses": losses}


def imported_from_json(data: Json) -> Imported:
    """The import that `imported_to_json` wrote."""
    losses = tuple(Loss(str(where), str(what)) for where, what in data["losses"])
    return Imported(model_from_json(data), losses)


@lru_cache(maxsize=64)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _row(member: Annotation | ModelUnits) -> list[str]:
    kind: Any = type(member)
    return [getattr(member, name) for name in _names(kind)]


def _table(kind: type, members: Sequence[Any], roots: list[Expression]) -> list[Any]:
    return [_column(kind, name, list(map(attrgetter(name), members)), roots) for name in _names(kind)]


def _column(kind: type, name: str, values: list[Any], roots: list[Expression]) -> list[Any]:
    """One field of all members; a formula is the position of its root."""
    if name in _FORMULAS:
        first = len(roots)
        roots.extend(value for value in values if value is not None)
        positions = count(first)
        return [None if value is None else next(positions) for value in values]
    if name == "annotation":
        # Most are empty, and most of the text would be theirs.
        return [None if value == _EMPTY else _row(value) for value in values]
    if name == "stoichiometry":
        return list(map(str, values))
    if (kind, name) in _INNER:
        parts = [part for value in values for part in value]
        return [list(map(len, values)), _table(_INNER[kind, name], parts, roots)]
    return values


def _members(kind: type, columns: list[list[Any]], formulas: list[Expression]) -> tuple[Any, ...]:
    names = _names(kind)
    values = [_values(kind, name, column, formulas) for name, column in zip(names, columns, strict=True)]
    return tuple([kind(*row) for row in zip(*values, strict=True)])


def _values(kind: type, name: str, column: list[Any], formulas: list[Expression]) -> list[Any]:
    if name in _FORMULAS:
        return [None if position is None else formulas[position] for position in column]
    if name == "annotation":
        return [_EMPTY if row is None else Annotation(*row) for row in column]
    if name == "stoichiometry":
        return list(map(_fraction, column))
    if (kind, name) in _INNER:
        lengths, columns = column
        parts = iter(_members(_INNER[kind, name], columns, formulas))
        return [tuple(islice(parts, length)) for length in lengths]
    return [tuple(value) if isinstance(value, list) else value for value in column]


@lru_cache(maxsize=1024)
def _fraction(text: str) -> Fraction:
    return Fraction(text)
