"""The lines of a BioNetGen network file, by block, each with its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from isthmus.errors import ModelError, UnsupportedFeature, Where

READ: Final = ("parameters", "functions", "species", "reactions", "groups")
# What a network was generated from, or where its species live: its reactions say all of it again.
_SAID_AGAIN: Final = frozenset(
    {"molecule types", "observables", "reaction rules", "compartments", "energy patterns"}
)
_EDGE: Final = re.compile(r"(begin|end)\s+(\S.*?)\s*")
# What an action may say without a consequence for the reactions.
_WITHOUT_EFFECT: Final = re.compile(
    r"(substanceUnits|setOption|version|setModelName)\s*\(.*\)\s*;?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its comment; file and number say where it stands, comment what followed `#`."""

    file: str
    number: int
    text: str
    comment: str = ""

    def where(self, what: str = "") -> Where:
        """The place for an error about something in this line."""
        return Where(self.file, self.number, object=what)

    def malformed(self, found: str, needed: str) -> ModelError:
        """A refusal of this line."""
        return ModelError("E-NETWORK", found, needed=needed, where=self.where())

    def unsupported(self, found: str, needed: str, advice: str = "") -> UnsupportedFeature:
        """A refusal of something that is not handled."""
        return UnsupportedFeature(
            "E-NETWORK-FEATURE", found, needed=needed, advice=advice, where=self.where()
        )


def read_blocks(text: str, file: str) -> dict[str, list[Line]]:
    """Block name → its lines, for the blocks that make the model; all of them are there, some empty."""
    blocks: dict[str, list[Line]] = {name: [] for name in READ}
    inside, opened = "", Line(file, 1, "")
    seen: set[str] = set()
    for line in _lines(text, file):
        edge = _EDGE.fullmatch(line.text)
        if edge is None:
            if inside in blocks:
                blocks[inside].append(line)
            elif not inside:
                _refuse_action(line)
        elif (edge[1] == "begin") == bool(inside) or (inside and edge[2] != inside):
            raise line.malformed(
                f"{line.text!r}", f"'end {inside}' first" if inside else "a block that has begun"
            )
        elif edge[1] == "begin":
            inside, opened = edge[2], line
            if inside in seen:
                raise line.malformed(f"a second block {inside!r}", "one of each")
            if inside not in blocks and inside not in _SAID_AGAIN:
                _refuse_block(line, inside)
            seen.add(inside)
        else:
            inside = ""
    if inside:
        raise opened.malformed(f"a block {inside!r} that does not end", f"'end {inside}'")
    for name in ("species", "reactions"):
        if name not in seen:
            raise ModelError(
                "E-NETWORK",
                f"no block of {name}",
                needed="a network: rules are not expanded here",
                advice="run generate_network in BioNetGen and give its .net file",
                where=Where(file),
            )
    return blocks


def _lines(text: str, file: str) -> Iterator[Line]:
    """Lines that say something, joined where they end in a backslash."""
    waiting, first = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        content, _, comment = raw.partition("#")
        first = first or number
        waiting += " ".join(content.split())
        if waiting.endswith("\\"):
            waiting = waiting[:-1] + " "
            continue
        if waiting.strip():
            yield Line(file, first, waiting.strip(), comment.strip())
        waiting, first = "", 0
    if waiting.strip():
        yield Line(file, first, waiting.strip())


def _refuse_action(line: Line) -> None:
    if not _WITHOUT_EFFECT.fullmatch(line.text):
        raise line.unsupported(
            f"{line.text[:60]!r} outside of every block", "a network without actions", "remove this line"
        )


def _refuse_block(line: Line, name: str) -> None:
    if name in ("model", "seed species", "reaction rules"):
        raise line.malformed(
            f"a block {name!r}", "a network (.net): run generate_network in BioNetGen and give its output"
        )
    known = ", ".join((*READ, *sorted(_SAID_AGAIN)))
    raise line.unsupported(f"a block {name!r}", f"one of {known}")
