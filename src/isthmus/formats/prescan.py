"""A first look at an XML file that keeps nothing: refuses what would hurt a parser that keeps everything."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from isthmus.errors import ModelError, Where

DEEPEST: Final = 200
MOST_ELEMENTS: Final = 1_000_000
LONGEST_ATTRIBUTE: Final = 65_536
_ENCODING: Final = re.compile(rb"""\A\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")


def prescan(data: bytes, file: str = "") -> None:
    """Refuse what no model needs: a document type, deep nesting, a million elements, huge attributes.

    Also text that is not well-formed XML in UTF-8, and XML that is not SBML. Streams through expat with
    constant memory. Raises `ModelError` with the line.
    """
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:1000])
    if declared and declared[1].decode("latin-1").upper() not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
        found = f"the encoding {declared[1].decode('latin-1')}"
        raise ModelError(
            "E-ENCODING", found, needed="UTF-8", advice="convert the file with iconv", where=Where(file, 1)
        )
    scan = _Scan(file)
    try:
        scan.parser.Parse(data, True)
    except expat.ExpatError as error:
        found = f"not well-formed XML: {expat.errors.messages[error.code]}"
        raise ModelError("E-XML", found, where=Where(file, error.lineno, error.offset + 1)) from None


class _Scan:
    def __init__(self, file: str) -> None:
        self.file = file
        self.depth = 0
        self.elements = 0
        # The declared encoding was checked; forcing it keeps expat from guessing.
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.elements == 1 and name.rpartition(":")[2] != "sbml":
            raise self._refusal("E-NOT-SBML", f"XML with the root <{name[:60]}>", "SBML")
        if self.depth > DEEPEST:
            raise self._refusal(
                "E-TOO-DEEP", f"elements nested deeper than {DEEPEST}", f"at most {DEEPEST} levels"
            )
        if self.elements > MOST_ELEMENTS:
            raise self._refusal(
                "E-TOO-LARGE", "more than a million XML elements", f"at most {MOST_ELEMENTS:,}"
            )
        for key, value in attributes.items():
            if len(value) > LONGEST_ATTRIBUTE or len(key) > LONGEST_ATTRIBUTE:
                found = f"an attribute {key[:40]!r} of {len(value):,} characters"
                raise self._refusal("E-TOO-LARGE", found, f"at most {LONGEST_ATTRIBUTE:,}")

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _doctype(self, name: str, *_rest: object) -> None:
        raise self._refusal("E-DTD", f"a document type declaration ({name[:60]})", "SBML without one")

    def _refusal(self, code: str, found: str, needed: str) -> ModelError:
        where = Where(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        return ModelError(code, found, needed=needed, where=where)
