"""A reaction element with its parts at hand: all who read reactions ask for the same few."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from isthmus.formats.xml_tree import items, namespace


@dataclass(slots=True)
class ReactionElement:
    """The element, the members of its lists, and its first kinetic law."""

    element: Element
    reactants: list[Element] = field(default_factory=list)
    products: list[Element] = field(default_factory=list)
    modifiers: list[Element] = field(default_factory=list)
    law: Element | None = None

    @property
    def id(self) -> str:
        """Its id, "" where it has none."""
        return self.element.get("id", "")

    @property
    def sides(self) -> tuple[list[Element], list[Element]]:
        """Reactants and products."""
        return self.reactants, self.products


def reaction_elements(model: Element) -> list[ReactionElement]:
    """The reactions of a model element in order; notes and annotations of lists are no members."""
    home = "{" + namespace(model) + "}"
    law, others = home + "kineticLaw", (home + "annotation", home + "notes")
    found = []
    for element in items(model, "listOfReactions"):
        reaction = ReactionElement(element)
        lists = {
            home + "listOfReactants": reaction.reactants,
            home + "listOfProducts": reaction.products,
            home + "listOfModifiers": reaction.modifiers,
        }
        for part in element:
            if part.tag in lists:
                members = lists[part.tag]
                for member in part:
                    if member.tag not in others and member.tag.startswith(home):
                        members.append(member)
            elif part.tag == law and reaction.law is None:
                reaction.law = part
        found.append(reaction)
    return found
