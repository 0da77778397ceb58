"""Events: which are triggered, which wait, and in what order they are executed.

After SBML Level 3 Version 2, section 4.11.6. Of events to be executed at one time the one of largest priority
goes first, and those without a priority last, in the order in which they were triggered, then that of the
model. Among equal priorities the standard asks for a draw by lot: lots here are the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from isthmus.dynamics.switched import EventTable
from isthmus.dynamics.system import Floats
from isthmus.seeds import generator
from isthmus.solve.here import BoundKernel, Here
from isthmus.solve.result import ResultCode

_MOST_AT_ONE_TIME = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """An event that was triggered and waits for its time; values: None where they are not known yet."""

    time: float
    event: int
    values: Floats | None


class EventQueue:
    """The events of one integration; `executed` lists what was done, as (time, place of the event)."""

    def __init__(self, table: EventTable, here: Here) -> None:
        self._table, self._here = table, here
        self._conditions, self._delays, self._priorities, self._values, self._landings = (
            BoundKernel(kernel, here)
            for kernel in (table.conditions, table.delays, table.priorities, table.values, table.landings)
        )
        self._given = here.p[len(here.p) - table.values.width :]
        self._held: Floats = table.initially.astype(float)
        self._seen = self._held.tobytes()
        self._most = _MOST_AT_ONE_TIME + 10 * len(table.ids)
        self._lots = generator("events of equal priority")
        self._pending: list[Pending] = []
        self.executed: list[tuple[float, int]] = []

    @property
    def next_time(self) -> float:
        """When the next event waits to be executed, infinity for none."""
        return min((pending.time for pending in self._pending), default=math.inf)

    def settle(self, place: Callable[[], ResultCode] | None = None) -> ResultCode:
        """Trigger and execute all that there is here, moving the state; return a code.

        place: what each execution is followed by, where the state is to fulfil constraints.
        """
        executed = 0
        while True:
            holds = self._conditions()
            seen = holds.tobytes()
            if seen != self._seen:
                if not self._trigger(holds):
                    return ResultCode.BAD_DELAY
                self._held, self._seen = holds.copy(), seen
            due = [pending for pending in self._pending if pending.time <= self._here.t]
            if not due:
                return ResultCode.SUCCESS
            executed += 1
            if executed > self._most:
                return ResultCode.ENDLESS_EVENTS
            self._execute(due[0] if len(due) == 1 else self._first(due))
            if place is not None and (code := place()) is not ResultCode.SUCCESS:
                return code

    def _trigger(self, holds: Floats) -> bool:
        """Queue what came true, drop what no longer is; return whether the delays can be meant."""
        table = self._table
        if self._pending:
            dropped = (holds == 0.0) & ~table.persistent
            self._pending = [pending for pending in self._pending if not dropped[pending.event]]
        risen = [
            event
            for event, (now, before) in enumerate(zip(holds.tolist(), self._held.tolist(), strict=True))
            if now != 0.0 and before == 0.0
        ]
        if not risen:
            return True
        t, delays, values = self._here.t, self._delays(), self._values()
        for event in risen:
            if not delays[event] >= 0.0:
                return False
            given = values[self._values_of(event)].copy() if table.at_trigger[event] else None
            self._pending.append(Pending(t + float(delays[event]), event, given))
        return True

    def _first(self, due: list[Pending]) -> Pending:
        priorities = self._priorities().tolist()
        ranks = [priorities[pending.event] for pending in due]
        ranks = [-math.inf if math.isnan(rank) else rank for rank in ranks]
        largest = max(ranks)
        best = [pending for pending, rank in zip(due, ranks, strict=True) if rank == largest]
        if len(best) == 1 or largest == -math.inf:
            return best[0]
        return best[int(self._lots.integers(len(best)))]

    def _execute(self, pending: Pending) -> None:
        event, here = pending.event, self._here
        # By identity: one event may wait several times.
        self._pending = [other for other in self._pending if other is not pending]
        place = self._values_of(event)
        self._given[place] = self._values()[place] if pending.values is None else pending.values
        targets = slice(int(self._table.first_target[event]), int(self._table.first_target[event + 1]))
        here.x[self._table.targets[targets]] = self._landings()[targets]
        self.executed.append((here.t, event))

    def _values_of(self, event: int) -> slice:
        return slice(int(self._table.first_value[event]), int(self._table.first_value[event + 1]))
