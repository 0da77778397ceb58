"""Model ↔ JSON: plain data for another process, with every formula as a position in one flat graph."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any, Final

from isthmus.algebra.expression import Expression, Row, flatten_graph, unflatten_graph
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
    """The model as what `json` can write; `model_from_json` gives an equal one back."""
    roots: list[Expression] = []
    data: Json = _encode(model, roots)
    rows, positions = flatten_graph(roots)
    return {"model": data, "graph": rows, "roots": positions}


def model_from_json(data: Json) -> Model:
    """The model that `model_to_json` wrote.

    Raises KeyError, TypeError, ValueError or IndexError for anything else.
    """
    rows: list[Row] = [(op, value, tuple(args)) for op, value, args in data["graph"]]
    formulas = unflatten_graph(rows, data["roots"])
    values = dict(data["model"])
    for name, kind in _MEMBERS.items():
        values[name] = tuple(_decode(kind, member, formulas) for member in values[name])
    values["units"] = ModelUnits(**values["units"])
    values["annotation"] = Annotation(**values.get("annotation", {}))
    return Model(**values)


def imported_to_json(imported: Imported) -> Json:
    """An import as plain data."""
    losses = [[loss.where, loss.what] for loss in imported.losses]
    return {**model_to_json(imported.model), "losses": losses}


def imported_from_json(data: Json) -> Imported:
    """The import that `imported_to_json` wrote."""
    losses = tuple(Loss(str(where), str(what)) for where, what in data["losses"])
    return Imported(model_from_json(data), losses)


def _encode(value: object, roots: list[Expression]) -> Any:
    if isinstance(value, Expression):
        roots.append(value)
        return len(roots) - 1
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple):
        return [_encode(item, roots) for item in value]
    if is_dataclass(value):
        members = {field.name: getattr(value, field.name) for field in fields(value)}
        # Most annotations are empty, and most of the text would be theirs.
        return {
            name: _encode(member, roots)
            for name, member in members.items()
            if member != _EMPTY or name != "annotation"
        }
    return value


def _decode(kind: type, data: Json, formulas: list[Expression]) -> Any:
    values: Json = {}
    for key, value in data.items():
        if key in _FORMULAS:
            values[key] = None if value is None else formulas[value]
        elif key == "annotation":
            values[key] = Annotation(**value)
        elif key == "stoichiometry":
            values[key] = Fraction(value)
        elif (kind, key) in _INNER:
            values[key] = tuple(_decode(_INNER[kind, key], item, formulas) for item in value)
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
