"""An XML document as a tree whose elements know their place, and give their source text back verbatim."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

from isthmus.errors import ModelError, Where
from isthmus.formats.xml_places import Places
from isthmus.formats.xml_text import quoted

_NAME: Final = re.compile(r"<[^\s/>]+")
_PREFIX_DECLARED: Final = re.compile(r"\sxmlns:([\w.-]+)\s*=")
_DEFAULT_DECLARED: Final = re.compile(r"\sxmlns\s*=")
_START_TAG: Final = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_PREFIX_USED: Final = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")


@dataclass(frozen=True)
class Document:
    """The root, and the bytes it was read from. Few elements are ever asked for their place."""

    root: Element
    data: bytes

    @cached_property
    def places(self) -> Places:
        """Where the elements stand."""
        return Places(self.root, self.data)

    def verbatim(self, element: Element, tag: str, without: Collection[Element] = ()) -> str:
        """The element's content as written, inside a bare `tag`; "" if it is empty.

        Each child declares the prefixes that it took from outside. without: children to leave out.
        """
        if self._is_empty(element):
            return ""
        pieces, position = [], self._opening(element).end()
        scope = self.places.scope(element)
        for part in element:
            pieces.append(self._text(position, self.places.start(part)))
            position = self._after(part)
            if not any(part is left_out for left_out in without):
                pieces.append(self._self_contained(part, position, scope))
        inner = "".join([*pieces, self._text(position, self.places.end(element))]).strip()
        return f"<{tag}>{inner}</{tag}>" if inner else ""

    def without(self, elements: Iterable[Element]) -> bytes:
        """The bytes with these elements blanked; every other line keeps its number."""
        kept, position = [], 0
        for element in elements:
            start = self.places.start(element)
            if start >= position:
                kept.append(self.data[position:start])
                position = self._after(element)
                kept.append(b"\n" * self.data.count(b"\n", start, position))
        return b"".join([*kept, self.data[position:]])

    def _self_contained(self, part: Element, end: int, scope: Mapping[str, str]) -> str:
        text = self._text(self.places.start(part), end)
        opening = self._opening(part)[0].decode("utf-8")
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

    def _opening(self, element: Element) -> re.Match[bytes]:
        opening = _START_TAG.match(self.data, self.places.start(element))
        assert opening is not None, "expat said that a tag starts here"
        return opening

    def _is_empty(self, element: Element) -> bool:
        return self._opening(element)[0].endswith(b"/>")

    def _after(self, element: Element) -> int:
        """The first byte behind the element."""
        if self._is_empty(element):
            return self._opening(element).end()
        return self.data.index(b">", self.places.end(element)) + 1


def parse_document(data: bytes, file: str = "") -> Document:
    """The tree of a document that has passed the pre-scan.

    Raises `ModelError` E-XML for names that are none or have an undeclared prefix, which the pre-scan, which
    knows no namespaces, lets pass.
    """
    parser = XMLParser(encoding="UTF-8")
    try:
        parser.feed(data)
        root = parser.close()
    except ParseError as error:
        raise not_well_formed(error, file) from None
    assert isinstance(root, Element)
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


def children(element: Element, name: str) -> list[Element]:
    """The children of this local name in the element's own namespace."""
    tag = _relative(element.tag, name)
    return [part for part in element if part.tag == tag]


def child(element: Element, name: str) -> Element | None:
    """The first child of this local name, in the element's own namespace."""
    tag = _relative(element.tag, name)
    for part in element:
        if part.tag == tag:
            return part
    return None


def items(element: Element, list_name: str) -> list[Element]:
    """The members of a list child (`listOfSpecies` …) in the element's own namespace, in order.

    Notes and annotations of the list itself are left out.
    """
    tag, home = _relative(element.tag, list_name), element.tag
    found: list[Element] = []
    for part in element:
        if part.tag == tag:
            found += [m for m in part if _is_member(home, m.tag)]
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
