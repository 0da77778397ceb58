"""Provenance: where a result comes from, and how to get it again."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

LIBRARIES = (
    "isthmus",
    "antimony",
    "llvmlite",
    "numba",
    "numpy",
    "python-libsbml",
    "scikit-sundae",
    "scipy",
    "sympy",
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a result, when, on what, from what.

    command: the line that regenerates it. source: the model file as the user named it. hashes: (what,
    SHA-256). versions: (library, version). date: UTC, ISO 8601.
    """

    command: str
    seed: int
    source: str
    hashes: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    python: str
    platform: str
    cpu_count: int
    date: str

    def as_json(self) -> dict[str, Any]:
        """The fields by name; hashes and versions as objects."""
        return {
            "command": self.command,
            "seed": self.seed,
            "source": self.source,
            "hashes": dict(self.hashes),
            "versions": dict(self.versions),
            "python": self.python,
            "platform": self.platform,
            "cpu_count": self.cpu_count,
            "date": self.date,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The provenance that `as_json` wrote."""
        return cls(
            data["command"],
            data["seed"],
            data["source"],
            tuple(data["hashes"].items()),
            tuple(data["versions"].items()),
            data["python"],
            data["platform"],
            data["cpu_count"],
            data["date"],
        )


def collect_provenance(
    command: str, seed: int, source: str, hashes: Mapping[str, str], *, date: datetime | None = None
) -> Provenance:
    """The provenance of a result made by this process, now unless `date` says otherwise."""
    moment = (date or datetime.now(UTC)).astimezone(UTC)
    return Provenance(
        command=command,
        seed=seed,
        source=source,
        hashes=tuple(sorted(hashes.items())),
        versions=tuple((library, installed_version(library)) for library in LIBRARIES),
        python=platform.python_version(),
        platform=platform.platform(),
        cpu_count=os.cpu_count() or 1,
        date=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def installed_version(library: str) -> str:
    """The version of a library, in words where there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
