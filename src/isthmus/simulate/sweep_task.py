"""What a sweep is asked and what comes out of it, whichever way it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression
from isthmus.dynamics.rates import Dynamics

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

InThreads = Callable[[Callable[[], Any]], None]
"""Does the same work in every worker and returns when all are done."""


@dataclass(frozen=True, slots=True, eq=False)
class SweepTask:
    """Sets to integrate from 0 to the horizon.

    table: (s, q). times: (k,). formulas: what is to be seen, of model ids. atol: as the user gave it.
    """

    dynamics: Dynamics
    table: Floats
    horizon: float
    times: Floats
    formulas: tuple[Expression, ...]
    rtol: float
    atol: Floats | None
    max_steps: int
    cancel: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """found: (s, k, formulas). codes, steps, reached: (s,)."""

    found: Floats
    codes: Integers
    steps: Integers
    reached: Floats

    def put(self, sets: Integers, others: Outcome) -> None:
        """Take what has come out of these sets when they were done again."""
        self.found[sets], self.codes[sets] = others.found, others.codes
        self.steps[sets], self.reached[sets] = others.steps, others.reached

    def only(self, sets: Integers) -> Outcome:
        """What has come out of these sets."""
        return Outcome(self.found[sets], self.codes[sets], self.steps[sets], self.reached[sets])
