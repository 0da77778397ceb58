"""A hostile document read at once, which most documents bear: what looks suspicious is scanned first."""

from __future__ import annotations

import re
from itertools import chain
from operator import attrgetter
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.errors import ModelError
from isthmus.formats.prescan import (
    DEEPEST,
    MOST_ARGUMENTS,
    MOST_ATTRIBUTES,
    MOST_ELEMENTS,
    foreign_encoding,
    prescan,
)
from isthmus.formats.xml_tree import Document, local_name, local_part, parse_document

# What the pre-scan refuses for its length or its number of attributes takes at least so many bytes of text
# without the beginning of a tag, or in one comment.
_GAP: Final = 5 * MOST_ATTRIBUTES
_SHORT_TAGS: Final = re.compile(rb"(?:[^<]{0,%d}+<)*+[^<]{0,%d}+" % (_GAP, _GAP))
_COMMENT: Final = re.compile(rb"<!--.{0,%d}?-->" % _GAP, re.DOTALL)
_DECLARATION: Final = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s")
_FEWEST_ARGUMENTS: Final = min(MOST_ARGUMENTS.values())
_TAG: Final = attrgetter("tag")
_OPAQUE: Final = frozenset({"annotation", "notes"})


def scan_document(data: bytes, file: str = "", root: str = "sbml", transparent: str = "\0") -> Document:
    """The tree of a document, with what `prescan` and `parse_document` refuse refused.

    Of annotations and notes it holds the children, and what is below them only for those whose tag begins
    with `transparent`; their text can be had verbatim.
    """
    if _is_suspicious(data):
        prescan(data, file, root)
    try:
        document = parse_document(data, file)
    except ModelError:
        prescan(data, file, root)
        raise
    opaque, is_modest = _survey(document.root)
    if not is_modest or local_name(document.root) != root:
        prescan(data, file, root)
    for element in opaque:
        for part in element:
            if len(part) and not part.tag.startswith(transparent):
                document.places.number()
                del part[:]
    return document


def _is_suspicious(data: bytes) -> bool:
    """Whether the text may be one that the pre-scan refuses for other reasons than its elements."""
    return (
        foreign_encoding(data) is not None
        or data.count(b"<") > MOST_ELEMENTS
        or data.count(b"<!") != sum(1 for _ in _COMMENT.finditer(data))
        or data.count(b"<?") != (_DECLARATION.match(data) is not None)
        or _SHORT_TAGS.fullmatch(data) is None
    )


def _survey(root: Element) -> tuple[list[Element], bool]:
    """The annotations and notes, and whether the elements are as few, flat and narrow as they must be."""
    tags: set[str] = set()
    elements = depth = widest = 0
    level = [root]
    while level:
        depth += 1
        elements += len(level)
        widest = max(widest, max(map(len, level)))
        tags.update(map(_TAG, level))
        level = list(chain.from_iterable(level))
    opaque = [element for tag in tags if local_part(tag) in _OPAQUE for element in root.iter(tag)]
    is_narrow = widest <= _FEWEST_ARGUMENTS or not any(map(_has_many_arguments, root.iter()))
    return opaque, is_narrow and depth <= DEEPEST and elements <= MOST_ELEMENTS


def _has_many_arguments(element: Element) -> bool:
    return len(element) > _FEWEST_ARGUMENTS and local_part(element.tag) in MOST_ARGUMENTS
