"""A hostile document scanned and read in one pass, which most documents bear: the rest are scanned first."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from isthmus.formats.prescan import (
    DEEPEST,
    MOST_ARGUMENTS,
    MOST_ATTRIBUTES,
    MOST_ELEMENTS,
    foreign_encoding,
    prescan,
)
from isthmus.formats.xml_tree import (
    NO_SCOPE,
    Document,
    PlacedElement,
    local_part,
    not_well_formed,
    qualified,
)

# What the pre-scan refuses for its length or its number of attributes takes at least so many bytes of text
# between the beginnings of two elements.
_SUSPICIOUS_GAP: Final = 5 * MOST_ATTRIBUTES
_FEWEST_ARGUMENTS: Final = min(MOST_ARGUMENTS.values())
_OPAQUE: Final = frozenset({"annotation", "notes"})


def scan_document(data: bytes, file: str = "", root: str = "sbml", transparent: str = "\0") -> Document:
    """The tree of a document, with what `prescan` and `parse_document` refuse refused.

    Of annotations and notes it holds the children, and what is below them only for those whose tag begins
    with `transparent`; their text can be had verbatim.
    """
    try:
        if foreign_encoding(data) is not None:
            raise _Suspicious
        return Document(_Scan(root, transparent).tree_of(data), data)
    except (_Suspicious, expat.ExpatError):
        prescan(data, file, root)
    try:
        return Document(_Scan(root, transparent, is_trusted=True).tree_of(data), data)
    except expat.ExpatError as error:
        raise not_well_formed(error, file) from None


class _Suspicious(Exception):
    """A document that may be one to refuse."""


class _Scan:
    """Builds the tree; unless the document is trusted, stops where a pre-scan might refuse it."""

    def __init__(self, root: str, transparent: str, is_trusted: bool = False) -> None:
        self.root = root
        self.transparent = transparent
        self.is_trusted = is_trusted
        self.tree = TreeBuilder(element_factory=PlacedElement)
        self.scope: list[tuple[str | None, str | None]] = []
        # Of every name of an element: its tag, and whether it is an annotation or notes.
        self.kinds: dict[str, tuple[str, bool]] = {}
        self.elements = 0
        self.depth = 0
        self.last = 0
        # How many elements are open inside of an annotation, and whether they are in the tree.
        self.inside = 0
        self.is_kept = False
        self.parser = parser = expat.ParserCreate("UTF-8", "}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self.tree.data
        parser.StartNamespaceDeclHandler = lambda prefix, uri: self.scope.append((prefix, uri))
        parser.EndNamespaceDeclHandler = lambda _prefix: self.scope.pop()
        parser.StartDoctypeDeclHandler = lambda *_parts: self._suspect()

    def tree_of(self, data: bytes) -> PlacedElement:
        """The root."""
        self.parser.Parse(data, True)
        self._reach(len(data))
        root = self.tree.close()
        assert isinstance(root, PlacedElement)
        if local_part(root.tag) != self.root:
            self._suspect()
        return root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            self._suspect()
        kind = self.kinds.get(name)
        if kind is None:
            tag = qualified(name)
            kind = self.kinds[name] = tag, local_part(tag) in _OPAQUE
        element = self._open(kind[0], attributes)
        if kind[1]:
            element.scope = {prefix: uri for prefix, uri in self.scope if prefix and uri}
            self.parser.StartElementHandler = self._start_inside
            self.parser.EndElementHandler = self._end_inside

    def _end(self, name: str) -> None:
        self.depth -= 1
        self._close(name)

    def _start_inside(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.inside += 1
        if self.depth + self.inside > DEEPEST or self.elements > MOST_ELEMENTS:
            self._suspect()
        if self.inside == 1:
            self.is_kept = qualified(name).startswith(self.transparent)
        if self.inside == 1 or self.is_kept:
            self._open(qualified(name), attributes)
        else:
            self._reach(self.parser.CurrentByteIndex)

    def _end_inside(self, name: str) -> None:
        if self.inside == 0:
            self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
            self._end(name)
            return
        if self.inside == 1 or self.is_kept:
            self._close(name)
        self.inside -= 1

    def _open(self, tag: str, attributes: dict[str, str]) -> PlacedElement:
        parser = self.parser
        if "}" in "".join(attributes):
            attributes = {qualified(key): value for key, value in attributes.items()}
        element = self.tree.start(tag, attributes)
        assert isinstance(element, PlacedElement)
        element.line = parser.CurrentLineNumber
        element.column = parser.CurrentColumnNumber + 1
        element.start = start = parser.CurrentByteIndex
        element.scope = NO_SCOPE
        self._reach(start)
        return element

    def _close(self, name: str) -> None:
        element = self.tree.end(name)
        assert isinstance(element, PlacedElement)
        element.end = self.parser.CurrentByteIndex
        if len(element) > _FEWEST_ARGUMENTS and local_part(element.tag) in MOST_ARGUMENTS:
            self._suspect()

    def _reach(self, place: int) -> None:
        if place - self.last > _SUSPICIOUS_GAP:
            self._suspect()
        self.last = place

    def _suspect(self) -> None:
        if not self.is_trusted:
            raise _Suspicious
