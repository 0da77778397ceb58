"""What an SBML file says about its elements beside the mathematics, read here a second time.

The reader is what is tested, so nothing of it is used: names, metaids, SBO terms, notes, annotations and
units are taken from the XML itself, each in canonical form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final
from xml.etree.ElementTree import Element, canonicalize, fromstring, tostring

from isthmus.formats.sbml_file import MARK

_KEYS: Final = {
    "model": "id",
    "compartment": "id",
    "species": "id",
    "parameter": "id",
    "reaction": "id",
    "event": "id",
    "unitDefinition": "id",
    "assignmentRule": "variable",
    "rateRule": "variable",
    "initialAssignment": "symbol",
}
# Level 2's names for units that a file need not define, as Level 3 must write them.
_BUILT_IN: Final = {
    "substance": "mole 1 0 1",
    "time": "second 1 0 1",
    "volume": "litre 1 0 1",
    "area": "metre 2 0 1",
    "length": "metre 1 0 1",
}
_SPELLINGS: Final = {"liter": "litre", "meter": "metre"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about one element; "" and nothing where nothing is said."""

    name: str = ""
    metaid: str = ""
    sbo: str = ""
    notes: str = ""
    annotation: tuple[str, ...] = ()
    unit: str = ""

    def lost_in(self, other: Said) -> Iterator[str]:
        """The names of what this says and the other does not say alike."""
        for field in fields(self):
            mine = getattr(self, field.name)
            if mine and mine != getattr(other, field.name):
                yield field.name


def lost(before: bytes, after: bytes) -> tuple[str, ...]:
    """`element: what` for everything that one file says about an element and the other does not.

    Of annotations the parts that Level 3 allows count: one of each namespace, and none of SBML's own.
    """
    there = read_said(after)
    nothing = Said()
    return tuple(
        f"{place}: {what}"
        for place, said in read_said(before).items()
        for what in said.lost_in(there.get(place, nothing))
    )


def read_said(data: bytes) -> dict[str, Said]:
    """What is said about each element: `tag id` → Said; a local parameter is `local reaction/id`."""
    root = fromstring(data)
    core = root.tag.partition("}")[0] + "}"
    model = root.find(f"{core}model")
    if model is None:
        return {}
    units = {
        element.get("id", ""): "; ".join(sorted(map(_factor, element.iter(f"{core}unit"))))
        for element in model.iter(f"{core}unitDefinition")
    }
    found: dict[str, Said] = {}
    for reaction in model.iter(f"{core}reaction"):
        for tag in ("parameter", "localParameter"):
            for element in reaction.iter(core + tag):
                place = f"local {reaction.get('id')}/{element.get('id')}"
                found[place] = _said(element, core, units)
    inside = {id(element) for reaction in model.iter(f"{core}reaction") for element in reaction.iter()}
    for tag, key in _KEYS.items():
        for element in (model,) if tag == "model" else model.iter(core + tag):
            if tag == "parameter" and id(element) in inside:
                continue
            said = _said(element, core, units)
            mark = element.find(f"{core}annotation/{MARK}")
            if mark is not None and mark.get("localTo"):
                local = mark.get("localId", said.name)
                found[f"local {mark.get('localTo')}/{local}"] = said
            elif element.get(key):
                found[f"{tag} {element.get(key)}"] = said
    return found


def _said(element: Element, core: str, units: dict[str, str]) -> Said:
    notes, annotation = element.find(f"{core}notes"), element.find(f"{core}annotation")
    unit = element.get("substanceUnits", element.get("units", ""))
    unit = _SPELLINGS.get(unit, unit)
    if element.tag == f"{core}unitDefinition":
        unit = element.get("id", "")
    return Said(
        element.get("name", ""),
        element.get("metaid", ""),
        element.get("sboTerm", ""),
        "" if notes is None else " ".join(map(_canonical, notes)),
        () if annotation is None else tuple(sorted(_allowed(annotation, core))),
        units.get(unit) or _BUILT_IN.get(unit) or (f"{unit} 1 0 1" if unit else ""),
    )


def _allowed(annotation: Element, core: str) -> Iterator[str]:
    seen = {"", core.strip("{}")}
    for part in annotation:
        uri = part.tag[1:].partition("}")[0] if part.tag.startswith("{") else ""
        if uri not in seen and part.tag != MARK:
            yield _canonical(part)
        seen.add(uri)


def _factor(unit: Element) -> str:
    kind = unit.get("kind", "")
    given = (("exponent", "1"), ("scale", "0"), ("multiplier", "1"))
    numbers = [float(unit.get(name, default)) for name, default in given]
    return " ".join([_SPELLINGS.get(kind, kind), *(f"{number:.17g}" for number in numbers)])


def _canonical(element: Element) -> str:
    text: str = canonicalize(tostring(element, encoding="unicode"))
    return text.strip()


def count_said(data: bytes) -> int:
    """How many things a file says beside the mathematics."""
    nothing = Said()
    return sum(len(tuple(said.lost_in(nothing))) for said in read_said(data).values())
