"""Where the elements of an SBML file are, for messages about what was found after reading."""

from __future__ import annotations

from isthmus.formats.prescan import prescan
from isthmus.formats.xml_tree import local_name, parse_document

Places = dict[str, tuple[int, int]]
_NAMES = ("id", "variable", "symbol", "name")


def element_places(data: bytes, file: str = "") -> Places:
    """`tag id` → (line, column) of every element that has an id, or is about one; the first of each.

    The id of an event assignment is `event/variable`.

    Raises `ModelError` for what does not pass the pre-scan.
    """
    prescan(data, file)
    places: Places = {}
    event = ""
    document = parse_document(data, file)
    for element in document.root.iter():
        name = next((element.attrib[key] for key in _NAMES if key in element.attrib), "")
        tag = local_name(element)
        if tag == "event":
            event = name
        if tag == "eventAssignment":
            name = f"{event}/{name}"
        if name:
            places.setdefault(f"{tag} {name}", document.places.position(element))
    return places
