"""Where the elements of a document stand: found in a second pass, which only those make that ask."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

_LINE_END: Final = re.compile(rb"\r\n?|\n")
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Places:
    """The places of the elements of one document, by their number in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._members: dict[int, tuple[int, int]] = {}

    def span(self, order: int) -> tuple[int, int]:
        """First bytes of the opening and of the closing tag of an element."""
        known = self._members.get(order)
        return self._all[0][order] if known is None else known

    def scope(self, order: int) -> Mapping[str, str]:
        """The prefixes declared for an element and around it."""
        return self._all[1][order]

    def note_members(self, name: str, orders: Sequence[int]) -> None:
        """Find the spans of the elements of one name by a search, where it finds them as surely.

        orders: of all elements of that name. None is noted where others of that name interfere.
        """
        data = self._data
        if b"<!" in data:
            data = _COMMENT.sub(lambda comment: b" " * len(comment[0]), data)
        if b"<!" in data:
            return
        tag = re.escape(name.encode())
        starts = [found.start() for found in re.finditer(rb"<" + tag + rb"[\s>]", data)]
        ends = [found.start() for found in re.finditer(rb"</" + tag + rb"[\s>]", data)]
        if len(starts) == len(ends) == len(orders) and all(map(int.__lt__, starts, ends)):
            self._members.update(zip(orders, zip(starts, ends, strict=True), strict=True))

    def position(self, start: int) -> tuple[int, int]:
        """(line, column) of a byte, both from 1; columns count characters."""
        line = bisect_right(self._lines, start)
        first = self._lines[line - 1]
        return line, len(self._data[first:start].decode("utf-8", errors="replace")) + 1

    @cached_property
    def _all(self) -> tuple[list[tuple[int, int]], list[Mapping[str, str]]]:
        return _places_in(self._data)

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
