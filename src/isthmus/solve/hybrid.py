"""Integration through jumps and events: smooth marches from one change of a mode to the next.

Within a march every mode is held, so that rates are smooth; it ends where a mode changes (found on the curve
that the integrator itself used), where an event waits, or at the end. There modes are read anew, events are
executed, and the next march begins. Where rates push back across a jump from both sides (a sliding mode), or
have no value beyond one, the rates as written take over for the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats, System
from isthmus.solve.echoes import Echoes
from isthmus.solve.event_queue import EventQueue
from isthmus.solve.here import BoundKernel, Here
from isthmus.solve.result import ResultCode, Samples, Solution

# Of max(|t|, the span): marches shorter than this, so many in a row, do not get on.
_SHORT = 1e-12
_MOST_SHORT = 40
_NEAR = 3
# After a jump: how often implicit unknowns are solved for and events looked at anew, and what is no move.
_MOST_PLACINGS = 10
_PLACED = 1e-9
# Failures of held rates that the rates as written may not have.
_BEYOND = frozenset(
    {
        ResultCode.STEP_UNDERFLOW,
        ResultCode.NOT_FINITE,
        ResultCode.NEWTON_FAILED,
        ResultCode.SINGULAR,
        ResultCode.INCONSISTENT_START,
    }
)


Result = TypeVar("Result", bound=Solution | Samples, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class HybridSolution(Generic[Result]):
    """A solution and what happened on the way.

    executed: events as (time, place). switches: changes of modes that no event made. live_from: from when on
    the rates as written were integrated, infinity for never. curve: of a system with delays, what was looked
    up; the solution itself has it where it is dense.
    """

    solution: Result
    executed: tuple[tuple[float, int], ...]
    switches: int
    live_from: float
    curve: Solution | None = None


class Marcher(Protocol[Result]):
    """An integrator that stops where a mode changes."""

    @property
    def t(self) -> float:
        """The time that was reached."""

    @property
    def x(self) -> Floats:
        """The state there."""

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""

    def leap(self, t: float, x: Floats) -> None:
        """Go on from another state, or a time no integration is needed to reach."""

    def restart(self) -> None:
        """Go on from here with other modes."""

    def advance(self, t1: float) -> ResultCode:
        """Integrate to t1, or to the first change of a mode; SUCCESS in both cases."""

    def solution(self, code: ResultCode) -> Result:
        """Everything so far."""


class Journey(Generic[Result]):
    """One integration of a switched system by a marcher."""

    def __init__(
        self,
        switched: SwitchedSystem,
        marcher: Marcher[Result],
        span: tuple[float, float],
        p: Floats,
        echoes: Echoes | None = None,
    ) -> None:
        self._switched, self._marcher = switched, marcher
        self._start, self._end = span
        self._here = Here(switched.live.states, p)
        self._queue = None if switched.events is None else EventQueue(switched.events, self._here)
        self._timed = BoundKernel(switched.timed, self._here)
        self._stated = BoundKernel(switched.stated, self._here)
        self._landmarks = BoundKernel(switched.landmarks, self._here)
        middle = switched.ordinary + switched.timed.width
        self._held_timed = p[switched.ordinary : middle]
        self._held_stated = p[middle : switched.ordinary + switched.modes]
        self._is_algebraic = switched.live.is_algebraic
        self._switches, self._short = 0, 0
        self._live_from, self._slides = math.inf, False
        self._echoes = echoes
        if echoes is not None:
            echoes.add(span[0], 1)

    def run(self) -> HybridSolution[Result]:
        """Go to the end, or as far as it gets."""
        code = self._begin() if self._switched.settles else ResultCode.SUCCESS
        code = self._settle() if code is ResultCode.SUCCESS else code
        while code is ResultCode.SUCCESS and self._marcher.t < self._end:
            code = self._march()
        executed = () if self._queue is None else tuple(self._queue.executed)
        return HybridSolution(self._marcher.solution(code), executed, self._switches, self._live_from)

    def _begin(self) -> ResultCode:
        """Put the start on the constraints, as a jump from where it was."""
        here = self._here
        here.move(self._marcher.t, self._marcher.x)
        code = self._place()
        if not np.array_equal(here.x, self._marcher.x):
            self._marcher.leap(here.t, here.x.copy())
            self._echo(here.t, 0)
        return code

    def _march(self) -> ResultCode:
        before, done = self._marcher.t, self._executed
        code = self._marcher.advance(self._next_stop(before))
        if code in _BEYOND and self._go_live():
            return ResultCode.SUCCESS
        if code is not ResultCode.SUCCESS and code is not ResultCode.CANCELLED and self._slides:
            return ResultCode.SLIDING
        if code is not ResultCode.SUCCESS:
            return code
        self._cross_echoes()
        code = self._settle()
        short = self._marcher.t - before <= _SHORT * max(abs(before), self._end - self._start)
        self._short = self._short + 1 if short else 0
        if self._short > _MOST_SHORT and code is ResultCode.SUCCESS:
            self._short = 0
            if self._executed > done or not self._go_live():
                return ResultCode.ENDLESS_EVENTS
            self._slides = True
        return code

    @property
    def _executed(self) -> int:
        return 0 if self._queue is None else len(self._queue.executed)

    def _settle(self) -> ResultCode:
        """Execute the events of this time and read the modes."""
        marcher, here = self._marcher, self._here
        before, held = marcher.x, self._held
        here.move(marcher.t, before)
        code = self._happen()
        if not np.array_equal(here.x, before):
            marcher.leap(here.t, here.x.copy())
            self._echo(here.t, 0)
        elif self._held != held:
            marcher.restart()
            self._echo(here.t, 1)
            self._switches += 1
        return code

    def _echo(self, time: float, derivative: int) -> None:
        if self._echoes is not None:
            self._echoes.add(time, derivative)

    def _cross_echoes(self) -> None:
        """Step over the moment at which a jump of the past is felt: nothing is integrated across it."""
        if self._echoes is not None:
            time = self._marcher.t
            after = min(self._echoes.cross(time), self._end)
            if after > time:
                self._marcher.leap(after, self._marcher.x)

    def _happen(self) -> ResultCode:
        """Events and modes in turns, until neither sets off the other."""
        place = self._place if self._is_algebraic else None
        for _ in range(_MOST_PLACINGS):
            code = ResultCode.SUCCESS if self._queue is None else self._queue.settle(place)
            if code is not ResultCode.SUCCESS or not self._read_modes() or place is None:
                return code
            before = self._here.x.copy()
            code = place()
            if code is not ResultCode.SUCCESS or np.array_equal(self._here.x, before):
                return code
        return code

    def _place(self) -> ResultCode:
        """Put the state on the constraints after a jump, with the modes that go with it."""
        here = self._here
        for _ in range(_MOST_PLACINGS):
            self._read_modes()
            code, placed = _on_constraints(self._switched.onto_constraints, here)
            if code is not ResultCode.SUCCESS or np.allclose(placed, here.x, rtol=_PLACED, atol=0.0):
                return code
            here.x[:] = placed
        return code

    @property
    def _held(self) -> bytes:
        return self._held_timed.tobytes() + self._held_stated.tobytes()

    def _read_modes(self) -> bool:
        """Hold the modes of here; return whether they are others than before."""
        timed, stated = self._timed(), self._stated()
        is_changed = (
            timed.tobytes() != self._held_timed.tobytes() or stated.tobytes() != self._held_stated.tobytes()
        )
        self._held_timed[:], self._held_stated[:] = timed, stated
        return is_changed

    def _go_live(self) -> bool:
        """Take the rates as written from here on; return whether that changes anything."""
        switched = self._switched
        if self._live_from < math.inf or switched.frozen is switched.live:
            return False
        self._live_from = self._marcher.t
        self._marcher.use(switched.live, switched.of_events)
        return True

    def _next_stop(self, t: float) -> float:
        """The end, the next event that waits, or the next time at which a mode of time alone changes."""
        stop = self._end if self._queue is None else min(self._end, self._queue.next_time)
        if self._echoes is not None:
            stop = min(stop, max(self._echoes.next_stop(), _beyond(t, 1)))
        if not self._landmarks.width:
            return stop
        after = _beyond(t, _NEAR)
        ahead = [root for root in self._landmarks().tolist() if after < root < stop]
        return min(stop, self._change_near(min(ahead))) if ahead else stop

    def _change_near(self, root: float) -> float:
        """The first double near a root at which a mode of time alone is not as held."""
        time = root
        if self._timed_differ(time):
            while root - time < _NEAR * math.ulp(root):
                earlier = _beyond(time, -1)
                if not self._timed_differ(earlier):
                    break
                time = earlier
            return time
        for _ in range(_NEAR):
            time = _beyond(time, 1)
            if self._timed_differ(time):
                return time
        return root

    def _timed_differ(self, time: float) -> bool:
        self._here.time[0] = time
        return self._timed().tobytes() != self._held_timed.tobytes()


def _on_constraints(system: System | None, here: Here) -> tuple[ResultCode, Floats]:
    """The state with its implicit unknowns solved for, by rates that leave all else as it is."""
    if system is None:
        return ResultCode.SUCCESS, here.x
    from isthmus.solve.relax import relax

    x = here.x
    size = max(float(np.abs(x).max(initial=0.0)), 1e-300)
    relaxed = relax(system, x, here.p, here.t, scale=1e-9 * np.maximum(np.abs(x), 1e-6 * size))
    return (ResultCode.SUCCESS if relaxed.ok else ResultCode.INCONSISTENT_START), relaxed.x


def _beyond(t: float, doubles: int) -> float:
    """The double so many after t."""
    for _ in range(abs(doubles)):
        t = math.nextafter(t, math.copysign(math.inf, doubles))
    return t
