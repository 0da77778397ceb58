"""Stoichiometries of a file: exact numbers, or quantities of their own where something computes them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import free_symbols, mul, number, symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_file import SbmlFile, describe
from isthmus.formats.sbml_formulas import Formulas, has_formula, with_formula
from isthmus.formats.sbml_reaction import ReactionElement
from isthmus.formats.unique_ids import unique_id
from isthmus.formats.xml_tree import child, items
from isthmus.model.annotation import Annotation
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule


@dataclass(slots=True)
class SpeciesReference:
    """A reactant or product as the file has it."""

    element: Element
    reaction: ReactionElement

    @property
    def id(self) -> str:
        """Its id, "" where it has none."""
        return self.element.get("id", "")


class Stoichiometries:
    """Reads the stoichiometries of one file; afterwards `formulas` knows the ids of exact ones as numbers.

    exact: the number of each reference that has one. computed: for the others the parameter that carries it.
    parameters: those parameters. rules: what gives them at all times, from the `stoichiometryMath` of
    Level 2. numbers: the ids of exact references, whose initial assignments are used up.
    """

    def __init__(self, file: SbmlFile, formulas: Formulas, taken: set[str]) -> None:
        self.exact: dict[Element, Fraction] = {}
        self.computed: dict[Element, str] = {}
        self.parameters: list[Parameter] = []
        self.rules: list[AssignmentRule] = []
        self.numbers: set[str] = set()
        self._file = file
        self._formulas = formulas
        self._taken = taken
        self._initial = {e.get("symbol", ""): e for e in with_formula(file, "listOfInitialAssignments")}
        self._changing = _changing(file)
        # Most references have neither id nor formula: nothing can change them.
        others = [
            SpeciesReference(element, reaction)
            for reaction in file.reactions
            for side in reaction.sides
            for element in side
            if not self._read_bare(element)
        ]
        waiting = [reference for reference in others if not self._read_plain(reference)]
        for reference in waiting:
            self._read_computed(reference)

    def _read_bare(self, element: Element) -> bool:
        """Whether it is a number and nothing else."""
        value = None if len(element) or "id" in element.attrib else self._written(element)
        if value is not None:
            self.exact[element] = value
        return value is not None

    def _read_plain(self, reference: SpeciesReference) -> bool:
        """Whether the number is in the file as such."""
        if reference.id in self._changing or self._formula_of(reference) is not None:
            return False
        value = self._written(reference.element)
        if value is None:
            where = self._file.where(reference.reaction.element)
            found = f"{describe(reference.element)} without a stoichiometry"
            raise ModelError("E-VALUE-MISSING", found, needed="a number", where=where)
        self._remember(reference, value)
        return True

    def _read_computed(self, reference: SpeciesReference) -> None:
        formula = self._formula_of(reference)
        value = None if formula is None else self._formulas.exact(formula)
        if value is not None and reference.id not in self._changing:
            self._remember(reference, value)
            return
        species = reference.element.get("species", "")
        wanted = f"{reference.reaction.id}_{species}_stoichiometry"
        name = reference.id or unique_id(wanted, self._taken)
        written = self._written(reference.element)
        math = child(reference.element, "stoichiometryMath")
        if math is not None:
            self.rules.append(AssignmentRule(name, self._formulas.expression(math)))
        self.computed[reference.element] = name
        computed = name in self._initial or math is not None
        self.parameters.append(
            Parameter(
                name,
                None if computed or written is None else float(written),
                constant=name not in self._changing and math is None,
                unit="dimensionless",
            )
        )

    def _formula_of(self, reference: SpeciesReference) -> Element | None:
        math = child(reference.element, "stoichiometryMath") if len(reference.element) else None
        formula = math if math is not None and has_formula(math) else None
        return self._initial.get(reference.id, formula) if reference.id else formula

    def _remember(self, reference: SpeciesReference, value: Fraction) -> None:
        self.exact[reference.element] = value
        if reference.id:
            self.numbers.add(reference.id)
            self._formulas.numbers[symbol(reference.id)] = number(value)

    def _written(self, element: Element) -> Fraction | None:
        value = self._file.exact(element, "stoichiometry")
        if value is None:
            return None if self._file.level > 2 else Fraction(1)
        denominator = element.get("denominator", "1").strip()
        return value / int(denominator) if self._file.level == 1 else value


def _changing(file: SbmlFile) -> set[str]:
    """The variables of rules and event assignments; those without a formula change nothing."""
    ruled = {rule.get("variable", "") for rule in with_formula(file, "listOfRules")}
    events = items(file.model, "listOfEvents")
    assignments = (part for event in events for part in items(event, "listOfEventAssignments"))
    return (ruled | {part.get("variable", "") for part in assignments if has_formula(part)}) - {""}


def split_reaction(
    reaction: Reaction, computed: Sequence[tuple[int, str, str]], taken: set[str]
) -> tuple[Reaction, ...]:
    """The reaction without participants of computed stoichiometry, and one more for each of those.

    computed: (whether it is a product, species, parameter). A further reaction makes or takes 1 of its
    species at the rate of the reaction times the parameter; the reaction keeps its id, which stands for its
    rate.
    """
    if not computed:
        return (reaction,)
    everyone = {part.species for part in (*reaction.reactants, *reaction.products)}
    everyone |= {species for _, species, _ in computed} | set(reaction.modifiers)
    parts = [reaction]
    for is_product, species, name in computed:
        taking_part = (Participant(species),)
        further = replace(
            reaction,
            id=unique_id(f"{reaction.id}_{species}", taken),
            reactants=() if is_product else taking_part,
            products=taking_part if is_product else (),
            rate=mul(symbol(name), reaction.rate),
            name="",
            annotation=Annotation(),
        )
        parts.append(further)
    return tuple(_with_modifiers(part, everyone) for part in parts)


def _with_modifiers(reaction: Reaction, everyone: Set[str]) -> Reaction:
    """The reaction with what its law names and no longer takes part as modifiers."""
    taking_part = {part.species for part in (*reaction.reactants, *reaction.products)}
    named = sorted((free_symbols(reaction.rate) & everyone) - taking_part - set(reaction.modifiers))
    kept = tuple(species for species in reaction.modifiers if species not in taking_part)
    return replace(reaction, modifiers=(*kept, *named))
