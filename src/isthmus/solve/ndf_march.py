"""The NDF driver with its memory, in calls that each go on to a next stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.entry_point import address_of
from isthmus.solve.equations import packed
from isthmus.solve.ndf_driver import JUMPED, SMOOTH, STEPS, march, prepare
from isthmus.solve.result import Counts, ResultCode, Solution
from isthmus.solve.storage import FULL, Shelf
from isthmus.solve.workspace import give_back, take_room

if TYPE_CHECKING:
    from isthmus.solve.history import History
    from isthmus.solve.journey_room import JourneyRoom

# A jump of the rates may be stepped over without regard to the error; again and again within this many
# steps it is no jump. A step may end on the jump itself, hence more than one.
BETWEEN_JUMPS = 10
CROWD = 2


class NdfMarch:
    """One integration, from ``t`` and ``x``; the arrays given must outlive it.

    ``max_steps`` counts all steps, and ``cancel`` is an array of one number.
    """

    def __init__(
        self,
        system: System,
        t0: float,
        x0: Floats,
        p: Floats,
        rtol: float,
        atol: Floats,
        max_steps: int,
        cancel: Indices | None,
    ) -> None:
        self._room = take_room(system)
        self._shelf = Shelf(t0, x0)
        self._cancel = np.zeros(1, dtype=np.int64) if cancel is None else cancel
        self._arrays = (p, atol)
        self._numbers = (int(p.ctypes.data), int(atol.ctypes.data))
        self._max_steps = max_steps
        self._crowded, self._calm = 0, 0
        self._room.setting[1] = rtol
        self._given = (int(packed(system).ctypes.data), self._room.address)
        self.restart(t0, x0)

    @property
    def t(self) -> float:
        """The time that was reached."""
        return float(self._room.time[0])

    @property
    def x(self) -> Floats:
        """The state there, a copy."""
        return self._room.x.copy()

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return int(self._room.progress[STEPS])

    def limit(self, longest: float) -> None:
        """Take no step longer than this, but for a last one by a tenth."""
        self._room.setting[4] = longest

    def show(self, history: History) -> None:
        """Let rates look into the steps so far."""
        history.show(self._room.progress, self._shelf.address)

    def use(self, system: System) -> None:
        """Go on with other rates of as many states."""
        before, self._room = self._room, take_room(system)
        self._room.setting[:], self._room.progress[:] = before.setting, before.progress
        self._given = (int(packed(system).ctypes.data), self._room.address)
        self.restart(float(before.time[0]), before.x)

    def join(self, journey: JourneyRoom) -> None:
        """Let the loop over jumps and events march."""
        room = self._room
        numbers, work = self._given
        parameters, tolerances = self._numbers
        progress, t, x = (int(array.ctypes.data) for array in (room.progress, room.time, room.x))
        journey.march_with(
            (
                address_of(march),
                address_of(prepare),
                numbers,
                work,
                parameters,
                tolerances,
                self._max_steps,
                int(self._cancel.ctypes.data),
                int(room.setting.ctypes.data),
                progress,
                t,
                x,
                self._shelf.address,
            )
        )

    def enlarge(self) -> None:
        """Make room for more steps."""
        self._shelf.enlarge(self.steps)

    def restart(self, t: float, x: Floats) -> None:
        """Go on from here, at order 1."""
        self._room.time[0], self._room.x[:] = t, x
        self._is_ready, self._is_placed = False, False

    def advance(self, t1: float, watched: int = 0) -> int:
        """Integrate to t1, or to the first change of what is watched; a result code or SWITCHED."""
        room, progress = self._room, self._room.progress
        room.setting[0] = t1
        while True:
            if not self._is_ready:
                code = prepare(*self._given, *self._numbers)
                if code != ResultCode.SUCCESS:
                    return int(code)
                self._is_ready = True
                if not self._is_placed:
                    # Constraints may have moved the start a little.
                    self._shelf.x[self.steps], self._is_placed = room.x, True
                progress[SMOOTH] = self._calm if self._crowded >= CROWD else 0
            code = march(
                *self._given,
                self._shelf.address,
                *self._numbers,
                self._max_steps,
                int(self._cancel.ctypes.data),
                watched,
            )
            if code == FULL:
                self._shelf.enlarge(self.steps)
            elif code == JUMPED:
                self._crowded = self._crowded + 1 if self.steps < self._calm else 0
                self._calm = self.steps + BETWEEN_JUMPS
                self._is_ready = False
            else:
                self._is_ready = False
                return int(code)

    def solution(self, code: int) -> Solution:
        """What was kept, ended by a code; the march is over."""
        counts = Counts(*self._room.progress[:6].tolist())
        give_back(self._room)
        del self._room
        return Solution(ResultCode(code), *self._shelf.handed_over(counts.steps), counts=counts)
