"""What Antimony has words for: ids, names, SBO terms, relations to databases, the text of notes.

It has none for metaids, for what is said about a rule, for other annotations; notes become Markdown, in which
a line break may join two words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import fromstring

from isthmus.formats.annotations import resources_of
from isthmus.model.annotation import Annotation
from isthmus.model.model import Model

_COLLECTIONS: Final = ("compartments", "species", "parameters", "reactions", "events")


def find_renamed(before: Model, after: Model) -> dict[str, str]:
    """Id → id where Antimony's own words and functions take an id, which then gets a `_`."""
    there = after.ids | {event.id for event in after.events}
    ids = sorted(before.ids | {event.id for event in before.events})
    return {name: f"{name}_" for name in ids if name not in there and f"{name}_" in there}


def find_unsaid(before: Model, after: Model, renamed: dict[str, str]) -> tuple[str, ...]:
    """`what of element` for everything that Antimony could say and its text does not."""
    found = [f"{what} of the model" for what in _unsaid(before.annotation, after.annotation)]
    for collection in _COLLECTIONS:
        there = {member.id: member for member in getattr(after, collection)}
        for member in getattr(before, collection):
            other = there.get(renamed.get(member.id, member.id))
            if other is None:
                found.append(collection.rstrip("s") + f" {member.id}")
                continue
            if member.name not in ("", member.id, other.name):
                found.append(f"name of {member.id}")
            found += [f"{what} of {member.id}" for what in _unsaid(member.annotation, other.annotation)]
    return tuple(found)


def _unsaid(before: Annotation, after: Annotation) -> Iterator[str]:
    if before.sbo and before.sbo != after.sbo:
        yield "SBO term"
    if set(resources_of(before)) - set(resources_of(after)):
        yield "relation"
    if _letters(before.notes) - _letters(after.notes):
        yield "text of the notes"


def _letters(notes: str) -> Counter[str]:
    text = "".join(fromstring(notes).itertext()) if notes else ""
    return Counter(filter(str.isalnum, text))
