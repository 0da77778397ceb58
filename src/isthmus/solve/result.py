"""What an integration gives back: a code that reads as advice, the steps, and the curve between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.dynamics.system import Floats, Indices
from isthmus.errors import NumericalError


class ResultCode(IntEnum):
    """How an integration ended."""

    SUCCESS = 0
    MAX_STEPS = 1
    STEP_UNDERFLOW = 2
    NOT_FINITE = 3
    NEWTON_FAILED = 4
    SINGULAR = 5
    INCONSISTENT_START = 6
    CANCELLED = 7
    NO_STEADY_STATE = 8
    ENDLESS_EVENTS = 9
    BAD_DELAY = 10
    SLIDING = 11

    @property
    def advice(self) -> str:
        """What it means and what to try."""
        return _ADVICE[self]


_ADVICE = {
    ResultCode.SUCCESS: "the integration reached the end",
    ResultCode.MAX_STEPS: (
        "the step limit was reached; shorten the horizon, loosen the tolerances or raise max_steps"
    ),
    ResultCode.STEP_UNDERFLOW: (
        "the step became too small for the time variable; the solution probably grows without bound in "
        "finite time, or the tolerances ask for more than doubles hold"
    ),
    ResultCode.NOT_FINITE: (
        "a rate is not a finite number; look for a division by zero, a logarithm or power of a negative "
        "amount, or a solution that grows without bound"
    ),
    ResultCode.NEWTON_FAILED: (
        "the implicit equations of a step could not be solved; check that the rates are smooth, or "
        "tighten the tolerances"
    ),
    ResultCode.SINGULAR: (
        "the iteration matrix is singular; a constraint does not determine its unknown here (the system "
        "is not of index 1), or two equations say the same"
    ),
    ResultCode.INCONSISTENT_START: (
        "the initial state does not fulfil the constraints; put it on them first (relax)"
    ),
    ResultCode.CANCELLED: "the integration was cancelled; what was finished is kept",
    ResultCode.NO_STEADY_STATE: (
        "no steady state was found from here; it may oscillate or grow without bound; start elsewhere"
    ),
    ResultCode.ENDLESS_EVENTS: (
        "events follow one another while time stands still; look for an event that makes its own trigger "
        "false and true again, or for ever shorter times between events (a ball that bounces to rest)"
    ),
    ResultCode.SLIDING: (
        "the rates push the state back across a jump from both sides, so that it slides along it, where "
        "they have no value; write the jump as a steep smooth function, or give it a hysteresis by events"
    ),
    ResultCode.BAD_DELAY: "the delay of an event is negative or not a number when it is triggered",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """The work that an integration took."""

    steps: int = 0
    rejected: int = 0
    rates: int = 0
    jacobians: int = 0
    factorisations: int = 0
    newton_failures: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The accepted steps of an integration and the polynomial through each of them.

    On step k, from ``t[k]`` to ``t[k + 1]``, the curve is the interpolating polynomial that the method itself
    used: in backward differences d_j = ``differences[first[k] + j - 1]`` of spacing h = ``spacing[k]``,
    ``x(s) = x[k + 1] + sum_j d_j prod_{i<j} (s - t[k + 1] + i h) / ((i + 1) h)``.
    """

    code: ResultCode
    t: Floats
    """(k + 1,) times, the start included"""
    x: Floats
    """(k + 1, n) states"""
    spacing: Floats
    first: Indices
    differences: Floats
    counts: Counts

    @property
    def ok(self) -> bool:
        """Whether the end was reached."""
        return self.code is ResultCode.SUCCESS

    @property
    def steps(self) -> int:
        """The number of accepted steps."""
        return len(self.t) - 1

    @property
    def peaks(self) -> Floats:
        """The largest size of each state at the steps: (n,)."""
        return np.asarray(np.abs(self.x).max(axis=0))

    @property
    def order(self) -> NDArray[np.int64]:
        """The order of each step."""
        return np.diff(self.first)

    def at(self, times: ArrayLike) -> Floats:
        """Return the states at any times that were reached, in any order: (len(times), n)."""
        from isthmus.solve.dense_output import states_at

        asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
        out = np.empty((len(asked), self.x.shape[1]))
        if not states_at(self, asked, out):
            need_within(asked, self.t, self.code)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """An integrator's own values at the requested times, and what it kept of its steps."""

    code: ResultCode
    t: Floats
    """(k + 1,) times of its steps, or the start and what was reached"""
    x: Floats
    """(k + 1, n) states there"""
    times: Floats
    """the requested times"""
    at_times: Floats
    """(len(times), n) states there; NaN for times that were not reached"""
    counts: Counts
    peaks: Floats = field(default_factory=lambda: np.empty(0))
    """the largest size of each state at the steps, where those are not kept: (n,)"""

    @property
    def ok(self) -> bool:
        """Whether the end was reached."""
        return self.code is ResultCode.SUCCESS

    @property
    def steps(self) -> int:
        """The number of accepted steps."""
        return self.counts.steps


def need_within(asked: Floats, reached: Floats, code: ResultCode) -> None:
    """Refuse times outside those reached: values there would be extrapolation."""
    low, high = float(asked.min()), float(asked.max())
    if not (low >= reached[0] and high <= reached[-1]):
        raise NumericalError(
            "E-SOLVE-OUTSIDE",
            f"times from {low:g} to {high:g} asked of a solution from {reached[0]:g} to {reached[-1]:g}",
            needed="times within the solution",
            advice=code.advice,
        )
