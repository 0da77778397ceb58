"""NDF through jumps and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.echoes import Echoes
from isthmus.solve.hybrid import HybridSolution, Journey
from isthmus.solve.ndf import checked_input, nothing_moves, only_start
from isthmus.solve.result import ResultCode, Solution

if TYPE_CHECKING:
    from isthmus.solve.history import History
    from isthmus.solve.ndf_march import NdfMarch
    from isthmus.solve.watch import Lookout


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
    from isthmus.solve.watch import Lookout

    start, ordinary, tolerances = checked_input(switched.live, t0, t1, x0, p, rtol, atol, max_steps)
    if t1 == t0:
        return HybridSolution(only_start(ResultCode.SUCCESS, t0, start), (), 0, np.inf)
    if not switched.live.states:
        return HybridSolution(nothing_moves(t0, t1), (), 0, np.inf)
    parameters = switched.lengthened(ordinary)
    march = NdfMarch(switched.frozen, t0, start, parameters, rtol, tolerances, max_steps, cancel)
    echoes = None if switched.lags is None else Echoes(switched.lag_values(t0, start, parameters))
    history = None
    if echoes is not None:
        from isthmus.solve.history import History

        history = History()
        parameters[switched.ordinary - 1] = history.bits
        march.limit(echoes.longest_step)
        march.show(history)
    switched.read_modes(t0, start, parameters)
    marcher = NdfMarcher(march, Lookout(switched, parameters, t1 - t0), history)
    return Journey(switched, marcher, (t0, t1), parameters, echoes).run()


class NdfMarcher:
    """The NDF march as the loop over jumps and events takes it."""

    def __init__(self, march: NdfMarch, lookout: Lookout, history: History | None = None) -> None:
        self._march, self._lookout, self._history = march, lookout, history

    @property
    def t(self) -> float:
        """The time that was reached."""
        return self._march.t

    @property
    def x(self) -> Floats:
        """The state there."""
        return self._march.x

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""
        self._march.use(system)
        if self._history is not None:
            self._march.show(self._history)
        self._lookout.watched[: len(watched)] = watched

    def leap(self, t: float, x: Floats) -> None:
        """Go on from another state."""
        self._march.leap(t, x)

    def restart(self) -> None:
        """Go on from here with other modes."""
        self._march.restart(self.t, self.x)

    def advance(self, t1: float) -> ResultCode:
        """Integrate to t1, or to the first change of a mode; SUCCESS in both cases."""
        from isthmus.solve.ndf_driver import SWITCHED

        code = self._march.advance(t1, self._lookout.address)
        return ResultCode.SUCCESS if code == SWITCHED else ResultCode(code)

    def solution(self, code: ResultCode) -> Solution:
        """Everything so far."""
        return self._march.solution(code)
