"""An XML document as a tree whose elements know their place, and give their source text back verbatim."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from isthmus.errors import ModelError, Where
from isthmus.formats.xml_places import Places
from isthmus.formats.xml_text import quoted

_NAME: Final = re.compile(r"<[^\s/>]+")
_PREFIX_DECLARED: Final = re.compile(r"\sxmlns:([\w.-]+)\s*=")
_DEFAULT_DECLARED: Final = re.compile(r"\sxmlns\s*=")
_START_TAG: Final = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_PREFIX_USED: Final = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")


class PlacedElement(Element):
    """An element that knows its place. Few are ever asked, so places are looked for when one is.

    places: those of its document. order: its number in the document, from 0.
    """

    __slots__ = ("order", "places")

    places: Places
    order: int

    @property
    def start(self) -> int:
        """The first byte of its opening tag."""
        return self.places.span(self.order)[0]

    @property
    def end(self) -> int:
        """The first byte of its closing tag, or of its only one."""
        return self.places.span(self.order)[1]

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return self.places.position(self.start)[0]

    @property
    def column(self) -> int:
        """Its column, from 1, in characters."""
        return self.places.position(self.start)[1]

    @property
    def scope(self) -> Mapping[str, str]:
        """The prefixes declared for it and around it."""
        return self.places.scope(self.order)


@dataclass(frozen=True, slots=True)
class Document:
    """The root, and the bytes it was read from."""

    root: PlacedElement
    data: bytes

    def verbatim(self, element: PlacedElement, tag: str, without: Collection[Element] = ()) -> str:
        """The element's content as written, inside a bare `tag`; "" if it is empty.

        Each child declares the prefixes that it took from outside. without: children to leave out.
        """
        if self._is_empty(element):
            return ""
        pieces, position = [], self._opening(element).end()
        for part in element:
            assert isinstance(part, PlacedElement)
            pieces.append(self._text(position, part.start))
            position = self._after(part)
            if not any(part is left_out for left_out in without):
                pieces.append(self._self_contained(part, position, element.scope))
        inner = "".join([*pieces, self._text(position, element.end)]).strip()
        return f"<{tag}>{inner}</{tag}>" if inner else ""

    def without(self, elements: Iterable[Element]) -> bytes:
        """The bytes with these elements blanked; every other line keeps its number."""
        kept, position = [], 0
        for element in elements:
            assert isinstance(element, PlacedElement)
            if element.start >= position:
                kept.append(self.data[position : element.start])
                position = self._after(element)
                kept.append(b"\n" * self.data.count(b"\n", element.start, position))
        return b"".join([*kept, self.data[position:]])

    def _self_contained(self, part: PlacedElement, end: int, scope: Mapping[str, str]) -> str:
        text = self._text(part.start, end)
        opening = self._text(part.start, self._opening(part).end())
        used = set(_PREFIX_USED.findall(text)) - set(_PREFIX_DECLARED.findall(opening))
        declared = [
            f" xmlns:{prefix}={quoted(uri)}" for prefix, uri in sorted(scope.items()) if prefix in used
        ]
        name = _NAME.match(opening)
        assert name is not None
        if ":" not in name[0] and not _DEFAULT_DECLARED.search(opening):
            declared.insert(0, f" xmlns={quoted(namespace(part))}")
        return name[0] + "".join(declared) + text[name.end() :]

    def _text(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8")

    def _opening(self, element: PlacedElement) -> re.Match[bytes]:
        opening = _START_TAG.match(self.data, element.start)
        assert opening is not None, "expat said that a tag starts here"
        return opening

    def _is_empty(self, element: PlacedElement) -> bool:
        return self._opening(element)[0].endswith(b"/>")

    def _after(self, element: PlacedElement) -> int:
        """The first byte behind the element."""
        if self._is_empty(element):
            return self._opening(element).end()
        return self.data.index(b">", element.end) + 1


def parse_document(data: bytes, file: str = "") -> Document:
    """The tree of a document that has passed the pre-scan.

    Raises `ModelError` E-XML for names that are none or have an undeclared prefix, which the pre-scan, which
    knows no namespaces, lets pass.
    """
    parser = XMLParser(target=TreeBuilder(element_factory=PlacedElement), encoding="UTF-8")
    try:
        parser.feed(data)
        root = parser.close()
    except ParseError as error:
        raise not_well_formed(error, file) from None
    assert isinstance(root, PlacedElement)
    places = Places(data)
    for order, element in enumerate(root.iter()):
        assert isinstance(element, PlacedElement)
        element.order, element.places = order, places
    return Document(root, data)


def not_well_formed(error: expat.ExpatError | ParseError, file: str) -> ModelError:
    """What expat says of a document."""
    line, offset = error.position if isinstance(error, ParseError) else (error.lineno, error.offset)
    return ModelError(
        "E-XML",
        f"not well-formed XML: {expat.errors.messages[error.code]}",
        needed="whole XML",
        advice="download or export the file again: it may have been cut short",
        where=Where(file, line, offset + 1),
    )


# A file names few kinds of elements, and asks for their namespace a hundred thousand times.
@lru_cache(maxsize=4096)
def _split(tag: str) -> tuple[str, str]:
    """(namespace, local name) of a tag."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else "", tag.rpartition("}")[2]


@lru_cache(maxsize=4096)
def _relative(tag: str, name: str) -> str:
    """The tag of this local name in the namespace of another tag."""
    uri = _split(tag)[0]
    return "{" + uri + "}" + name if uri else name


def local_part(tag: str) -> str:
    """A tag without its namespace."""
    return _split(tag)[1]


def namespace(element: Element) -> str:
    """The namespace of an element's tag."""
    return _split(element.tag)[0]


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return _split(element.tag)[1]


def children(element: Element, name: str) -> list[PlacedElement]:
    """The children of this local name in the element's own namespace."""
    tag = _relative(element.tag, name)
    return [part for part in element if part.tag == tag and isinstance(part, PlacedElement)]


def child(element: Element, name: str) -> PlacedElement | None:
    """The first child of this local name, in the element's own namespace."""
    tag = _relative(element.tag, name)
    for part in element:
        if part.tag == tag:
            assert isinstance(part, PlacedElement)
            return part
    return None


def items(element: Element, list_name: str) -> list[PlacedElement]:
    """The members of a list child (`listOfSpecies` …) in the element's own namespace, in order.

    Notes and annotations of the list itself are left out.
    """
    tag, home = _relative(element.tag, list_name), element.tag
    found: list[PlacedElement] = []
    for part in element:
        if part.tag == tag:
            found += [m for m in part if _is_member(home, m.tag) and isinstance(m, PlacedElement)]
    return found


@lru_cache(maxsize=4096)
def _is_member(home: str, tag: str) -> bool:
    """Whether a tag is that of a member, in the namespace of another tag."""
    return _split(tag)[0] == _split(home)[0] and _split(tag)[1] not in ("annotation", "notes")


def has_text(element: Element) -> bool:
    """Whether there is text around the element's children."""
    text = element.text
    if text and not text.isspace():
        return True
    for part in element:
        tail = part.tail
        if tail and not tail.isspace():
            return True
    return False
