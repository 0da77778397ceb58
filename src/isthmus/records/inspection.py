"""What is in a model, as tables for people and machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from isthmus.records.ladder import Size

SCHEMA: Final = "isthmus-inspection"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Quantity:
    """A species, parameter or compartment.

    value: the initial one, None where a formula gives it. rule: that formula's kind.
    """

    id: str
    name: str
    value: float | None
    unit: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A reaction: id, what turns into what, and its rate as text."""

    id: str
    equation: str
    rate: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event: when it happens, what it assigns, and how it is executed where that is not the usual way."""

    id: str
    trigger: str
    assignments: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to observe, and why it was chosen."""

    observable: str
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A model at a glance.

    size: None where the model cannot be run as rates; problems then say why. horizon: None where none
    could be derived. command: a line ready to paste, "" where nothing can be proposed. losses: what of
    the file is not in the model.
    """

    source: str
    model: str
    name: str
    sha256: str
    size: Size | None
    compartments: tuple[Quantity, ...]
    species: tuple[Quantity, ...]
    parameters: tuple[Quantity, ...]
    reactions: tuple[Conversion, ...]
    events: tuple[Occurrence, ...]
    totals: tuple[str, ...]
    substance_unit: str
    volume_unit: str
    time_unit: str
    proposals: tuple[Proposal, ...]
    horizon: float | None
    horizon_reason: str
    command: str
    losses: tuple[str, ...]
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The fields by name, with schema and version."""
        return {"schema": SCHEMA, "version": VERSION, **asdict(self)}
