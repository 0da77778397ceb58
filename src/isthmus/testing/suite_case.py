"""Cases of the SBML Test Suite: a folder each, with models, settings and expected curves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from isthmus.errors import UsageError, Where

_MODEL: Final = re.compile(r"(?P<case>\d{5})-sbml-l(?P<level>\d)v(?P<version>\d)\.xml\Z")
_FOLDER: Final = re.compile(r"\d{5}\Z")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a case is to be run and judged.

    The value of a point may differ from the expected one by absolute + relative · |expected|. amounts,
    concentrations: which variables are species, and as what they are told; any other is told as its id in
    formulas. A case without a duration is of another kind (flux balance).
    """

    start: float | None
    duration: float | None
    steps: int
    variables: tuple[str, ...]
    absolute: float
    relative: float
    amounts: frozenset[str]
    concentrations: frozenset[str]


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """One case: its five digits, its folder, and its files from the oldest to the newest level."""

    number: str
    folder: Path
    models: tuple[Path, ...]

    @property
    def settings(self) -> Path:
        """The file of the settings."""
        return self.folder / f"{self.number}-settings.txt"

    @property
    def results(self) -> Path:
        """The file of the expected curves."""
        return self.folder / f"{self.number}-results.csv"


def read_settings(path: Path) -> Settings:
    """The settings in a file of `key: value` lines."""
    fields: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields[key.strip().lower()] = value.strip()
    return Settings(
        start=_number(fields.get("start", "")),
        duration=_number(fields.get("duration", "")),
        steps=int(_number(fields.get("steps", "")) or 0),
        variables=_names(fields.get("variables", "")),
        absolute=_number(fields.get("absolute", "")) or 0.0,
        relative=_number(fields.get("relative", "")) or 0.0,
        amounts=frozenset(_names(fields.get("amount", ""))),
        concentrations=frozenset(_names(fields.get("concentration", ""))),
    )


def find_cases(folder: Path, chosen: str = "") -> tuple[SuiteCase, ...]:
    """The cases below a folder by number; chosen: numbers and ranges such as `00001-00100,00930`."""
    found = {
        path.name: case
        for path in sorted(folder.rglob("*"))
        if path.is_dir() and _FOLDER.match(path.name) and (case := _case(path)) is not None
    }
    wanted = list(_selected(chosen, tuple(found))) if chosen else list(found)
    if not wanted:
        raise UsageError(
            "E-FILE",
            f"no case {chosen}".strip() + " of the SBML Test Suite",
            needed="folders such as 00001 with 00001-sbml-l3v2.xml, 00001-settings.txt and 00001-results.csv",
            where=Where(str(folder)),
        )
    return tuple(found[number] for number in sorted(set(wanted)))


def _case(folder: Path) -> SuiteCase | None:
    models = sorted(
        path for path in folder.iterdir() if (m := _MODEL.match(path.name)) and m["case"] == folder.name
    )
    case = SuiteCase(folder.name, folder, tuple(models))
    return case if models and case.settings.is_file() and case.results.is_file() else None


def _selected(chosen: str, numbers: Sequence[str]) -> Iterator[str]:
    for part in filter(None, (text.strip() for text in chosen.split(","))):
        first, dash, last = part.partition("-")
        if not (first.isdigit() and (last.isdigit() or not dash)):
            raise UsageError("E-FILE", f"the cases {part!r}", needed="numbers and ranges: 00001-00100,00930")
        low, high = int(first), int(last or first)
        yield from (number for number in numbers if low <= int(number) <= high)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,\s]+", text)))
