"""Integration through jumps and events: smooth marches from one change of a mode to the next.

Within a march every mode is held, so that rates are smooth; it ends where a mode changes (found on the curve
that the integrator itself used), where an event waits, or at the end. There modes are read anew, events are
executed, and the next march begins. Where rates push back across a jump from both sides (a sliding mode), or
have no value beyond one, the rates as written take over for the rest. All of that is `journey_loop.travel`;
here is what it asks Python for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from isthmus.dynamics.switched import Flags
from isthmus.dynamics.system import System
from isthmus.solve import journey_table as places
from isthmus.solve.journey_loop import travel
from isthmus.solve.result import ResultCode, Samples, Solution

if TYPE_CHECKING:
    from isthmus.solve.journey_room import JourneyRoom

# How often modes and implicit unknowns are found in turns, and what is no move.
_MOST_PLACINGS = 10
_PLACED = 1e-9

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
    """What the loop asks an integrator for."""

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""

    def enlarge(self) -> None:
        """Make room for more steps."""

    def solution(self, code: ResultCode) -> Result:
        """Everything so far."""


def journey(
    room: JourneyRoom, marcher: Marcher[Result], advance: Callable[[float], ResultCode] | None = None
) -> HybridSolution[Result]:
    """Go to the end, or as far as it gets, from where the room and the marcher are.

    advance: integrates to a time or to the first change of a mode, SUCCESS in both cases; None where the loop
    itself does.
    """
    answer, address = 0, room.address
    while (request := travel(address, answer)) != places.OVER:
        answer = 0
        if request == places.ADVANCE and advance is not None:
            answer = int(advance(float(room.number[places.STOP])))
        elif request == places.PLACE:
            answer = int(_place(room))
        elif request == places.GO_LIVE:
            marcher.use(room.switched.live, room.switched.of_events)
        elif request == places.SHELF_FULL:
            marcher.enlarge()
        else:
            room.enlarge(request)
    code = ResultCode(int(room.state[places.CODE]))
    return HybridSolution(
        marcher.solution(code),
        room.executed(),
        int(room.state[places.SWITCHES]),
        float(room.number[places.LIVE_FROM]),
    )


def _place(room: JourneyRoom) -> ResultCode:
    """Put the state on the constraints after a jump, with the modes that go with it."""
    switched, x = room.switched, room.x
    for _ in range(_MOST_PLACINGS):
        switched.read_modes(float(room.time[0]), x, room.p)
        before = x.copy()
        code = _onto_constraints(room)
        if code is not ResultCode.SUCCESS or np.allclose(x, before, rtol=_PLACED, atol=0.0):
            x[:] = before
            return code
    return code


def _onto_constraints(room: JourneyRoom) -> ResultCode:
    """Solve for the implicit unknowns, by rates that leave all else as it is."""
    system, x = room.switched.onto_constraints, room.x
    if system is None:
        return ResultCode.SUCCESS
    from isthmus.solve.relax import relax

    size = max(float(np.abs(x).max(initial=0.0)), 1e-300)
    scale = 1e-9 * np.maximum(np.abs(x), 1e-6 * size)
    relaxed = relax(system, x, room.p, float(room.time[0]), scale=scale)
    x[:] = relaxed.x
    return ResultCode.SUCCESS if relaxed.ok else ResultCode.INCONSISTENT_START
