"""Where the elements of a document stand: found in a second pass, which only those make that ask."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

if TYPE_CHECKING:
    from isthmus.formats.xml_tree import PlacedElement

_LINE_END: Final = re.compile(rb"\r\n?|\n")
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Places:
    """The places of the elements of one document.

    elements: all of them, in the order of the document.
    """

    def __init__(self, data: bytes, elements: Sequence[PlacedElement]) -> None:
        self._data = data
        self._elements = elements

    def fill(self) -> None:
        """Give every element its byte range, and the prefixes declared around it."""
        starts, ends, scopes = _places_in(self._data, len(self._elements))
        for element, start, end, scope in zip(self._elements, starts, ends, scopes, strict=True):
            element.start, element.end, element.scope = start, end, scope
        self._elements = ()

    def fill_members(self, name: str, elements: Sequence[PlacedElement]) -> None:
        """Give the elements of one name their byte ranges, where a search finds them as surely.

        elements: all of that name, in order. None gets any where others of that name interfere.
        """
        data = self._data
        if b"<!" in data:
            data = _COMMENT.sub(lambda comment: b" " * len(comment[0]), data)
        if b"<!" in data:
            return
        tag = re.escape(name.encode())
        starts = [found.start() for found in re.finditer(rb"<" + tag + rb"[\s>]", data)]
        ends = [found.start() for found in re.finditer(rb"</" + tag + rb"[\s>]", data)]
        if len(starts) == len(ends) == len(elements) and all(map(int.__lt__, starts, ends)):
            for element, start, end in zip(elements, starts, ends, strict=True):
                element.start, element.end = start, end

    def position(self, start: int) -> tuple[int, int]:
        """(line, column) of a byte, both from 1; columns count characters."""
        line = bisect_right(self._lines, start)
        first = self._lines[line - 1]
        return line, len(self._data[first:start].decode("utf-8", errors="replace")) + 1

    @cached_property
    def _lines(self) -> list[int]:
        """Where the lines begin."""
        return [0, *(end.end() for end in _LINE_END.finditer(self._data))]


def _places_in(data: bytes, count: int) -> tuple[list[int], list[int], list[Mapping[str, str]]]:
    """First bytes of the opening and the closing tag of so many elements, and prefixes in scope."""
    starts: list[int] = []
    ends = [0] * count
    scopes: list[Mapping[str, str]] = []
    open_elements: list[int] = []
    declared: list[tuple[str | None, str | None]] = []
    scope = _NOTHING
    parser = expat.ParserCreate("UTF-8", "}")

    def start(_name: str, _attributes: object) -> None:
        open_elements.append(len(starts))
        starts.append(parser.CurrentByteIndex)
        scopes.append(scope)

    def end(_name: str) -> None:
        ends[open_elements.pop()] = parser.CurrentByteIndex

    def declare(prefix: str | None, uri: str | None) -> None:
        nonlocal scope
        declared.append((prefix, uri))
        scope = {prefix: uri for prefix, uri in declared if prefix and uri}

    def forget(_prefix: str | None) -> None:
        nonlocal scope
        declared.pop()
        scope = {prefix: uri for prefix, uri in declared if prefix and uri}

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartNamespaceDeclHandler, parser.EndNamespaceDeclHandler = declare, forget
    parser.Parse(data, True)
    return starts, ends, scopes
