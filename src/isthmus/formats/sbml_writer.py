"""Model → SBML Level 3 Version 2 core text: the same model, the same text.

Written here and not by libSBML, which prints 15 digits where a double may need 17; libSBML then checks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

from isthmus.algebra.expression import free_symbols, number
from isthmus.algebra.mathml_printer import print_mathml
from isthmus.formats.annotations import with_mark
from isthmus.formats.sbml_functions import FunctionDefinition, Laws
from isthmus.formats.unique_ids import unique_id
from isthmus.formats.xml_text import quoted
from isthmus.model.annotation import Annotation
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species
from isthmus.model.unit import UnitDefinition

_CORE: Final = "http://www.sbml.org/sbml/level3/version2/core"
_INDENT: Final = "  "
_NOTHING: Final = Annotation()
_Noun = TypeVar("_Noun")
Value = str | float | bool | Fraction | None


@dataclass(frozen=True, slots=True)
class Tag:
    """An XML element about to be written: attributes (None is left out), then ready lines or elements."""

    name: str
    attributes: dict[str, Value]
    content: tuple[Tag | str, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The text, line by line."""
        indent = _INDENT * depth
        attributes = "".join(
            f" {key}={_attribute(value)}" for key, value in self.attributes.items() if value is not None
        )
        if not self.content:
            yield f"{indent}<{self.name}{attributes}/>"
            return
        yield f"{indent}<{self.name}{attributes}>"
        for part in self.content:
            if isinstance(part, Tag):
                yield from part.lines(depth + 1)
            else:
                yield f"{indent}{_INDENT}{part}"
        yield f"{indent}</{self.name}>"


def sbml_text(model: Model) -> str:
    """The model as SBML text; reading it gives an equal model.

    Up to source and sha256, and to modifiers that SBML demands and the model does not list.
    """
    root = Tag("sbml", {"xmlns": _CORE, "level": "3", "version": "2"}, (_Writer(model).model(),))
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *root.lines(), ""])


class _Writer:
    def __init__(self, source: Model) -> None:
        self.source = source
        self.taken = set(source.ids) | {event.id for event in source.events}
        self.changing = source.ruled | source.assigned_by_events
        self.references: list[Tag] = []
        self.laws = Laws({rule.variable for rule in source.assignments}, self.taken)

    def model(self) -> Tag:
        source, units = self.source, self.source.units
        # Reactions and rules first: they add initial assignments and function definitions.
        reactions = _listed("Reactions", source.reactions, self.reaction)
        initial = (*map(self.initial_assignment, source.initial_assignments), *self.references)
        rules = (
            *(self.rule("assignmentRule", rule) for rule in source.assignments),
            *(self.rule("rateRule", rule) for rule in source.rates),
            *map(self.constraint, source.constraints),
        )
        content = (
            *_listed("FunctionDefinitions", self.laws.definitions, _function_definition),
            *_listed("UnitDefinitions", source.unit_definitions, _unit_definition),
            *_listed("Compartments", source.compartments, self.compartment),
            *_listed("Species", source.species, self.species),
            *_listed("Parameters", source.parameters, self.parameter),
            *_collected("InitialAssignments", initial),
            *_collected("Rules", rules),
            *reactions,
            *_listed("Events", source.events, _event),
        )
        attributes = {
            "id": source.id,
            "name": source.name or None,
            **{
                f"{kind}Units": getattr(units, kind) or None
                for kind in ("substance", "time", "volume", "area", "length", "extent")
            },
        }
        return _tag("model", attributes, source.annotation, *content)

    def compartment(self, compartment: Compartment) -> Tag:
        attributes: dict[str, Value] = {
            "id": compartment.id,
            "name": compartment.name or None,
            "spatialDimensions": compartment.dimensions,
            "size": compartment.size,
            "units": compartment.unit or None,
            "constant": compartment.constant and compartment.id not in self.changing,
        }
        return _tag("compartment", attributes, compartment.annotation)

    def species(self, species: Species) -> Tag:
        attributes: dict[str, Value] = {
            "id": species.id,
            "name": species.name or None,
            "compartment": species.compartment,
            "initialAmount" if species.initial_is_amount else "initialConcentration": species.initial,
            "substanceUnits": species.unit or None,
            "hasOnlySubstanceUnits": species.substance_only,
            "boundaryCondition": species.boundary,
            "constant": species.constant and species.id not in self.changing,
            "conversionFactor": species.conversion or None,
        }
        return _tag("species", attributes, species.annotation)

    def parameter(self, parameter: Parameter) -> Tag:
        attributes: dict[str, Value] = {
            "id": parameter.id,
            "name": parameter.name or None,
            "value": parameter.value,
            "units": parameter.unit or None,
            "constant": parameter.constant and parameter.id not in self.changing,
        }
        kept = {
            "initialOf": parameter.initial_of,
            "localTo": parameter.local_to,
            "localId": parameter.local_id,
        }
        return _tag("parameter", attributes, with_mark(parameter.annotation, kept))

    def initial_assignment(self, assignment: InitialAssignment) -> Tag:
        formula = print_mathml(assignment.formula)
        return _tag("initialAssignment", {"symbol": assignment.variable}, assignment.annotation, formula)

    def rule(self, name: str, rule: AssignmentRule | RateRule) -> Tag:
        formula = self.laws.math(rule.variable, rule.formula)
        return _tag(name, {"variable": rule.variable}, rule.annotation, formula)

    def constraint(self, constraint: Constraint) -> Tag:
        start = print_mathml(constraint.start)
        note = with_mark(_NOTHING, {"unknown": constraint.unknown}, f"<isthmus:start>{start}</isthmus:start>")
        return _tag("algebraicRule", {}, note, print_mathml(constraint.residual))

    def reaction(self, reaction: Reaction) -> Tag:
        taking_part = {part.species for part in (*reaction.reactants, *reaction.products)} | set(
            reaction.modifiers
        )
        # SBML wants every species of the law declared in the reaction.
        named = sorted((free_symbols(reaction.rate) & self.source.species_by_id.keys()) - taking_part)
        modifiers = (*reaction.modifiers, *named)
        sides = (("Reactants", reaction.reactants), ("Products", reaction.products))
        content = (
            *(
                part
                for side, members in sides
                for part in _listed(side, members, self._participant_of(reaction))
            ),
            *_listed(
                "Modifiers", modifiers, lambda species: Tag("modifierSpeciesReference", {"species": species})
            ),
            Tag("kineticLaw", {}, (self.laws.math(reaction.id, reaction.rate),)),
        )
        attributes: dict[str, Value] = {
            "id": reaction.id,
            "name": reaction.name or None,
            "reversible": reaction.reversible,
        }
        annotation = with_mark(reaction.annotation, {"fast": "true" if reaction.fast else ""})
        return _tag("reaction", attributes, annotation, *content)

    def _participant_of(self, reaction: Reaction) -> Callable[[Participant], Tag]:
        def write(participant: Participant) -> Tag:
            value = participant.stoichiometry
            attributes: dict[str, Value] = {
                "species": participant.species,
                "stoichiometry": value,
                "constant": True,
            }
            if decimal_text(value) is None:
                name = unique_id(f"{reaction.id}_{participant.species}_stoichiometry", self.taken)
                formula = print_mathml(number(value))
                self.references.append(Tag("initialAssignment", {"symbol": name}, (formula,)))
                attributes = {"id": name, "species": participant.species, "constant": True}
            return Tag("speciesReference", attributes)

        return write


