"""Ids that nothing else has."""

from typing import Final

LAW: Final = "law_"
"""How the functions begin that our writer makes of long laws."""


def unique_id(wanted: str, taken: set[str]) -> str:
    """The wanted id, numbered from 2 where it is taken; `taken` then holds it too."""
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    taken.add(name)
    return name
