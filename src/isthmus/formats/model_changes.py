"""The changes that a SED-ML file makes to a model's XML, done on its bytes; runs in the reader process."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.errors import ModelError, UnsupportedFeature, Where
from isthmus.formats.prescan import prescan
from isthmus.formats.sedml import Change, Variable
from isthmus.formats.xml_text import quoted
from isthmus.formats.xml_tree import Document, local_name, parse_document
from isthmus.formats.xpath import Place, find_place

_START_TAG: Final = re.compile(rb"""<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*?(?=\s*/?>)""")
_NUMBERS: Final = {
    "parameter": ("value",),
    "localParameter": ("value",),
    "species": ("initialConcentration", "initialAmount"),
    "compartment": ("size", "volume"),
}
"""The attribute that a target stands for when a formula asks for the value of an element."""


def changed_model(
    data: bytes, changes: Sequence[Change], prefixes: Mapping[str, str], file: str = ""
) -> bytes:
    """The model after its changes, one after another.

    Raises `ModelError` E-SEDML-TARGET for a target that is not there, and as the pre-scan does.
    """
    for change in changes:
        prescan(data, file)
        try:
            data = _changed(data, change, prefixes)
        except ModelError as error:
            where = Where(
                file, error.where.line, error.where.column, f"{change.kind} of {change.target[:120]}"
            )
            raise type(error)(error.code, error.found, needed=error.needed, where=where) from None
    return data


def target_ids(
    data: bytes, targets: Sequence[str], prefixes: Mapping[str, str], file: str = ""
) -> dict[str, str]:
    """Target → `tag id` of the element that it leads to."""
    prescan(data, file)
    root = parse_document(data, file).root
    found: dict[str, str] = {}
    for target in targets:
        place = find_place(root, target, prefixes)
        if place.attribute:
            raise UnsupportedFeature(
                "E-SEDML-TARGET",
                f"the attribute {place.attribute!r} as a curve",
                needed="a target that is a species, parameter, compartment or reaction",
                where=Where(file),
            )
        element = place.element
        found[target] = f"{local_name(element)} {element.get('id', element.get('name', ''))}"
    return found


def _changed(data: bytes, change: Change, prefixes: Mapping[str, str]) -> bytes:
    document = parse_document(data)
    place = find_place(document.root, change.target, prefixes)
    match change.kind:
        case "changeAttribute":
            return _with_attribute(document, _required(place), change.text)
        case "computeChange":
            return _with_attribute(document, _valued(place), _computed(data, change, prefixes))
        case "removeXML" if place.attribute:
            return _with_attribute(document, place, None)
        case "removeXML":
            return document.without([place.element])
        case "changeXML" | "addXML" if place.attribute:
            raise ModelError(
                "E-SEDML-TARGET", "new XML for an attribute", needed="a target that is an element"
            )
        case "changeXML":
            blank = document.without([place.element])
            start = document.places.start(place.element)
            return blank[:start] + change.text.encode() + blank[start:]
    return _with_child(document, place, change.text)


def _with_child(document: Document, place: Place, text: str) -> bytes:
    """New XML as the last child of an element."""
    data, opening = document.data, _opening(document, place)
    if data[opening.end() :].lstrip().startswith(b"/>"):
        end = data.index(b"/>", opening.end())
        name = opening[0][1:].split(None, 1)[0]
        return b"".join([data[:end], b">", text.encode(), b"</", name, b">", data[end + 2 :]])
    end = document.places.end(place.element)
    return data[:end] + text.encode() + data[end:]


def _with_attribute(document: Document, place: Place, value: str | None) -> bytes:
    """The attribute with another value, or without it where that is None."""
    data, opening = document.data, _opening(document, place)
    name = re.escape(place.attribute).encode()
    written = re.search(rb"""\s""" + name + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", opening[0])
    new = b"" if value is None else f" {place.attribute}={quoted(value)}".encode()
    start, end = written.span() if written else (len(opening[0]), len(opening[0]))
    return data[: opening.start() + start] + new + data[opening.start() + end :]


def _opening(document: Document, place: Place) -> re.Match[bytes]:
    opening = _START_TAG.match(document.data, document.places.start(place.element))
    assert opening is not None, "expat said that a tag starts here"
    return opening


def _required(place: Place) -> Place:
    if not place.attribute:
        raise ModelError("E-SEDML-TARGET", "a target that is no attribute", needed="a path that ends in /@…")
    return place


def _valued(place: Place) -> Place:
    """The place of the number that an element stands for."""
    if place.attribute:
        return place
    names = _NUMBERS.get(local_name(place.element), ())
    name = next((name for name in names if name in place.element.attrib), "")
    if not name:
        raise ModelError("E-SEDML-TARGET", "an element without a number", needed="a path that ends in /@…")
    return Place(place.element, name)


def _computed(data: bytes, change: Change, prefixes: Mapping[str, str]) -> str:
    assert change.formula is not None, "the reader refuses a computeChange without a formula"
    root = parse_document(data).root

    def value_of(variable: Variable) -> float:
        if not variable.target or variable.task:
            found = f"the variable {variable.id!r}, which is no value of the model"
            raise UnsupportedFeature("E-SEDML-TARGET", found, needed="a target in the model")
        place = _valued(find_place(root, variable.target, prefixes))
        try:
            return float(place.element.attrib[place.attribute])
        except (KeyError, ValueError):
            found = f"the variable {variable.id!r}, whose target holds no number"
            raise ModelError("E-SEDML-TARGET", found) from None

    values = {constant.id: constant.value for constant in change.constants}
    values |= {variable.id: value_of(variable) for variable in change.variables}
    result = to_float(evaluate([change.formula], values)[0])
    if not math.isfinite(result):
        raise ModelError("E-SEDML", f"a computeChange that gives {result}", needed="a finite number")
    return repr(result)
