"""One mode of the full model, as a rung of the time-scale ladder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Self

from isthmus.records.numbers import decode_number, encode_number

Label = Literal["fast", "slow", "frozen"]


@dataclass(frozen=True, slots=True)
class ScaleLine:
    """One mode of the full model: its time scale, and who takes part in it.

    tau: in the model's time unit. species and reactions: (id, participation), largest first,
    participations between 0 and 1. period: of the oscillation of this mode, NaN where it does not
    oscillate. stable: whether it decays.
    """

    tau: float
    label: Label
    species: tuple[tuple[str, float], ...]
    reactions: tuple[tuple[str, float], ...] = ()
    period: float = math.nan
    stable: bool = True

    def as_json(self) -> dict[str, Any]:
        """The fields by name; participations as pairs."""
        return {
            "tau": encode_number(self.tau),
            "label": self.label,
            "species": [list(pair) for pair in self.species],
            "reactions": [list(pair) for pair in self.reactions],
            "period": encode_number(self.period),
            "stable": self.stable,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The line that `as_json` wrote."""
        species, reactions = (
            tuple((name, part) for name, part in data[key]) for key in ("species", "reactions")
        )
        return cls(
            decode_number(data["tau"]),
            data["label"],
            species,
            reactions,
            decode_number(data["period"]),
            data["stable"],
        )
