"""The ladder: ever simpler models, from the full one down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from isthmus.records.numbers import decode_number, encode_number


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is: states, reactions, parameters, and additive terms of its right-hand side."""

    states: int
    reactions: int
    parameters: int
    terms: int

    def as_json(self) -> dict[str, int]:
        """The four counts by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The size that `as_json` wrote; other keys are left alone."""
        return cls(data["states"], data["reactions"], data["parameters"], data["terms"])


@dataclass(frozen=True, slots=True)
class ErrorQuantiles:
    """The error at the nominal condition, and its median, 90 % quantile and largest over all conditions.

    Fractions of the observable's scale, as the tolerance; NaN where nothing was measured.
    """

    nominal: float
    median: float
    p90: float
    worst: float

    def as_json(self) -> dict[str, Any]:
        """The four numbers by name."""
        return {name: encode_number(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The quantiles that `as_json` wrote."""
        return cls(*(decode_number(data[name]) for name in ("nominal", "median", "p90", "worst")))


@dataclass(frozen=True, slots=True)
class Rung:
    """One model of the ladder.

    speed: run time of the full model over this one's, NaN where not measured. steps: what was done to get
    here from the rung above, in plain words. closed_form: every eliminated quantity has a formula, so the
    model is plain SBML.
    """

    size: Size
    error: ErrorQuantiles
    speed: float
    steps: tuple[str, ...] = ()
    closed_form: bool = True

    def as_json(self) -> dict[str, Any]:
        """Size, error and steps; `error` is the worst one, `error_quantiles` all four."""
        return {
            **self.size.as_json(),
            "error": encode_number(self.error.worst),
            "error_quantiles": self.error.as_json(),
            "speed": encode_number(self.speed),
            "steps": list(self.steps),
            "closed_form": self.closed_form,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The rung that `as_json` wrote."""
        return cls(
            Size.from_json(data),
            ErrorQuantiles.from_json(data["error_quantiles"]),
            decode_number(data["speed"]),
            tuple(data["steps"]),
            data["closed_form"],
        )
