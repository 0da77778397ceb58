"""Reactions of a file: participants with exact stoichiometries, local parameters made global, rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import Expression, number, symbol
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.sbml_file import SbmlFile, describe, mark_of
from isthmus.formats.sbml_formulas import Formulas
from isthmus.formats.sbml_quantities import Quantities
from isthmus.formats.unique_ids import unique_id
from isthmus.formats.xml_tree import child, items, local_name
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction


@dataclass(frozen=True, slots=True)
class SpeciesReference:
    """A reactant or product as the file has it."""

    element: Element
    reaction: Element
    side: str

    @property
    def id(self) -> str:
        """Its id, "" where it has none."""
        return self.element.get("id", "")


def species_references(file: SbmlFile) -> list[SpeciesReference]:
    """Every reactant and product of every reaction, in order."""
    return [
        SpeciesReference(element, reaction, side)
        for reaction in items(file.model, "listOfReactions")
        for side in ("listOfReactants", "listOfProducts")
        for element in items(reaction, side)
    ]


def read_stoichiometries(file: SbmlFile, formulas: Formulas) -> dict[Element, Fraction]:
    """The exact stoichiometry of each reference; one that varies or depends on a quantity is refused by name.

    Afterwards `formulas` knows the ids of references as numbers.
    """
    references = species_references(file)
    assigned = {
        element.get("symbol", ""): element for element in items(file.model, "listOfInitialAssignments")
    }
    ruled = {rule.get("variable", "") for rule in items(file.model, "listOfRules")} - {""}
    found: dict[Element, Fraction] = {}
    formula_of: list[tuple[SpeciesReference, Element]] = []
    for reference in references:
        if reference.id and reference.id in ruled:
            raise _varies(file, reference, "a stoichiometry set by a rule")
        formula: Element | None = child(reference.element, "stoichiometryMath")
        if reference.id:
            formula = assigned.get(reference.id, formula)
        if formula is None:
            found[reference.element] = _plain(file, reference)
            _remember(formulas, reference, found[reference.element])
        else:
            formula_of.append((reference, formula))
    for reference, formula in formula_of:
        value = formulas.exact(formula)
        if value is None:
            raise _varies(file, reference, "a stoichiometry computed from other quantities")
        found[reference.element] = value
        _remember(formulas, reference, value)
    return found


def _remember(formulas: Formulas, reference: SpeciesReference, value: Fraction) -> None:
    if reference.id:
        formulas.numbers[symbol(reference.id)] = number(value)


def _plain(file: SbmlFile, reference: SpeciesReference) -> Fraction:
    value = file.exact(reference.element, "stoichiometry")
    if value is None:
        if file.level > 2:
            where = file.where(reference.reaction)
            found = f"{describe(reference.element)} without a stoichiometry"
            raise ModelError("E-VALUE-MISSING", found, needed="a number", where=where)
        value = Fraction(1)
    denominator = reference.element.get("denominator", "1").strip()
    return value / int(denominator) if file.level == 1 else value


def _varies(file: SbmlFile, reference: SpeciesReference, what: str) -> UnsupportedFeature:
    label = f"{describe(reference.reaction)}: {describe(reference.element)}"
    return UnsupportedFeature(
        "E-STOICHIOMETRY", what, needed="a plain number", where=file.where(reference.element, label)
    )


class Reactions:
    """Reads the reactions of one file; afterwards `locals` holds their local parameters."""

    def __init__(self, file: SbmlFile, formulas: Formulas, quantities: Quantities, taken: set[str]) -> None:
        self.locals: list[Parameter] = []
        self._file = file
        self._formulas = formulas
        self._quantities = quantities
        self._taken = taken

    def read(self, stoichiometries: dict[Element, Fraction]) -> tuple[Reaction, ...]:
        """All reactions in order."""
        return tuple(
            self._reaction(element, stoichiometries) for element in items(self._file.model, "listOfReactions")
        )

    def _reaction(self, element: Element, stoichiometries: dict[Element, Fraction]) -> Reaction:
        law = child(element, "kineticLaw")
        assert law is not None, "refused before"
        sides = [
            tuple(
                Participant(part.get("species", ""), stoichiometries[part]) for part in items(element, side)
            )
            for side in ("listOfReactants", "listOfProducts")
        ]
        mark = mark_of(element)
        fast = self._file.truth(element, "fast", False) or (mark is not None and mark.get("fast") == "true")
        return Reaction(
            id=element.get("id", ""),
            reactants=sides[0],
            products=sides[1],
            rate=self._formulas.expression(law, self._local_symbols(element.get("id", ""), law)),
            modifiers=tuple(part.get("species", "") for part in items(element, "listOfModifiers")),
            # Level 2 takes a reaction as reversible unless it says otherwise.
            reversible=self._file.truth(element, "reversible", True),
            fast=fast,
            name=element.get("name", ""),
            annotation=self._file.annotation(element),
        )

    def _local_symbols(self, reaction: str, law: Element) -> dict[Expression, Expression]:
        replaced: dict[Expression, Expression] = {}
        for element in (*items(law, "listOfLocalParameters"), *items(law, "listOfParameters")):
            if local_name(element) not in ("localParameter", "parameter"):
                continue
            local = element.get("id", "")
            unique = unique_id(f"{reaction}_{local}", self._taken)
            value = self._file.double(element, "value")
            parameter = self._quantities.parameter(element)
            parameter = replace(
                parameter, id=unique, value=value, constant=True, name=local, local_to=reaction
            )
            self.locals.append(parameter)
            replaced[symbol(local)] = symbol(unique)
        return replaced
