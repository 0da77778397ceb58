"""Reactions of a file: participants with exact stoichiometries, local parameters made global, rates."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import ZERO, Expression, symbol
from isthmus.errors import UnsupportedFeature
from isthmus.formats.imported import Loss
from isthmus.formats.sbml_file import SbmlFile, describe, mark_of
from isthmus.formats.sbml_formulas import Formulas, has_formula
from isthmus.formats.sbml_quantities import Quantities
from isthmus.formats.sbml_rate_of import rate_symbol
from isthmus.formats.sbml_reaction import ReactionElement
from isthmus.formats.sbml_stoichiometry import Stoichiometries, split_reaction
from isthmus.formats.unique_ids import unique_id
from isthmus.formats.xml_tree import items, local_name
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction


class Reactions:
    """Reads the reactions of one file.

    Afterwards `locals` holds their local parameters, `losses` what has no effect.
    """

    def __init__(self, file: SbmlFile, formulas: Formulas, quantities: Quantities, taken: set[str]) -> None:
        self.locals: list[Parameter] = []
        self.losses: list[Loss] = []
        self._file = file
        self._formulas = formulas
        self._quantities = quantities
        self._taken = taken

    def read(self, stoichiometries: Stoichiometries) -> tuple[Reaction, ...]:
        """All reactions in order; one with computed stoichiometries becomes several."""
        found = self._file.reactions
        return tuple(part for reaction in found for part in self._reaction(reaction, stoichiometries))

    def _reaction(self, told: ReactionElement, stoichiometries: Stoichiometries) -> tuple[Reaction, ...]:
        element, exact = told.element, stoichiometries.exact
        reactants, products = (
            tuple([Participant(part.get("species", ""), exact[part]) for part in side if part in exact])
            for side in told.sides
        )
        computed = [
            (is_product, part.get("species", ""), stoichiometries.computed[part])
            for is_product, parts in enumerate(told.sides)
            for part in parts
            if part in stoichiometries.computed
        ]
        mark = mark_of(element)
        fast = self._file.truth(element, "fast", False) or (mark is not None and mark.get("fast") == "true")
        if fast and computed:
            found = "a reaction declared fast with a stoichiometry that is computed"
            advice = "give the stoichiometry as a number, or set fast to false"
            raise UnsupportedFeature("E-FAST-REACTION", found, advice=advice, where=self._file.where(element))
        reaction = Reaction(
            id=told.id,
            reactants=reactants,
            products=products,
            rate=self._rate(told),
            modifiers=tuple([part.get("species", "") for part in told.modifiers]),
            # Level 2 takes a reaction as reversible unless it says otherwise.
            reversible=self._file.truth(element, "reversible", True),
            fast=fast,
            name=element.get("name", ""),
            annotation=self._file.annotation(element),
        )
        return split_reaction(reaction, computed, self._taken)

    def _rate(self, reaction: ReactionElement) -> Expression:
        """The kinetic law; 0 where there is none and nothing needs one, else refused."""
        law = reaction.law
        if law is not None and has_formula(law):
            return self._formulas.expression(law, self._local_symbols(reaction.id, law))
        what = describe(reaction.element)
        self.losses.append(Loss(what, "it has no kinetic law, changes nothing and does not run"))
        return ZERO

    def _local_symbols(self, reaction: str, law: Element) -> dict[Expression, Expression]:
        replaced: dict[Expression, Expression] = {}
        for element in (*items(law, "listOfLocalParameters"), *items(law, "listOfParameters")):
            if local_name(element) not in ("localParameter", "parameter"):
                continue
            local = element.get("id", "")
            unique = unique_id(f"{reaction}_{local}", self._taken)
            value = self._file.double(element, "value")
            parameter = self._quantities.parameter(element)
            name = parameter.name or local
            parameter = replace(
                parameter,
                id=unique,
                value=value,
                constant=True,
                name=name,
                local_to=reaction,
                local_id="" if name == local else local,
            )
            self.locals.append(parameter)
            replaced[symbol(local)] = symbol(unique)
            replaced[rate_symbol(local)] = ZERO
        return replaced
