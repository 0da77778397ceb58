"""The time scales of a model along a trajectory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from isthmus.records.numbers import encode_number
from isthmus.records.scale_line import Label, ScaleLine

FAST_FRACTION = 0.05
FROZEN_MULTIPLE = 10.0


class Pace(StrEnum):
    """A time scale against the horizon T: fast τ ≤ T/20, frozen τ ≥ 10 T, slow in between."""

    FAST = "fast"
    SLOW = "slow"
    FROZEN = "frozen"

    @classmethod
    def of(cls, tau: float, horizon: float) -> Pace:
        """Return the pace of a time scale."""
        if tau <= FAST_FRACTION * horizon:
            return cls.FAST
        return cls.FROZEN if tau >= FROZEN_MULTIPLE * horizon else cls.SLOW


_LABELS: dict[Pace, Label] = {Pace.FAST: "fast", Pace.SLOW: "slow", Pace.FROZEN: "frozen"}


@dataclass(frozen=True, slots=True)
class Mode:
    """One time scale: the k-th fastest mode of the linearised dynamics, seen along the trajectory.

    tau: 1/|Re λ|, median over the points; [low, high] its range over the middle 80 % of them. period: 2π/|Im
    λ|, median where it rotates, `inf` where it rotates at fewer than half of the points. pace: by the high
    end, so that "fast" holds along the way. growing: fraction of points with Re λ > 0 that grows within the
    horizon. species, reactions: participations, each summing to 1 but for shares under 0.1 %, largest first,
    mean over the points.
    """

    tau: float
    low: float
    high: float
    period: float
    pace: Pace
    growing: float
    species: tuple[tuple[str, float], ...]
    reactions: tuple[tuple[str, float], ...]

    @property
    def is_unstable(self) -> bool:
        """Whether it grows at more than half of the points."""
        return self.growing > 0.5

    @property
    def rotates(self) -> bool:
        """Whether it oscillates at half of the points or more."""
        return self.period != math.inf


@dataclass(frozen=True, slots=True)
class Gap:
    """A separation: mode `after` (from 0, fastest first) is `ratio` times faster than the next."""

    after: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Scales:
    """What the linearised dynamics say about a model along one trajectory.

    modes: fastest first. conserved: the number of conserved totals, whose zero modes are removed exactly.
    times: the points looked at. species_time: species → median of 1/|∂ẋ_s/∂x_s|, how long it remembers
    itself; `inf` where it does not act on itself. mode_time: species → exp(Σ participation · ln τ), the scale
    of the modes that it takes part in.
    """

    horizon: float
    modes: tuple[Mode, ...]
    conserved: int
    times: tuple[float, ...]
    species_time: Mapping[str, float]
    mode_time: Mapping[str, float]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Ratios of consecutive time scales, widest first."""
        taus = [mode.tau for mode in self.modes]
        pairs = enumerate(pairwise(taus))
        found = [
            Gap(k, later / earlier if earlier > 0 else math.inf)
            for k, (earlier, later) in pairs
            if later != earlier
        ]
        return tuple(sorted(found, key=lambda gap: -gap.ratio))

    def count(self, pace: Pace) -> int:
        """Return how many modes have this pace."""
        return sum(mode.pace is pace for mode in self.modes)

    def lines(self) -> tuple[ScaleLine, ...]:
        """Return the modes as the rungs of the report's time-scale ladder."""
        return tuple(
            ScaleLine(
                mode.tau,
                _LABELS[mode.pace],
                mode.species,
                mode.reactions,
                mode.period if mode.rotates else math.nan,
                not mode.is_unstable,
            )
            for mode in self.modes
        )

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON objects; infinities as text."""
        return {
            "horizon": self.horizon,
            "conserved": self.conserved,
            "times": list(self.times),
            "modes": [_mode_json(mode) for mode in self.modes],
            "gaps": [{"after": gap.after, "ratio": encode_number(gap.ratio)} for gap in self.gaps],
            "species_time": {name: encode_number(value) for name, value in self.species_time.items()},
            "mode_time": {name: encode_number(value) for name, value in self.mode_time.items()},
        }


def _mode_json(mode: Mode) -> dict[str, Any]:
    numbers = {
        name: encode_number(getattr(mode, name)) for name in ("tau", "low", "high", "period", "growing")
    }
    return numbers | {
        "pace": mode.pace.value,
        "unstable": mode.is_unstable,
        "species": dict(mode.species),
        "reactions": dict(mode.reactions),
    }
