"""What a file holds, told by its bytes and not by its name."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from isthmus.errors import ModelError, Where

LARGEST_FILE: Final = 100_000_000
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_NETWORK: Final = re.compile(rb"^[ \t]*begin[ \t]+(parameters|species|reactions|model)\b", re.MULTILINE)


class Content(Enum):
    """The formats that can be read."""

    SBML = "sbml"
    ANTIMONY = "antimony"
    NETWORK = "network"


def recognise(data: bytes, file: str = "") -> Content:
    """SBML when the first character is `<`; of other UTF-8 text a network where blocks begin, else Antimony.

    No line of Antimony reads `begin species`. Anything else is refused with advice.
    """
    where = Where(file)
    if not data.strip():
        raise ModelError("E-EMPTY", "an empty file", needed="SBML or Antimony", where=where)
    if len(data) > LARGEST_FILE:
        raise ModelError(
            "E-TOO-LARGE", f"{len(data):,} bytes", needed=f"at most {LARGEST_FILE:,} bytes", where=where
        )
    for magic, kind in _COMPRESSED.items():
        if data.startswith(magic):
            advice = f"unpack it first, then give the SBML file inside ({kind} is not unpacked here)"
            raise ModelError(
                "E-COMPRESSED",
                f"a {kind} archive",
                needed="SBML or Antimony text",
                advice=advice,
                where=where,
            )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:1000]:
        raise ModelError(
            "E-ENCODING", "text that is not UTF-8, or no text at all", needed="UTF-8 text", where=where
        )
    start = data.removeprefix(_UTF8_MARK).lstrip()
    if start.startswith(b"<"):
        return Content.SBML
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        place = Where(file, line)
        raise ModelError(
            "E-ENCODING", "bytes that are not UTF-8", needed="SBML or Antimony in UTF-8", where=place
        ) from None
    return Content.NETWORK if _NETWORK.search(data) else Content.ANTIMONY
