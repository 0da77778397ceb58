"""An input: what is done to a system from outside, at fixed times and in unknown amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STEPS: Final = "steps"
DOSES: Final = "doses"
KINDS: Final = (STEPS, DOSES)


@dataclass(frozen=True, slots=True)
class Input:
    """A class of schedules for one quantity: its times are fixed, each of its levels has the same range.

    kind: "steps", a quantity that is constant between times, one level an interval and its own value outside;
    or "doses", amounts added to it at once, one level a time. times: rising, in the model's unit. low, high:
    of each level, multiples of the quantity's own value where `relative`. text: as it was asked for.
    """

    quantity: str
    kind: str
    times: tuple[float, ...]
    low: float
    high: float
    relative: bool = False
    text: str = ""

    @property
    def levels(self) -> tuple[str, ...]:
        """Ids of the parameters that hold the heights of the steps or the amounts of the doses."""
        count = len(self.times) - 1 if self.kind == STEPS else len(self.times)
        stem = "step" if self.kind == STEPS else "dose"
        return tuple(f"{self.quantity}_{stem}_{place}" for place in range(1, count + 1))

    @property
    def resting(self) -> str:
        """Id of the parameter that holds the value outside of the steps."""
        return f"{self.quantity}_base"

    @property
    def words(self) -> str:
        """The class of schedules in one phrase, to follow "over"."""
        count = len(self.levels)
        unit = " times its value" if self.relative else ""
        bounds = f"from {self.low:g} to {self.high:g}{unit}"
        each = f"each {bounds}" if count > 1 else bounds
        if self.kind == DOSES:
            times = f"{'times' if count > 1 else 'time'} {_listed(self.times)}"
            return f"every dosing of {self.quantity} at {times}, {each}"
        steps = "1 step" if count == 1 else f"{count} steps"
        window = f"from time {self.times[0]:g} to {self.times[-1]:g}"
        return f"every schedule of {self.quantity} in {steps} {window}, {each}"


def _listed(times: tuple[float, ...]) -> str:
    shown = [f"{time:g}" for time in times]
    if len(shown) > 6:
        return f"{', '.join(shown[:3])}, …, {shown[-1]}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
