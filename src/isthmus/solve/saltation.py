"""How sensitivities pass a jump: where its time τ moves with a quantity q, S is not continuous.

With x′ from before the jump, D x = S + x′ ∂τ/∂q is the total derivative of the state at the jump; events
change it by the chain rule, and S = D x − x′ ∂τ/∂q with x′ from after the jump. Galán, Feehery and Barton
1999 (Appl. Numer. Math. 31:17).
"""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.jump_slopes import JumpSlopes
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import Floats
from isthmus.errors import UnsupportedFeature
from isthmus.solve.crossings import GLOBAL, Allowance, Cause, Crossings, Effects, Varied
from isthmus.solve.jump_points import JumpPoint
from isthmus.solve.moving_events import Moving, MovingEvents, raise_lost

_ROUNDING = 8 * 2.220446049250313e-16
_SAME_STATES = 1e-9


class Saltation:
    """Carries sensitivities across the jumps of one integration, which must be taken in order."""

    def __init__(
        self,
        switched: SwitchedSystem,
        slopes: JumpSlopes,
        p: Floats,
        varied: Varied,
        allowance: Allowance,
    ) -> None:
        """P: the lengthened one, into which modes are written."""
        self._slopes, self._direction, self._allowance = slopes, varied.direction, allowance
        self._effects = Effects(switched, slopes, p, allowance)
        self._crossings = Crossings(self._effects, slopes, varied, allowance)
        self._still = np.zeros(len(varied.names))
        table = switched.events
        self._events = None if table is None else MovingEvents(table, slopes, p, len(varied.names))

    def cross(self, point: JumpPoint, s: Floats) -> Floats:
        """S after a jump from S before it, (n, w); p is left with the modes that hold from there on."""
        effects = self._effects
        effects.hold(point.held)
        slope = effects.slope(point.time, point.before)
        moved_time = self._still if point.is_start else self._moved_time(point, s, slope)
        carried = slope[:, None] * moved_time
        at = Moving(point.time, point.before, moved_time, s + carried, self._direction)
        self._happen(point, at)
        if point.is_start or point.executed:
            self._refuse_standing(point, at, np.abs(s) + np.abs(carried))
        effects.hold(point.then)
        return np.asarray(at.moved - effects.slope(at.t, at.x)[:, None] * moved_time)

    def _moved_time(self, point: JumpPoint, s: Floats, slope: Floats) -> Floats:
        if self._events is None:
            return self._crossings.moved_time(point, s, slope, (), np.zeros(0))
        due = [
            Cause(waiting.moved_time, self._still, event=waiting.event)
            for waiting in self._events.due(point.time)
        ]
        return self._crossings.moved_time(point, s, slope, due, self._events.held)

    def _happen(self, point: JumpPoint, at: Moving) -> None:
        """Execute what was executed."""
        if self._events is not None:
            self._events.look(at)
            for event in point.executed:
                self._events.execute(event, at)
                self._events.look(at)
        if not np.allclose(at.x, point.after, rtol=_SAME_STATES, atol=0.0, equal_nan=True):
            raise_lost(at.t)

    def _refuse_standing(self, point: JumpPoint, at: Moving, size: Floats) -> None:
        """Refuse a start or a landing right on a threshold that it does not move along with.

        size: of what the motion of the states was the sum of, (n, w).
        """
        slopes, here = self._slopes, (at.t, at.x, self._effects.p)
        self._effects.hold(point.then)
        margin = slopes.margins(*here)
        rounded = np.array([mode.op in ("floor", "ceil") for mode in slopes.modes], dtype=bool)
        distance = np.abs(np.where(rounded, margin - np.rint(margin), margin))
        standing = np.flatnonzero(distance <= _ROUNDING * slopes.sizes(*here)).tolist()
        if not standing:
            return
        moved = np.abs(slopes.margin_slopes.along(*here, at.stacked))
        summed = at.stacked
        summed[: len(size)] = np.maximum(np.abs(summed[: len(size)]), size)
        allowed = slopes.margin_slopes.reach(*here, summed) * (GLOBAL * self._allowance.rtol)
        for mode in standing:
            columns = moved[mode] > allowed[mode]
            if columns.any() and self._has_other_side(point, at, mode):
                raise UnsupportedFeature(
                    "E-SENSITIVITY-JUMP",
                    f"a state right on a threshold at t = {at.t:.6g}, with another slope on each side",
                    needed="starts and assigned values beside thresholds, for sensitivities",
                    advice=f"change a number a little, or leave out {self._crossings.told(columns)} (wrt)",
                    where=slopes.where(modes=(mode,)),
                )

    def _has_other_side(self, point: JumpPoint, at: Moving, mode: int) -> bool:
        """Whether the rates or the events change across a threshold."""
        for other in _across(self._slopes.modes[mode].op, float(point.then[mode])):
            flipped = point.then.copy()
            flipped[mode] = other
            if not self._effects.are_same(at.t, at.x, point.then, flipped):
                return True
        return False


def _across(op: str, value: float) -> tuple[float, ...]:
    """The modes beside a threshold on which a mode has this value."""
    if op == "floor":
        return (value - 1.0,)
    if op == "ceil":
        return (value + 1.0,)
    if op == "eq":
        return (-1.0, 1.0)
    return (1.0 - value,)