def _function_definition(definition: FunctionDefinition) -> Tag:
    return Tag("functionDefinition", {"id": definition.id}, (definition.math,))


def _event(event: Event) -> Tag:
    trigger: dict[str, Value] = {"initialValue": event.initially, "persistent": event.persistent}
    optional = (("priority", event.priority), ("delay", event.delay))
    assignments = tuple(
        Tag("eventAssignment", {"variable": assignment.variable}, (print_mathml(assignment.formula),))
        for assignment in event.assignments
    )
    content = (
        Tag("trigger", trigger, (print_mathml(event.trigger),)),
        *(Tag(name, {}, (print_mathml(formula),)) for name, formula in optional if formula is not None),
        *_collected("EventAssignments", assignments),
    )
    attributes: dict[str, Value] = {
        "id": event.id,
        "name": event.name or None,
        "useValuesFromTriggerTime": event.at_trigger,
    }
    return _tag("event", attributes, event.annotation, *content)


def _unit_definition(definition: UnitDefinition) -> Tag:
    units = tuple(
        Tag(
            "unit",
            {
                "kind": factor.kind,
                "exponent": factor.exponent,
                "scale": str(factor.scale),
                "multiplier": factor.multiplier,
            },
        )
        for factor in definition.factors
    )
    attributes: dict[str, Value] = {"id": definition.id, "name": definition.name or None}
    return _tag("unitDefinition", attributes, definition.annotation, *_collected("Units", units))


def _listed(name: str, nouns: Iterable[_Noun], write: Callable[[_Noun], Tag]) -> tuple[Tag, ...]:
    return _collected(name, tuple(map(write, nouns)))


def _collected(name: str, members: tuple[Tag, ...]) -> tuple[Tag, ...]:
    return (Tag(f"listOf{name}", {}, members),) if members else ()


def _tag(name: str, attributes: dict[str, Value], annotation: Annotation, *content: Tag | str) -> Tag:
    identity: dict[str, Value] = {"metaid": annotation.metaid or None, "sboTerm": annotation.sbo or None}
    kept = tuple(text for text in (annotation.notes, annotation.xml) if text)
    return Tag(name, {**identity, **attributes}, (*kept, *content))


def _attribute(value: Value) -> str:
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    if isinstance(value, Fraction):
        return f'"{decimal_text(value)}"'
    if isinstance(value, float | int):
        return f'"{double_text(float(value))}"'
    assert isinstance(value, str)
    return quoted(value)


def double_text(value: float) -> str:
    """The shortest text that reads back as the same double."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value).removesuffix(".0") if value else repr(value)


def decimal_text(value: Fraction) -> str | None:
    """The exact decimal of a fraction, None where it does not end within 40 places."""
    scaled = value * 10**40
    if scaled.denominator != 1:
        return None
    digits = str(abs(scaled.numerator)).rjust(41, "0")
    text = f"{digits[:-40]}.{digits[-40:]}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 else text
