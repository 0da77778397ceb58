"""A first look at an XML file that keeps nothing: refuses what would hurt a parser that keeps everything."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from isthmus.errors import ModelError, Where
from isthmus.formats.xml_tree import not_well_formed

DEEPEST: Final = 200
MOST_ELEMENTS: Final = 1_000_000
LONGEST_ATTRIBUTE: Final = 65_536
MOST_ATTRIBUTES: Final = 1_000
# Consistency checks take a time that grows with the square of these.
MOST_ARGUMENTS: Final = {"apply": 10_000, "piecewise": 2_000}
# The time to read a comment grows with the square of its length.
LONGEST_COMMENT: Final = 1_000_000
_ENCODING: Final = re.compile(rb"""\A\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")


def prescan(data: bytes, file: str = "", root: str = "sbml") -> None:
    """Refuse what no model needs: a document type, deep nesting, millions of elements, huge parts of one.

    Also text that is not well-formed XML in UTF-8, and XML with another root than the one that is wanted.
    Streams through expat with constant memory. Raises `ModelError` with the line.
    """
    encoding = foreign_encoding(data)
    if encoding is not None:
        advice = "convert the file with iconv"
        found = f"the encoding {encoding}"
        raise ModelError("E-ENCODING", found, needed="UTF-8", advice=advice, where=Where(file, 1))
    scan = _Scan(file, root)
    try:
        scan.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise not_well_formed(error, file) from None


def foreign_encoding(data: bytes) -> str | None:
    """The encoding that a document declares, where it is none that is read here."""
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:1000])
    name = declared[1].decode("latin-1") if declared else "UTF-8"
    return None if name.upper() in ("UTF-8", "UTF8", "US-ASCII", "ASCII") else name


class _Scan:
    def __init__(self, file: str, root: str) -> None:
        self.file = file
        self.root = root
        self.elements = 0
        # [children so far, how many there may be] of every open element.
        self.open: list[list[int]] = []
        close = self.open.pop
        # The declared encoding was checked; forcing it keeps expat from guessing.
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda _name: close()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.CommentHandler = self._comment
        self.parser.ProcessingInstructionHandler = lambda _target, text: self._comment(text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements == 1 and name.rpartition(":")[2] != self.root:
            code, needed = ("E-NOT-SBML", "SBML") if self.root == "sbml" else ("E-XML-ROOT", f"<{self.root}>")
            raise self._refusal(code, f"XML with the root <{name[:60]}>", needed)
        if len(self.open) >= DEEPEST:
            raise self._refusal(
                "E-TOO-DEEP", f"elements nested deeper than {DEEPEST}", f"at most {DEEPEST} levels"
            )
        if self.elements > MOST_ELEMENTS:
            raise self._refusal(
                "E-TOO-LARGE", "more than a million XML elements", f"at most {MOST_ELEMENTS:,}"
            )
        if self.open:
            siblings = self.open[-1]
            siblings[0] += 1
            if siblings[0] > siblings[1]:
                raise self._too_many(siblings[1])
        self.open.append([0, MOST_ARGUMENTS.get(name.rpartition(":")[2], MOST_ELEMENTS)])
        size = sum(map(len, attributes)) + sum(map(len, attributes.values()))
        if size > LONGEST_ATTRIBUTE or len(attributes) > MOST_ATTRIBUTES:
            self._check(attributes)

    def _too_many(self, most: int) -> ModelError:
        parent = next(name for name, count in MOST_ARGUMENTS.items() if count == most)
        found = f"<{parent}> of more than {most:,} arguments"
        return self._refusal("E-TOO-LARGE", found, f"at most {most:,}")

    def _check(self, attributes: dict[str, str]) -> None:
        if len(attributes) > MOST_ATTRIBUTES:
            found = f"an element of {len(attributes):,} attributes"
            raise self._refusal("E-TOO-LARGE", found, f"at most {MOST_ATTRIBUTES:,}")
        if sum(map(len, attributes.values())) > LONGEST_COMMENT:
            found = "attributes of more than a million characters in one element"
            raise self._refusal("E-TOO-LARGE", found, f"at most {LONGEST_ATTRIBUTE:,} each")
        for key, value in attributes.items():
            if len(value) > LONGEST_ATTRIBUTE or len(key) > LONGEST_ATTRIBUTE:
                found = f"an attribute {key[:40]!r} of {len(value):,} characters"
                raise self._refusal("E-TOO-LARGE", found, f"at most {LONGEST_ATTRIBUTE:,}")

    def _comment(self, text: str) -> None:
        if len(text) > LONGEST_COMMENT:
            found = f"a comment of {len(text):,} characters"
            raise self._refusal("E-TOO-LARGE", found, f"at most {LONGEST_COMMENT:,}")

    def _doctype(self, name: str, *_rest: object) -> None:
        raise self._refusal("E-DTD", f"a document type declaration ({name[:60]})", "XML without one")

    def _refusal(self, code: str, found: str, needed: str) -> ModelError:
        where = Where(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        return ModelError(code, found, needed=needed, where=where)
