"""How large the formulas of a file are, and how far they reach: bounds on what reading them may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.mathml import MATH
from isthmus.algebra.mathml_printer import LARGEST_FORMULA
from isthmus.errors import ModelError
from isthmus.formats.sbml_file import SbmlFile
from isthmus.formats.xml_tree import items

# Measured: each takes libSBML's general consistency check about half a second.
_MODEST_FORMULA: Final = 5_000
_MODEST_CALLS: Final = 500
_MODEST_RULES: Final = 8_000


def refuse_huge_formulas(file: SbmlFile) -> None:
    """Raise `ModelError` for a formula that nothing downstream could print or compile."""
    for container in _containers(file):
        for math in container.iter(MATH + "math"):
            size = len(list(math.iter()))
            if size > LARGEST_FORMULA:
                found = f"a formula of {size:,} elements"
                needed = f"at most {LARGEST_FORMULA:,}"
                raise ModelError("E-TOO-LARGE", found, needed=needed, where=file.where(container))


def is_modest(file: SbmlFile) -> bool:
    """Whether libSBML's general consistency check takes seconds at most.

    It does while formulas are of ordinary length and few formulas depend, directly or not, on each other.
    """
    if any(len(list(container.iter())) > _MODEST_FORMULA for container in _containers(file)):
        return False
    functions = {
        element.get("id", ""): _names(element) for element in items(file.model, "listOfFunctionDefinitions")
    }
    lists = (("Rules", "variable"), ("InitialAssignments", "symbol"), ("Reactions", "id"))
    defining = [
        (element.get(key, ""), element)
        for name, key in lists
        for element in items(file.model, f"listOf{name}")
    ]
    formulas: dict[str, set[str]] = {name: set() for name, _ in defining}
    if not file.named.isdisjoint(formulas):
        for name, element in defining:
            formulas[name].update(_names(element))
    return _reaches_at_most(functions, _MODEST_CALLS) and _reaches_at_most(formulas, _MODEST_RULES)


def _containers(file: SbmlFile) -> list[Element]:
    lists = ("FunctionDefinitions", "InitialAssignments", "Rules", "Reactions", "Events")
    return [element for name in lists for element in items(file.model, f"listOf{name}")]


def _names(element: Element) -> set[str]:
    return {(ci.text or "").strip() for ci in element.iter(MATH + "ci")}


def _reaches_at_most(uses: Mapping[str, set[str]], most: int) -> bool:
    """Whether the pairs (a, b) with b reachable from a are at most so many."""
    pairs = 0
    for first in uses:
        seen: set[str] = set()
        stack = [first]
        while stack:
            for name in uses[stack.pop()]:
                if name in uses and name not in seen:
                    seen.add(name)
                    stack.append(name)
            if pairs + len(seen) > most:
                return False
        pairs += len(seen)
    return True
