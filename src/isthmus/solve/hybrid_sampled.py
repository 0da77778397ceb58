"""CVODE, IDA and Radau through jumps and events: each of their steps is looked at on their own curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats, Indices, System
from isthmus.errors import UsageError
from isthmus.solve.echo_loop import OF_LAG
from isthmus.solve.hybrid import HybridSolution, journey
from isthmus.solve.journey_room import JourneyRoom, give_back_journey, take_journey
from isthmus.solve.look import Look
from isthmus.solve.ndf import checked_input
from isthmus.solve.result import Counts, ResultCode, Samples
from isthmus.solve.storage import Shelf

if TYPE_CHECKING:
    from isthmus.solve.record import Record

Integrate = Callable[..., Samples]


def solve_sampled(
    integrate: Integrate,
    switched: SwitchedSystem,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    times: ArrayLike = (),
    max_steps: int = 100_000,
) -> HybridSolution[Samples]:
    """Integrate from t0 to t1 by `solve_cvode`, `solve_ida` or `solve_radau`, as `solve_switched` does.

    Of these only Radau knows delays.
    """
    start, ordinary, tolerances = checked_input(switched.live, t0, t1, x0, p, rtol, atol, max_steps)
    lags = switched.lag_values(t0, start, ordinary)
    record = None
    passed: dict[str, Any] = {}
    if switched.lags is not None:
        record = passed["record"] = _record(integrate, t0, start, OF_LAG * lags[0] if lags else np.inf)
    room = take_journey(switched)
    room.begin((t0, t1), ordinary, lags)
    if record is not None:
        room.p[switched.ordinary - 1] = record.history.bits
    look = passed["look"] = Look(room, t1 - t0)

    def between(system: System, t: float, end: float, x: Floats, at: Floats, steps: int) -> Samples:
        return integrate(system, t, end, x, room.p, rtol, tolerances, times=at, max_steps=steps, **passed)

    asked = np.array(times, dtype=np.float64).reshape(-1)
    marcher = _SampledMarcher(between, room, (t0, start), asked, max_steps, record)
    try:
        done = journey(room, marcher, marcher.advance)
    finally:
        look.close()
    give_back_journey(room)
    return done if record is None else replace(done, curve=record.solution())


def _record(integrate: Integrate, t0: float, start: Floats, longest_step: float) -> Record:
    from isthmus.solve.radau import solve_radau
    from isthmus.solve.record import Record

    if integrate is not solve_radau:
        raise UsageError("E-DELAY-METHOD", "a model with delay()", needed="method ndf or radau")
    return Record(t0, start, longest_step)


class _SampledMarcher:
    """An independent integrator for the loop over jumps and events."""

    def __init__(
        self,
        integrate: Callable[[System, float, float, Floats, Floats, int], Samples],
        room: JourneyRoom,
        start: tuple[float, Floats],
        asked: Floats,
        max_steps: int,
        record: Record | None,
    ) -> None:
        self._integrate, self._room, self._record = integrate, room, record
        self._system, self._left = room.switched.frozen, max_steps
        self._time, self._x = np.array([start[0]]), start[1].copy()
        self._shelf = Shelf(*start) if record is None else record.shelf
        self._steps: Indices = np.zeros(1, dtype=np.int64) if record is None else record.count
        self._seen = 0
        self._asked = asked
        self._found = np.full((len(asked), len(self._x)), np.nan)
        self._found[asked == start[0]] = start[1]
        places = (int(array.ctypes.data) for array in (self._steps, self._time, self._x))
        room.march_with((*[0] * 9, *places, self._shelf.address))

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""
        self._system = system
        self._room.lookout.watch(watched)

    def advance(self, t1: float) -> ResultCode:
        """Integrate to t1, or to the first change of a mode; SUCCESS in both cases."""
        self._see_leaps()
        t = float(self._time[0])
        ahead = np.flatnonzero((self._asked > t) & (self._asked <= t1))
        samples = self._integrate(self._system, t, t1, self._x, self._asked[ahead], self._left)
        reached = samples.t[-1]
        within = self._asked[ahead] <= reached
        self._found[ahead[within]] = samples.at_times[within]
        self._left = max(self._left - samples.steps, 1)
        if self._record is None:
            self._keep(samples)
        self._time[0], self._x[:], self._seen = reached, samples.x[-1], int(self._steps[0])
        return samples.code

    def enlarge(self) -> None:
        """Make room for more steps."""
        self._shelf.enlarge(int(self._steps[0]))

    def solution(self, code: ResultCode) -> Samples:
        """Everything so far."""
        self._see_leaps()
        t, x, *_ = self._shelf.kept(int(self._steps[0]))
        return Samples(code, t, x, self._asked, self._found, Counts(steps=len(t) - 1))

    def _keep(self, samples: Samples) -> None:
        before = int(self._steps[0])
        after = before + samples.steps
        while not self._shelf.has_steps(after):
            self._shelf.enlarge(before)
        shelf = self._shelf
        shelf.t[before + 1 : after + 1], shelf.x[before + 1 : after + 1] = samples.t[1:], samples.x[1:]
        shelf.first[before + 1 : after + 1] = shelf.first[before]
        self._steps[0] = after

    def _see_leaps(self) -> None:
        """What was asked for at or within steps that the loop itself has kept: the state after them."""
        t, steps = self._shelf.t, int(self._steps[0])
        for step in range(self._seen + 1, steps + 1):
            inside = (self._asked > t[step - 1]) & (self._asked < t[step])
            self._found[inside | (self._asked == t[step])] = self._shelf.x[step]
        self._seen = steps
