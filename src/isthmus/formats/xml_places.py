"""Where the elements of a document stand: found in a second pass, which only those make that ask."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element
from xml.parsers import expat

_LINE_END: Final = re.compile(rb"\r\n?|\n")
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Places:
    """The places of the elements of one document.

    Elements are numbered in the order of the document the first time that one is asked for, so the tree must
    be whole then: who takes an element out of it numbers them before.
    """

    def __init__(self, root: Element, data: bytes) -> None:
        self._root = root
        self._data = data
        self._members: dict[Element, tuple[int, int]] = {}

    def start(self, element: Element) -> int:
        """The first byte of the element's opening tag."""
        return self._span(element)[0]

    def end(self, element: Element) -> int:
        """The first byte of its closing tag, or of its only one."""
        return self._span(element)[1]

    def scope(self, element: Element) -> Mapping[str, str]:
        """The prefixes declared for an element and around it."""
        return self._all[1][self._orders[element]]

    def position(self, element: Element) -> tuple[int, int]:
        """(line, column) of an element, both from 1; columns count characters."""
        start = self.start(element)
        line = bisect_right(self._lines, start)
        first = self._lines[line - 1]
        return line, len(self._data[first:start].decode("utf-8", errors="replace")) + 1

    def number(self) -> None:
        """Number the elements now, because the tree is about to change."""
        _ = self._orders

    def note_members(self, name: str, members: Sequence[Element]) -> None:
        """Find the spans of the elements of one name by a search, where it finds them as surely.

        members: all elements of that name, in order. None is noted where others of that name interfere.
        """
        data = self._data
        if b"<!" in data:
            data = _COMMENT.sub(lambda comment: b" " * len(comment[0]), data)
        if b"<!" in data:
            return
        tag = re.escape(name.encode())
        starts = [found.start() for found in re.finditer(rb"<" + tag + rb"[\s>]", data)]
        ends = [found.start() for found in re.finditer(rb"</" + tag + rb"[\s>]", data)]
        if len(starts) == len(ends) == len(members) and all(map(int.__lt__, starts, ends)):
            self._members.update(zip(members, zip(starts, ends, strict=True), strict=True))

    def _span(self, element: Element) -> tuple[int, int]:
        known = self._members.get(element)
        return self._all[0][self._orders[element]] if known is None else known

    @cached_property
    def _orders(self) -> dict[Element, int]:
        return {element: order for order, element in enumerate(self._root.iter())}

    @cached_property
    def _all(self) -> tuple[list[tuple[int, int]], list[Mapping[str, str]]]:
        spans, scopes = _places_in(self._data)
        assert len(spans) == len(self._orders), "elements were taken out of the tree before it was numbered"
        return spans, scopes

    @cached_property
    def _lines(self) -> list[int]:
        """Where the lines begin."""
        return [0, *(end.end() for end in _LINE_END.finditer(self._data))]


def _places_in(data: bytes) -> tuple[list[tuple[int, int]], list[Mapping[str, str]]]:
    """Spans of all elements, and the prefixes in scope for each."""
    spans: list[tuple[int, int]] = []
    scopes: list[Mapping[str, str]] = []
    open_elements: list[tuple[int, int]] = []
    declared: list[tuple[str | None, str | None]] = []
    scope = _NOTHING
    parser = expat.ParserCreate("UTF-8", "}")

    def start(_name: str, _attributes: object) -> None:
        place = parser.CurrentByteIndex
        open_elements.append((len(spans), place))
        spans.append((place, place))
        scopes.append(scope)

    def end(_name: str) -> None:
        order, place = open_elements.pop()
        spans[order] = (place, parser.CurrentByteIndex)

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
    return spans, scopes
