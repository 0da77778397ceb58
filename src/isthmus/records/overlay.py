"""Full against reduced at the nominal condition: the curves of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from isthmus.records.numbers import decode_number, encode_number

Series = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """The observables of both models at the same times.

    full and reduced: one series an observable, each as long as `times`. scales: what an error is divided
    by, one number an observable.
    """

    times: Series
    observables: tuple[str, ...]
    full: tuple[Series, ...]
    reduced: tuple[Series, ...]
    scales: Series
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, rows in (("full", self.full), ("reduced", self.reduced)):
            if len(rows) != len(self.observables) or any(len(row) != len(self.times) for row in rows):
                raise ValueError(
                    f"{name} must hold one series of {len(self.times)} values for each observable"
                )
        if len(self.scales) != len(self.observables):
            raise ValueError("scales must hold one number for each observable")

    def as_json(self) -> dict[str, Any]:
        """Times, series and scales by name."""
        return {
            "times": list(self.times),
            "observables": list(self.observables),
            "full": [[encode_number(value) for value in row] for row in self.full],
            "reduced": [[encode_number(value) for value in row] for row in self.reduced],
            "scales": [encode_number(value) for value in self.scales],
            "units": list(self.units),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The overlay that `as_json` wrote."""
        return cls(
            tuple(data["times"]),
            tuple(data["observables"]),
            tuple(tuple(map(decode_number, row)) for row in data["full"]),
            tuple(tuple(map(decode_number, row)) for row in data["reduced"]),
            tuple(map(decode_number, data["scales"])),
            tuple(data["units"]),
        )
