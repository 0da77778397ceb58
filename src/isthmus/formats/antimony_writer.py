"""Model → Antimony text, by way of SBML."""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from isthmus.errors import UnsupportedFeature, Where
from isthmus.formats.sandbox import READER
from isthmus.formats.sbml_writer import sbml_text
from isthmus.model.model import Model

_RULE: Final = re.compile("<assignmentRule .*?</assignmentRule>", re.DOTALL)
_NAME: Final = re.compile(r"<ci> (\w+) </ci>")
_NUMBER: Final = re.compile(r"\d+")
_STAND_IN: Final = 1_500_000_000
_TAKE_NAMES: Final = ("rateOf", "delay")
"""What takes a name and no number."""


def antimony_text(model: Model) -> str:
    """The model as Antimony text; raises `UnsupportedFeature` or `ModelError` where that cannot say it."""
    fast = [reaction.id for reaction in model.reactions if reaction.fast]
    if fast:
        raise UnsupportedFeature(
            "E-FAST-REACTION",
            f"reactions declared fast ({', '.join(fast)}), which Antimony has no word for",
            needed="reactions with finite rates",
            advice="write SBML, or replace each by its equilibrium",
            where=Where(object=f"reaction {fast[0]!r}"),
        )
    text, names = _without_chains(sbml_text(model), {rule.variable for rule in model.assignments})
    written = _written(text)
    # Names that mean something in Antimony are changed by it.
    if not names.keys().isdisjoint(_NUMBER.findall(written)) and set(names.values()) - _defined(written):
        return _written(sbml_text(model))
    return _NUMBER.sub(lambda found: names.get(found[0], found[0]), written)


def _written(sbml: str) -> str:
    return str(READER.ask("antimony", sbml.encode())["text"])


def _defined(text: str) -> set[str]:
    return set(re.findall(r"^\s*(\w+) := ", text, re.MULTILINE))


def _without_chains(text: str, ruled: set[str]) -> tuple[str, dict[str, str]]:
    """(SBML in which no rule names what another rule gives, number in place of a name → that name).

    libAntimony follows such names again for each path through the rules: seconds where there are twenty.
    """
    taken = set(_NUMBER.findall(text))
    free = (number for number in map(str, count(_STAND_IN)) if number not in taken)
    numbers = dict(zip(sorted(ruled), free, strict=False))

    def hide(rule: re.Match[str]) -> str:
        if any(word in rule[0] for word in _TAKE_NAMES):
            return rule[0]
        return _NAME.sub(stand_in, rule[0])

    def stand_in(name: re.Match[str]) -> str:
        return f'<cn type="integer"> {numbers[name[1]]} </cn>' if name[1] in numbers else name[0]

    return _RULE.sub(hide, text), {number: name for name, number in numbers.items()}
