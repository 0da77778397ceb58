"""The tree of an XML document with every element's place, found while it is built: slow and plain."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

Place = tuple[int, int, int, int]


def placed_tree(data: bytes) -> list[tuple[Element, Place, dict[str, str]]]:
    """(element, (line, column, first byte of its opening tag and of its closing tag), prefixes in scope).

    In the order of the document.
    """
    builder = TreeBuilder()
    found: list[tuple[Element, list[int], dict[str, str]]] = []
    stack: list[list[int]] = []
    scope: list[tuple[str, str]] = []
    parser = expat.ParserCreate("UTF-8", "}")

    def start(name: str, attributes: dict[str, str]) -> None:
        element = builder.start("{" + name if "}" in name else name, attributes)
        place = [parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, parser.CurrentByteIndex, -1]
        found.append((element, place, {prefix: uri for prefix, uri in scope if prefix and uri}))
        stack.append(place)

    def end(name: str) -> None:
        builder.end("{" + name if "}" in name else name)
        stack.pop()[3] = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartNamespaceDeclHandler = lambda prefix, uri: scope.append((prefix, uri))
    parser.EndNamespaceDeclHandler = lambda _prefix: scope.pop()
    parser.Parse(data, True)
    builder.close()
    return [(element, (place[0], place[1], place[2], place[3]), names) for element, place, names in found]
