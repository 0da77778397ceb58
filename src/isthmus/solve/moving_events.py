"""The events of an integration that was done, once more, with the derivatives of all they do.

At a jump the state is taken with its total derivative D x = S + x′ ∂τ/∂q, where τ is the time of the jump:
what an event assigns then follows by the chain rule, however many events follow one another at that time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from isthmus.dynamics.jump_slopes import JumpSlopes
from isthmus.dynamics.switched import EventTable
from isthmus.dynamics.system import Floats
from isthmus.errors import NumericalError, UnsupportedFeature


@dataclass(slots=True, eq=False)
class Moving:
    """A time and state, and how both move with w quantities: time (w,), state (n, w), p (ordinary, w)."""

    t: float
    x: Floats
    moved_time: Floats
    moved: Floats
    direction: Floats

    @property
    def stacked(self) -> Floats:
        """How states, the ordinary p and time move: (n + ordinary + 1, w)."""
        return np.vstack([self.moved, self.direction, self.moved_time[None, :]])


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A triggered event: when it is due, what it assigns (None: not known yet), and how these move."""

    time: float
    moved_time: Floats
    event: int
    values: tuple[Floats, Floats] | None


class MovingEvents:
    """The queue of `event_loop`, led through what that one executed."""

    def __init__(self, table: EventTable, slopes: JumpSlopes, p: Floats, columns: int) -> None:
        """P: the lengthened one, in whose last entries the assigned values stand."""
        self._table, self._slopes, self._p = table, slopes, p
        self._given = p[len(p) - table.values.width :]
        self._moved_given = np.zeros((table.values.width, columns))
        self._waiting: list[Waiting] = []
        self.held: Floats = table.initially.astype(float)

    def due(self, t: float) -> list[Waiting]:
        """What is to be executed at this time."""
        return [waiting for waiting in self._waiting if waiting.time <= t]

    def look(self, at: Moving) -> None:
        """Queue what came true here, drop what no longer is."""
        table, here = self._table, (at.t, at.x, self._p)
        holds = table.conditions(*here)
        dropped = (holds == 0.0) & ~table.persistent
        self._waiting = [waiting for waiting in self._waiting if not dropped[waiting.event]]
        risen = np.flatnonzero((holds != 0.0) & (self.held == 0.0)).tolist()
        self.held = holds
        if not risen:
            return
        delays, moved_delays = table.delays(*here), self._slopes.delay_slopes.along(*here, at.stacked)
        values = self._values(at)
        for event in risen:
            place = self._values_of(event)
            kept = (values[0][place], values[1][place]) if table.at_trigger[event] else None
            due = at.moved_time + moved_delays[event]
            self._waiting.append(Waiting(at.t + float(delays[event]), due, event, kept))

    def execute(self, event: int, at: Moving) -> None:
        """Execute an event that is due, moving the state."""
        due = self.due(at.t)
        chosen = next((waiting for waiting in due if waiting.event == event), None)
        if chosen is None:
            raise_lost(at.t)
        if len(due) > 1:
            self._refuse_lots(due, at)
        self._waiting = [waiting for waiting in self._waiting if waiting is not chosen]
        place = self._values_of(event)
        if chosen.values is None:
            values, moved = self._values(at)
            self._given[place], self._moved_given[place] = values[place], moved[place]
        else:
            self._given[place], self._moved_given[place] = chosen.values
        table, here = self._table, (at.t, at.x, self._p)
        reached = slice(int(table.first_target[event]), int(table.first_target[event + 1]))
        landed = table.landings(*here)[reached]
        moved_landings = self._slopes.landing_slopes.along(*here, np.vstack([at.stacked, self._moved_given]))
        targets = table.targets[reached]
        at.x, at.moved = at.x.copy(), at.moved.copy()
        at.x[targets], at.moved[targets] = landed, moved_landings[reached]

    def _values(self, at: Moving) -> tuple[Floats, Floats]:
        here = (at.t, at.x, self._p)
        return self._table.values(*here), self._slopes.value_slopes.along(*here, at.stacked)

    def _values_of(self, event: int) -> slice:
        return slice(int(self._table.first_value[event]), int(self._table.first_value[event + 1]))

    def _refuse_lots(self, due: list[Waiting], at: Moving) -> None:
        priorities = self._table.priorities(at.t, at.x, self._p).tolist()
        ranks = [-math.inf if math.isnan(priorities[w.event]) else priorities[w.event] for w in due]
        largest = max(ranks)
        best = [waiting.event for waiting, rank in zip(due, ranks, strict=True) if rank == largest]
        if len(best) > 1 and largest > -math.inf:
            raise UnsupportedFeature(
                "E-SENSITIVITY-JUMP",
                f"events of equal priority at t = {at.t:.6g}, whose order is drawn by lot",
                needed="an order that the model sets, for sensitivities",
                advice="give the events different priorities",
                where=self._slopes.where(events=best),
            )


def raise_lost(t: float) -> NoReturn:
    """Say that the events of a moment do not come out as they were executed."""
    raise NumericalError(
        "E-SENSITIVITY-JUMP",
        f"the events at t = {t:.6g} could not be followed",
        needed="the same events as in the simulation",
        advice="use finite differences, and report this as a fault of isthmus",
    )
