"""Reactions written so plainly that libSBML has nothing to say of them, and need not see them.

Its check looks every name up along the list of reactions, so its time grows with the square of their number:
of a large network it is most of the time to read it. A reaction is plain where each of its elements,
attributes and names is one that the rules of SBML for reactions, kinetic laws and formulas allow wherever it
stands; what is not plainly allowed is left to libSBML, and so is every reaction that another formula names.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.formats.sbml_file import SbmlFile, is_plain_annotation
from isthmus.formats.sbml_plain_math import is_plain_formula, plain_function
from isthmus.formats.xml_tree import has_text, items, local_name, namespace

_SBO_TERM: Final = re.compile(r"SBO:\d{7}\Z", re.ASCII)
_DOUBLE: Final = re.compile(r"\s*[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?\s*\Z", re.ASCII)
_TRUTH: Final = frozenset({"true", "false", "1", "0"})
_ID: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_METAID: Final = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"\s*\d+(\.\d+)?\s*\Z", re.ASCII)
# By level and version, where none of them is older than both: the attributes that a reaction must have and
# those that it may have, and the same of its reactants and products.
_ATTRIBUTES: Final = {
    (2, 1): ({"id"}, {"name", "reversible", "fast"}, {"species"}, {"stoichiometry"}),
    (3, 1): ({"id", "reversible", "fast"}, {"name"}, {"species", "constant"}, {"stoichiometry"}),
    (3, 2): ({"id", "reversible"}, {"name"}, {"species", "constant"}, {"stoichiometry"}),
}
# From here on a term of the Systems Biology Ontology in the wrong place is no error.
_FREE_ONTOLOGY: Final = (2, 4)
_ORDER: Final = ("annotation", "listOfReactants", "listOfProducts", "listOfModifiers", "kineticLaw")


def plain_reactions(file: SbmlFile) -> list[Element]:
    """The plain reactions but for the first of the file, so that no list of reactions becomes empty.

    None where packages or algebraic rules may say things about reactions that they do not name.
    """
    has_packages = any("}" in name for name in file.document.root.attrib)
    if has_packages or any(local_name(rule) == "algebraicRule" for rule in items(file.model, "listOfRules")):
        return []
    look = _Look(file)
    file.document.places.note_members("reaction", [reaction.element for reaction in file.reactions])
    return [reaction.element for reaction in file.reactions[1:] if look.is_plain(reaction.element)]


class _Look:
    """What one has to know of a file to tell whether a reaction of it is plain."""

    def __init__(self, file: SbmlFile) -> None:
        model = file.model
        home = "{" + namespace(model) + "}"
        version = max(key for key in _ATTRIBUTES if key <= (file.level, file.version))
        must, may, must_participant, may_participant = _ATTRIBUTES[version]
        self._labels = {"metaid", "sboTerm"} if (file.level, file.version) >= _FREE_ONTOLOGY else {"metaid"}
        self._must, self._may = must, must | may | self._labels
        self._must_participant = must_participant
        self._may_participant = must_participant | may_participant | self._labels
        self._may_modifier = {"species"} | self._labels
        self._ranks = {home + name: rank for rank, name in enumerate(_ORDER)}
        self._reference, self._modifier = home + "speciesReference", home + "modifierSpeciesReference"
        local = (
            ("listOfParameters", "parameter")
            if file.level == 2
            else ("listOfLocalParameters", "localParameter")
        )
        self._locals, self._local = (home + name for name in local)
        self._may_local = {"id", "value", "name", "units"} | self._labels
        self._named = file.named
        self._root = file.document.root
        self._ids = Counter([element.get("id") for element in self._root.iter()])
        self._units = {element.get("id") for element in items(model, "listOfUnitDefinitions")}
        ruled = {rule.get("variable") for rule in items(model, "listOfRules")}
        species = items(model, "listOfSpecies")
        self._species = {one.get("id") for one in species}
        # What is constant or has a rule may not be made or taken, unless it is a boundary species.
        self._free = {one.get("id") for one in species if one.get("constant", "false") == "false"} - ruled
        lists = ("listOfCompartments", "listOfParameters")
        self._others = {element.get("id") for name in lists for element in items(model, name)}
        self._functions = dict(filter(None, map(plain_function, items(model, "listOfFunctionDefinitions"))))

    @cached_property
    def _metaids(self) -> Counter[str | None]:
        return Counter([element.get("metaid") for element in self._root.iter()])

    def is_plain(self, reaction: Element) -> bool:
        """Whether the reaction is one of those that no rule of SBML forbids."""
        attributes = reaction.attrib
        name = attributes.get("id", "")
        if not (
            self._must <= attributes.keys() <= self._may
            and _ID.match(name)
            and self._ids[name] == 1
            and name not in self._named
            and attributes.get("reversible", "true") in _TRUTH
            and attributes.get("fast", "true") in _TRUTH
            and self._is_well_labelled(reaction)
        ):
            return False
        parts = {self._ranks.get(part.tag, -1): part for part in reaction}
        ranks = list(parts)
        if -1 in parts or len(parts) < len(reaction) or ranks != sorted(ranks) or has_text(reaction):
            return False
        species: set[str | None] = set()
        return (
            (1 in parts or 2 in parts)
            and (0 not in parts or is_plain_annotation(parts[0]))
            and (1 not in parts or self._is_side(parts[1], species))
            and (2 not in parts or self._is_side(parts[2], species))
            and (3 not in parts or self._is_modifiers(parts[3], species))
            and (4 not in parts or self._is_law(parts[4], species))
        )

    def _is_well_labelled(self, element: Element) -> bool:
        """Whether the labels that anything may have are right: those of one name or term only."""
        if len(element.keys()) == 0:
            return True
        metaid, term = element.get("metaid"), element.get("sboTerm")
        if metaid is not None and not (_METAID.match(metaid) and self._metaids[metaid] == 1):
            return False
        return term is None or _SBO_TERM.match(term) is not None

    def _is_side(self, side: Element, found: set[str | None]) -> bool:
        """Whether reactants or products are plain; adds their species to those found."""
        for part in side:
            attributes = part.attrib
            name = attributes.get("species")
            if not (
                part.tag == self._reference
                and self._must_participant <= attributes.keys() <= self._may_participant
                and name in self._free
                and _DECIMAL.match(attributes.get("stoichiometry", "1"))
                and attributes.get("constant", "true") in _TRUTH
                and self._is_well_labelled(part)
            ):
                return False
            found.add(name)
        return self._is_bare_list(side)

    def _is_modifiers(self, modifiers: Element, found: set[str | None]) -> bool:
        for part in modifiers:
            name = part.get("species")
            is_known = part.tag == self._modifier and name in self._species
            if not (is_known and part.attrib.keys() <= self._may_modifier and self._is_well_labelled(part)):
                return False
            found.add(name)
        return self._is_bare_list(modifiers)

    def _is_law(self, law: Element, species: set[str | None]) -> bool:
        """Whether a kinetic law is a plain formula in its parameters, these species and no others."""
        if not 1 <= len(law) <= 2 or not self._is_only_labelled(law) or has_text(law):
            return False
        if len(law) == 2 and not self._is_locals(law[1], species):
            return False
        return is_plain_formula(law[0], species, self._others, self._functions)

    def _is_locals(self, parameters: Element, found: set[str | None]) -> bool:
        """Whether the parameters of a law are plain; adds them to the names found."""
        names = [part.get("id", "") for part in parameters]
        for name, part in zip(names, parameters, strict=True):
            if not (
                part.tag == self._local
                and part.attrib.keys() <= self._may_local
                and _ID.match(name)
                and _DOUBLE.match(part.get("value", "1"))
                and ("units" not in part.attrib or part.get("units") in self._units)
                and self._is_well_labelled(part)
            ):
                return False
        found.update(names)
        is_distinct = len(set(names)) == len(names)
        return is_distinct and parameters.tag == self._locals and self._is_bare_list(parameters)

    def _is_bare_list(self, parts: Element) -> bool:
        """Whether a list has members and nothing else, and its members have nothing in them."""
        if not len(parts) or not self._is_only_labelled(parts) or has_text(parts):
            return False
        return not any(len(part) or (part.text and not part.text.isspace()) for part in parts)

    def _is_only_labelled(self, element: Element) -> bool:
        return not element.keys() or (
            element.attrib.keys() <= self._labels and self._is_well_labelled(element)
        )
