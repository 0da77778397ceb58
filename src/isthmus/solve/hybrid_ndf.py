"""NDF through jumps and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Indices, System
from isthmus.solve.echo_loop import OF_LAG
from isthmus.solve.hybrid import HybridSolution, journey
from isthmus.solve.journey_room import JourneyRoom, give_back_journey, take_journey
from isthmus.solve.ndf import checked_input, nothing_moves, only_start
from isthmus.solve.result import ResultCode, Solution

if TYPE_CHECKING:
    from isthmus.solve.history import History
    from isthmus.solve.ndf_march import NdfMarch


def solve_switched(
    switched: SwitchedSystem,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> HybridSolution[Solution]:
    """Integrate from t0 to t1 >= t0 as `solve_ndf` does, jumps located and events executed.

    p: the ordinary parameters. At an event the solution has two entries of one time, the state before and
    the state after, of which `at` gives the second.
    """
    from isthmus.solve.ndf_march import NdfMarch

    start, ordinary, tolerances = checked_input(switched.live, t0, t1, x0, p, rtol, atol, max_steps)
    if t1 == t0:
        return HybridSolution(only_start(ResultCode.SUCCESS, t0, start), (), 0, np.inf)
    if not switched.live.states:
        return HybridSolution(nothing_moves(t0, t1), (), 0, np.inf)
    lags = switched.lag_values(t0, start, ordinary)
    room = take_journey(switched)
    room.begin((t0, t1), ordinary, lags)
    march = NdfMarch(switched.frozen, t0, start, room.p, rtol, tolerances, max_steps, cancel)
    history = None
    if switched.lags is not None:
        from isthmus.solve.history import History

        history = History()
        room.p[switched.ordinary - 1] = history.bits
        if lags:
            march.limit(OF_LAG * lags[0])
        march.show(history)
    done = journey(room, _NdfMarcher(march, room, history))
    give_back_journey(room)
    return done


class _NdfMarcher:
    """The NDF march for the loop over jumps and events, which itself marches."""

    def __init__(self, march: NdfMarch, room: JourneyRoom, history: History | None) -> None:
        self._march, self._room, self._history = march, room, history
        march.join(room)

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""
        self._march.use(system)
        self._march.join(self._room)
        if self._history is not None:
            self._march.show(self._history)
        self._room.lookout.watch(watched)

    def enlarge(self) -> None:
        """Make room for more steps."""
        self._march.enlarge()

    def solution(self, code: ResultCode) -> Solution:
        """Everything so far."""
        return self._march.solution(code)
