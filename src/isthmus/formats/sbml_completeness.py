"""Whether a model that was read says everything that is needed to run it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set

from isthmus.algebra.expression import Expression, free_symbols
from isthmus.errors import ModelError, Where
from isthmus.formats.sbml_file import SbmlFile, describe
from isthmus.formats.sbml_formulas import evaluation_order
from isthmus.formats.xml_tree import items
from isthmus.model.model import Model

_LISTS = ("listOfCompartments", "listOfSpecies", "listOfParameters", "listOfReactions", "listOfEvents")


def refuse_incomplete(file: SbmlFile, model: Model) -> None:
    """Raise `ModelError` for undefined names, circular initial values, or a used quantity without a value."""
    _refuse_dangling(file, model)
    used = free_symbols(*(formula for _, _, formula in _formulas(model)))
    if used - model.ids:
        _refuse_unknown(file, model)
    starts = {rule.variable: rule.formula for rule in model.assignments}
    starts |= {reaction.id: reaction.rate for reaction in model.reactions}
    starts |= {assignment.variable: assignment.formula for assignment in model.initial_assignments}
    evaluation_order(file, starts, "initial values that define each other")
    for label, identifier, what in _missing(model, used):
        found = f"no {what}, although it is used"
        where = _place(file, identifier, f"{label} '{identifier}'")
        raise ModelError("E-VALUE-MISSING", found, needed="a number or an initial assignment", where=where)


def _refuse_unknown(file: SbmlFile, model: Model) -> None:
    """Raise `ModelError` for the first formula that uses what the model does not define."""
    for kind, owner, formula in _formulas(model):
        unknown = sorted(free_symbols(formula) - model.ids)
        if unknown:
            raise ModelError(
                "E-UNKNOWN-ID",
                f"a formula that uses {unknown[0]!r}, which the model does not define",
                where=_place(file, owner, f"{kind} '{owner}'"),
            )


def _refuse_dangling(file: SbmlFile, model: Model) -> None:
    """Raise `ModelError` for an element about something that the model does not have, or has twice."""
    for species in model.species:
        if species.compartment not in model.compartments_by_id:
            found = f"the compartment {species.compartment!r}, which the model does not have"
            raise ModelError("E-UNKNOWN-ID", found, where=_place(file, species.id, f"species '{species.id}'"))
    for reaction in model.reactions:
        parts = [part.species for part in (*reaction.reactants, *reaction.products)]
        for name in (*parts, *reaction.modifiers):
            if name not in model.species_by_id:
                found = f"the species {name!r}, which the model does not have"
                raise ModelError(
                    "E-UNKNOWN-ID", found, where=_place(file, reaction.id, f"reaction '{reaction.id}'")
                )
    quantities = model.ids - {reaction.id for reaction in model.reactions}
    ruled = [rule.variable for rule in model.assignments] + [rule.variable for rule in model.rates]
    initial = [assignment.variable for assignment in model.initial_assignments]
    for names, kind in ((ruled, "rule"), (initial, "initialAssignment")):
        for name in names:
            if name not in quantities:
                found = f"a formula for {name!r}, which the model does not have"
                raise ModelError("E-UNKNOWN-ID", found, where=_place(file, name, f"{kind} '{name}'"))
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            raise ModelError(
                "E-TWICE", f"two formulas for {twice!r}", where=_place(file, twice, f"{kind} '{twice}'")
            )


def _formulas(model: Model) -> Iterator[tuple[str, str, Expression]]:
    for reaction in model.reactions:
        yield "reaction", reaction.id, reaction.rate
    for assignment in model.assignments:
        yield "assignmentRule", assignment.variable, assignment.formula
    for rate in model.rates:
        yield "rateRule", rate.variable, rate.formula
    for initial in model.initial_assignments:
        yield "initialAssignment", initial.variable, initial.formula
    for constraint in model.constraints:
        yield "algebraicRule", constraint.unknown, constraint.residual
        yield "algebraicRule", constraint.unknown, constraint.start
    for event in model.events:
        yield from (("event", event.id, formula) for formula in event.formulas())


def _missing(model: Model, symbols: Set[str]) -> Iterator[tuple[str, str, str]]:
    given = {rule.variable for rule in model.assignments} | {
        rule.variable for rule in model.initial_assignments
    }
    given |= {constraint.unknown for constraint in model.constraints}
    used = {*symbols, *(rule.variable for rule in model.rates)}
    is_all_used = all(species.id in used for species in model.species)
    reactions = () if is_all_used else model.reactions
    changed = {species for reaction in reactions for species in reaction.net()}
    spaces: set[str] = set()
    for species in model.species:
        if species.id in used or (species.id in changed and not species.boundary):
            if species.initial is None and species.id not in given:
                yield "species", species.id, "initial value"
            if not species.substance_only or not (species.initial_is_amount or species.initial is None):
                spaces.add(species.compartment)
            if species.conversion:
                used.add(species.conversion)
    for compartment in model.compartments:
        if (
            compartment.id in used | spaces
            and compartment.size is None
            and compartment.id not in given
            and compartment.dimensions
        ):
            yield "compartment", compartment.id, "size"
    for parameter in model.parameters:
        if parameter.id in used and parameter.value is None and parameter.id not in given:
            yield "parameter", parameter.id, "value"


def _place(file: SbmlFile, identifier: str, label: str) -> Where:
    for name in _LISTS:
        for element in items(file.model, name):
            if element.get("id") == identifier and describe(element) == label:
                return file.where(element)
    for name in ("listOfRules", "listOfInitialAssignments"):
        for element in items(file.model, name):
            if identifier in (element.get("variable"), element.get("symbol")):
                return file.where(element)
    return Where(file.file, object=label)
