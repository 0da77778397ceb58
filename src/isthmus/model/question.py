"""A question: what to see, how well, for how long and under which conditions."""

from __future__ import annotations

from dataclasses import dataclass

from isthmus.algebra.expression import Expression
from isthmus.model.input import Input


@dataclass(frozen=True, slots=True)
class Observable:
    """Something to see: a name and the formula behind it."""

    name: str
    formula: Expression


@dataclass(frozen=True, slots=True)
class Range:
    """One quantity of the domain: log-uniform (or uniform where `low` ≤ 0) on [low, high].

    relative: the bounds are multiples of the nominal value. quantity: a parameter's id, or a species' id for
    its initial value.
    """

    quantity: str
    low: float
    high: float
    relative: bool = True

    def bounds(self, nominal: float) -> tuple[float, float]:
        """(low, high) in the quantity's own unit."""
        if not self.relative:
            return self.low, self.high
        ends = sorted((self.low * nominal, self.high * nominal))
        return ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class Domain:
    """The conditions for which an answer must hold: independent ranges, all else at its nominal value.

    inputs: classes of schedules; the range of each of their levels is among `ranges`.
    """

    ranges: tuple[Range, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a reduced model must still answer.

    tolerance: a fraction of the peak (or of the range, see `metric`). horizon: end of the window, in the
    model's time unit. after: start of the window. metric: "peak", "range" or "features". seed: the user's.
    """

    observables: tuple[Observable, ...]
    tolerance: float
    horizon: float
    domain: Domain
    after: float = 0.0
    metric: str = "peak"
    seed: int = 1
    horizon_reason: str = "asked for"
