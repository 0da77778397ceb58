"""Reactions written so plainly that libSBML has nothing to say of them, and need not see them.

Its check looks every name up along the list of reactions, so its time grows with the square of their number:
of a large network it is most of the time to read it. A reaction is plain where each of its elements,
attributes and names is one that the rules of SBML for reactions, kinetic laws and formulas allow wherever it
stands; what is not plainly allowed is left to libSBML, and so is every reaction that another formula names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.mathml import MATH
from isthmus.formats.sbml_file import SbmlFile, is_plain_annotation
from isthmus.formats.xml_tree import PlacedElement, items, local_name, namespace

_TRUTH: Final = frozenset({"true", "false", "1", "0"})
_ID: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_METAID: Final = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"\s*\d+(\.\d+)?\s*\Z", re.ASCII)
_MATH: Final = MATH + "math"
# The forms of numbers that are plain, by their type.
_NUMBERS: Final = {"real": _DECIMAL, "integer": re.compile(r"\s*\d+\s*\Z", re.ASCII)}
_CI: Final = MATH + "ci"
_CN: Final = MATH + "cn"
_APPLY: Final = MATH + "apply"
# An application of these has more children than the first number and no more than the second.
_OPERATIONS: Final = {
    MATH + "plus": (2, 1_001),
    MATH + "times": (2, 1_001),
    MATH + "minus": (1, 3),
    MATH + "divide": (2, 3),
    MATH + "power": (2, 3),
}
_NONE: Final = (0, 0)
# By level and version, where none of them is older than both: the attributes that a reaction must have and
# those that it may have, and the same of its reactants and products.
_ATTRIBUTES: Final = {
    (2, 1): ({"id"}, {"name", "reversible", "fast"}, {"species"}, {"stoichiometry"}),
    (3, 1): ({"id", "reversible", "fast"}, {"name"}, {"species", "constant"}, {"stoichiometry"}),
    (3, 2): ({"id", "reversible"}, {"name"}, {"species", "constant"}, {"stoichiometry"}),
}
_ORDER: Final = ("annotation", "listOfReactants", "listOfProducts", "listOfModifiers", "kineticLaw")


def plain_reactions(file: SbmlFile) -> list[PlacedElement]:
    """The plain reactions but for the first of the file, so that no list of reactions becomes empty.

    None where packages or algebraic rules may say things about reactions that they do not name.
    """
    has_packages = any("}" in name for name in file.document.root.attrib)
    if has_packages or any(local_name(rule) == "algebraicRule" for rule in items(file.model, "listOfRules")):
        return []
    look = _Look(file)
    file.document.root.places.fill_members("reaction", [reaction.element for reaction in file.reactions])
    return [reaction.element for reaction in file.reactions[1:] if look.is_plain(reaction.element)]


class _Look:
    """What one has to know of a file to tell whether a reaction of it is plain."""

    def __init__(self, file: SbmlFile) -> None:
        model = file.model
        home = "{" + namespace(model) + "}"
        version = max(key for key in _ATTRIBUTES if key <= (file.level, file.version))
        must, may, self._participant_must, may_participant = _ATTRIBUTES[version]
        self._must, self._may = must, must | may | {"metaid"}
        self._participant_may = self._participant_must | may_participant
        self._ranks = {home + name: rank for rank, name in enumerate(_ORDER)}
        self._reference, self._modifier = home + "speciesReference", home + "modifierSpeciesReference"
        # What rateOf() has been turned into names its quantity behind a colon.
        self._named = {(ci.text or "").strip().rpartition(":")[2] for ci in model.iter(_CI)}
        own = [element for element in model.iter() if element.tag.startswith(home) and element.keys()]
        self._ids = Counter(element.get("id") for element in own)
        self._metaids = Counter(element.get("metaid") for element in own)
        ruled = {rule.get("variable") for rule in items(model, "listOfRules")}
        species = items(model, "listOfSpecies")
        self._species = {one.get("id") for one in species}
        # What is constant or has a rule may not be made or taken, unless it is a boundary species.
        self._free = {
            one.get("id") for one in species if one.get("constant", "false") == "false"
        } - ruled
        lists = ("listOfCompartments", "listOfParameters")
        self._others = {element.get("id") for name in lists for element in items(model, name)}

    def is_plain(self, reaction: Element) -> bool:
        """Whether the reaction is one of those that no rule of SBML forbids."""
        attributes = reaction.attrib
        name, metaid = attributes.get("id", ""), attributes.get("metaid", "")
        if not (
            self._must <= attributes.keys() <= self._may
            and _ID.match(name)
            and self._ids[name] == 1
            and name not in self._named
            and attributes.get("reversible", "true") in _TRUTH
            and attributes.get("fast", "true") in _TRUTH
            and (not metaid or (_METAID.match(metaid) and self._metaids[metaid] == 1))
        ):
            return False
        parts = {self._ranks.get(part.tag, -1): part for part in reaction}
        ranks = list(parts)
        if -1 in parts or len(parts) < len(reaction) or ranks != sorted(ranks) or _has_text(reaction):
            return False
        species: set[str | None] = set()
        return (
            (1 in parts or 2 in parts)
            and (0 not in parts or is_plain_annotation(parts[0]))
            and (1 not in parts or self._is_side(parts[1], species))
            and (2 not in parts or self._is_side(parts[2], species))
            and (3 not in parts or self._is_modifiers(parts[3], species))
            and (4 not in parts or _is_law(parts[4], species, self._others))
        )

    def _is_side(self, side: Element, found: set[str | None]) -> bool:
        """Whether reactants or products are plain; adds their species to those found."""
        for part in side:
            attributes = part.attrib
            name = attributes.get("species")
            if not (
                part.tag == self._reference
                and self._participant_must <= attributes.keys() <= self._participant_may
                and name in self._free
                and _DECIMAL.match(attributes.get("stoichiometry", "1"))
                and attributes.get("constant", "true") in _TRUTH
            ):
                return False
            found.add(name)
        return _is_bare_list(side)

    def _is_modifiers(self, modifiers: Element, found: set[str | None]) -> bool:
        for part in modifiers:
            name = part.get("species")
            if part.tag != self._modifier or name not in self._species or len(part.keys()) > 1:
                return False
            found.add(name)
        return _is_bare_list(modifiers)


def _is_law(law: Element, species: Set[str | None], others: Set[str | None]) -> bool:
    """Whether a kinetic law is a plain formula in these names."""
    if len(law) != 1 or law.keys() or _has_text(law):
        return False
    math = law[0]
    if math.tag != _MATH or len(math) != 1 or math.keys() or _has_text(math):
        return False
    applies = operators = 0
    for node in math[0].iter():
        tag = node.tag
        if tag == _CI:
            name = (node.text or "").strip()
            if not (name in species or name in others) or len(node) or node.keys():
                return False
        elif tag == _APPLY:
            count = len(node)
            fewest, most = _OPERATIONS.get(node[0].tag, _NONE) if count else _NONE
            if not fewest < count <= most or node.keys() or _has_text(node):
                return False
            applies += 1
        elif tag == _CN:
            if len(node) or not _is_plain_number(node):
                return False
        elif tag in _OPERATIONS and not len(node) and not node.keys() and not node.text:
            operators += 1
        else:
            return False
    # Each application begins with an operator, so none stands elsewhere.
    return applies == operators


def _is_plain_number(number: Element) -> bool:
    keys, form = number.keys(), _NUMBERS.get(number.get("type", "real"))
    return keys in ([], ["type"]) and form is not None and form.match(number.text or "") is not None


def _is_bare_list(parts: Element) -> bool:
    """Whether a list has members and nothing else, and its members have nothing in them."""
    if not len(parts) or parts.keys() or _has_text(parts):
        return False
    for part in parts:
        if len(part) or (part.text and not part.text.isspace()):
            return False
    return True


def _has_text(element: Element) -> bool:
    """Whether there is text around the element's children."""
    text = element.text
    if text and not text.isspace():
        return True
    for part in element:
        tail = part.tail
        if tail and not tail.isspace():
            return True
    return False
