"""The XPaths that SED-ML uses: steps down a model's tree, to one element or one attribute of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.errors import ModelError
from isthmus.formats.xml_tree import local_name, namespace

_CORE: Final = "http://www.sbml.org/sbml/level"
_NAME: Final = r"[A-Za-z_][\w.-]*"
_STEP: Final = re.compile(rf"(//?)(?:({_NAME}):)?({_NAME}|\*)((?:\[[^\]]*\])*)")
_PREDICATE: Final = re.compile(rf"""\[\s*(?:@({_NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')|(\d{{1,6}}))\s*\]""")
_ATTRIBUTE: Final = re.compile(rf"/@(?:({_NAME}):)?({_NAME})\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: an element, or an attribute of it where `attribute` is not empty."""

    element: Element
    attribute: str = ""


def find_place(root: Element, path: str, prefixes: Mapping[str, str]) -> Place:
    """The one element or attribute that a path leads to.

    Paths are steps by name or `*`, each with any number of `[@attribute='value']` or `[number]`, from the
    root (`/`) or anywhere below (`//`), and may end in `/@attribute`. A prefix of SBML's core stands for
    any of its levels. Raises `ModelError` E-SEDML-TARGET for any other path, and where not exactly one
    element is found.
    """
    text = path.strip()
    attribute = _ATTRIBUTE.search(text)
    steps = text[: attribute.start()] if attribute else text
    found: list[Element] = []
    position = 0
    for match in _STEP.finditer(steps):
        if match.start() != position:
            break
        lists = [[root]] if position == 0 else []
        above = [root] if position == 0 and match[1] == "//" else found
        found = _step(match, [*lists, *_children(above, is_deep=match[1] == "//")], prefixes)
        position = match.end()
    if position != len(steps) or not steps:
        raise _refusal(f"the target {path[:120]!r}", "steps such as /sbml:sbml/sbml:model/…[@id='k1']/@value")
    if len(found) != 1:
        what = "which matches nothing" if not found else f"which matches {len(found)} elements"
        raise _refusal(f"the target {path[:120]!r}, {what}", "a path to one element of the model")
    return Place(found[0], attribute[2] if attribute else "")


def _children(above: list[Element], *, is_deep: bool) -> Iterator[list[Element]]:
    """The children of each element, and of everything below it where the step is `//`; each once."""
    seen: set[Element] = set()
    for top in above:
        for parent in top.iter() if is_deep else (top,):
            if parent not in seen:
                seen.add(parent)
                yield list(parent)


def _step(
    match: re.Match[str], siblings: Iterable[list[Element]], prefixes: Mapping[str, str]
) -> list[Element]:
    """What a step chooses of each list of siblings."""
    _, prefix, name, predicates = match.groups()
    if prefix is not None and prefix not in prefixes:
        raise _refusal(f"the prefix {prefix!r} in a target", "a prefix that the SED-ML file declares")
    uri = None if prefix is None else prefixes[prefix]
    found: list[Element] = []
    for members in siblings:
        found += _chosen([element for element in members if _is_called(element, name, uri)], predicates)
    return found


def _is_called(element: Element, name: str, uri: str | None) -> bool:
    if name not in ("*", local_name(element)):
        return False
    own = namespace(element)
    return uri is None or own == uri or (uri.startswith(_CORE) and own.startswith(_CORE))


def _chosen(elements: list[Element], predicates: str) -> list[Element]:
    position = 0
    for match in _PREDICATE.finditer(predicates):
        if match.start() != position:
            break
        position = match.end()
        attribute, double, single, index = match.groups()
        if index is not None:
            elements = elements[int(index) - 1 : int(index)] if int(index) else []
        else:
            value = single if double is None else double
            elements = [element for element in elements if element.get(attribute) == value]
    if position != len(predicates):
        raise _refusal(f"the condition {predicates[:80]!r} in a target", "[@attribute='value'] or [number]")
    return elements


def _refusal(found: str, needed: str) -> ModelError:
    return ModelError("E-SEDML-TARGET", found, needed=needed)
