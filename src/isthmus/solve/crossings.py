"""How the time of a jump moves with quantities, and whether it can be said at all.

A margin g changes its sign at τ: ∂τ/∂q = −(∂g/∂x S + ∂g/∂q) / (∂g/∂t + ∂g/∂x x′). Where several margins do so
at one time, or a delayed event is due as well, all of those that something depends on must move together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.dynamics.jump_slopes import JumpSlopes
from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats
from isthmus.errors import UnsupportedFeature
from isthmus.solve.evaluate import evaluate_rates
from isthmus.solve.jump_points import JumpPoint, differ

# Errors of a whole run, in those of a step.
GLOBAL = 100.0
# Times that should be one may differ by ten times the errors of a run.
_APART = 10.0 * GLOBAL
# Jumps closer than this, of max(|t|, the span), are at one time.
SHORT = 1e-12
# Rates that differ by less: of their size, or of what a step may be wrong by in all.
_SAME_RATES = 1e-9
_SAME_STATES = 1e-6
# Of the span, where a quantity changes by as much as it is.
_SAME_TIMES = 1e-9
_NESTED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Allowance:
    """The errors of a step: ``rtol |x| + atol`` of states, ``rtol |S| + floor`` of sensitivities, (n, w)."""

    rtol: float
    atol: Floats
    floor: Floats
    span: float


@dataclass(frozen=True, slots=True, eq=False)
class Varied:
    """What sensitivities are to: names and values of w quantities, and ∂p/∂q, (ordinary p, w)."""

    names: tuple[str, ...]
    values: Floats
    direction: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """Why something happens at a time, and how that time moves: (w,), give or take ``doubt``.

    mode: which one changed, from and to what. event: the delayed one that was due. is_touched: whether the
    margin may turn round instead.
    """

    moved_time: Floats
    doubt: Floats
    mode: int = -1
    event: int = -1
    change: tuple[float, float] = (0.0, 0.0)
    is_touched: bool = False

    def apart(self, other: Cause, rtol: float, least: Floats) -> Flags:
        """Whether both move the time in different ways, by more than least, one a column."""
        size = np.maximum(np.abs(self.moved_time), np.abs(other.moved_time))
        allowed = _APART * (rtol * size + self.doubt + other.doubt) + least
        # A time that is no number moves like no other.
        return np.asarray(~(np.abs(self.moved_time - other.moved_time) <= allowed))


class Crossings:
    """The jumps of one integration in order; `effects` says what modes do."""

    def __init__(
        self,
        effects: Effects,
        slopes: JumpSlopes,
        varied: Varied,
        allowance: Allowance,
    ) -> None:
        """Begin before the first jump."""
        self._effects, self._slopes, self._direction = effects, slopes, varied.direction
        self._allowance, self._names = allowance, varied.names
        self._still = np.zeros(len(varied.names))
        size = np.abs(varied.values)
        self._least = np.divide(_SAME_TIMES * allowance.span, size, out=np.zeros_like(size), where=size > 0.0)
        self._time, self._begun = -np.inf, np.zeros(0)
        self._causes: list[Cause] = []

    def moved_time(
        self, point: JumpPoint, s: Floats, slope: Floats, due: Sequence[Cause], holds: Floats
    ) -> Floats:
        """∂τ/∂q: (w,); zero where nothing depends on the time of the jump.

        s, slope: S and x′ before it. holds: the conditions of events there.
        """
        if point.time - self._time > SHORT * max(abs(point.time), self._allowance.span):
            self._causes, self._begun = [], point.held
        self._time = point.time
        crossed = self._crossed(point, s, slope)
        again = {cause.mode for cause in crossed}
        self._causes = [cause for cause in self._causes if cause.mode not in again or cause.event >= 0]
        self._causes += [*crossed, *due]
        if not self._causes:
            return self._still
        is_felt = bool(due) or not self._effects.are_same(
            point.time, point.before, point.held, point.found, holds
        )
        causes = self._causes
        if self._apart(causes) is not None:
            causes = [cause for cause in causes if self._matters(cause, point, holds)]
            if not causes:
                causes = self._causes if is_felt else []
            self._refuse_apart(causes, point.time)
        if not is_felt:
            return self._still
        self._refuse_touched(causes, point.time)
        return causes[0].moved_time

    def _crossed(self, point: JumpPoint, s: Floats, slope: Floats) -> list[Cause]:
        """The modes whose own margins changed their signs, not only modes nested in them."""
        changed = differ(point.held, point.found)
        if not changed.any():
            return []
        own = self._effects.own(point.time, point.before, point.held)
        modes = np.flatnonzero(changed & differ(own, point.held)).tolist() or np.flatnonzero(changed).tolist()
        self._effects.hold(point.held)
        here, margins = (point.time, point.before, self._effects.p), self._slopes.margin_slopes
        fixed, still = np.zeros_like(self._direction), self._still[None, :]
        moved = margins.along(*here, np.vstack([s, self._direction, still]))
        doubt = margins.reach(*here, np.vstack([self._allowance.floor, fixed, still]))
        speed = self._speed(point.time, point.before, slope)
        causes: list[Cause] = []
        for mode in modes:
            change = (float(point.held[mode]), float(point.found[mode]))
            if not moved[mode].any():
                causes.append(Cause(self._still, self._still, mode, change=change))
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                time, unsure = -moved[mode] / speed[mode], doubt[mode] / abs(speed[mode])
            is_touched = self._is_touched(point, mode, float(speed[mode]))
            causes.append(Cause(time, unsure, mode, change=change, is_touched=is_touched))
        return causes

    def _speed(self, t: float, x: Floats, slope: Floats) -> Floats:
        """How fast the margins change along the solution: one a mode."""
        ahead = np.concatenate([slope, np.zeros(len(self._direction)), [1.0]])
        return self._slopes.margin_slopes.along(t, x, self._effects.p, ahead[:, None])[:, 0]

    def _is_touched(self, point: JumpPoint, mode: int, speed: float) -> bool:
        """Whether a margin would turn round within the errors of the run."""
        if point.earlier is None or speed == 0.0 or not np.isfinite(speed):
            return True
        time, state = point.earlier
        before = float(self._speed(time, state, self._effects.slope(time, state))[mode])
        braking = (abs(before) - abs(speed)) / (point.time - time)
        if before * speed <= 0.0 or braking <= 0.0:
            return False
        error = self._allowance.rtol * np.abs(point.before) + self._allowance.atol
        still = np.zeros(len(self._direction) + 1)
        room = np.concatenate([error, still])[:, None]
        noise = self._slopes.margin_slopes.reach(point.time, point.before, self._effects.p, room)[mode, 0]
        return bool(0.5 * speed * speed / braking <= GLOBAL * noise)

    def _matters(self, cause: Cause, point: JumpPoint, holds: Floats) -> bool:
        """Whether anything depends on this change, before or after the others."""
        if cause.event >= 0:
            return True
        here = (point.time, point.before)
        before, after = cause.change
        alone = self._with(cause, after, self._begun, point)
        without = self._with(cause, before, point.found, point)
        effects = self._effects
        return not (
            effects.are_same(*here, self._begun, alone, holds)
            and effects.are_same(*here, without, point.found, holds)
        )

    def _with(self, cause: Cause, value: float, modes: Floats, point: JumpPoint) -> Floats:
        """The modes with one of them set, and those in which it is nested as they then are."""
        free = np.ones(len(modes), dtype=bool)
        free[[other.mode for other in self._causes if other.mode >= 0]] = False
        changed = modes.copy()
        changed[cause.mode] = value
        for _ in range(_NESTED):
            changed[free] = self._effects.own(point.time, point.before, changed)[free]
        return changed

    def _apart(self, causes: Sequence[Cause]) -> tuple[Cause, Flags] | None:
        """A cause that does not move with the first, and in which columns."""
        for other in causes[1:]:
            columns = causes[0].apart(other, self._allowance.rtol, self._least)
            if columns.any():
                return other, columns
        return None

    def _refuse_apart(self, causes: Sequence[Cause], time: float) -> None:
        found = self._apart(causes)
        if found is None:
            return
        other, columns = found
        both = (causes[0], other)
        raise UnsupportedFeature(
            "E-SENSITIVITY-JUMP",
            f"two jumps at t = {time:.6g} that move apart with {self.told(columns)}",
            needed="jumps of one time that move together, for sensitivities",
            advice="change a number a little, or leave these quantities out (wrt)",
            where=self._slopes.where(
                [cause.event for cause in both if cause.event >= 0],
                [cause.mode for cause in both if cause.mode >= 0],
            ),
        )

    def _refuse_touched(self, causes: Sequence[Cause], time: float) -> None:
        touched = next((cause for cause in causes if cause.is_touched), None)
        if touched is not None:
            raise UnsupportedFeature(
                "E-SENSITIVITY-JUMP",
                f"a threshold that is touched rather than crossed at t = {time:.6g}",
                needed="a crossing at a speed, for sensitivities: a little less and there is none",
                advice="a smaller rtol where the crossing is real, or other values",
                where=self._slopes.where(modes=[touched.mode]),
            )

    def told(self, columns: Flags) -> str:
        """The quantities of some columns by name."""
        return ", ".join(self._names[column] for column in np.flatnonzero(columns).tolist())


class Effects:
    """What the modes of a system do to its rates and to the conditions of its events."""

    def __init__(self, switched: SwitchedSystem, slopes: JumpSlopes, p: Floats, allowance: Allowance) -> None:
        """P: the lengthened one, into which modes are written."""
        self.p = p
        self._frozen, self._slopes, self._allowance = switched.frozen, slopes, allowance
        self._modes = p[switched.ordinary : switched.ordinary + switched.modes]
        gain = self._frozen.gain
        self._size = replace(gain, data=np.abs(gain.data))

    def hold(self, modes: Floats) -> None:
        """Evaluate with these modes from here on."""
        self._modes[:] = modes

    def slope(self, t: float, x: Floats) -> Floats:
        """x′ with the modes that are held."""
        return self._frozen.gain.times(evaluate_rates(self._frozen, t, x, self.p))

    def own(self, t: float, x: Floats, modes: Floats) -> Floats:
        """The modes by their own margins, those nested in them being these."""
        self.hold(modes)
        return self._slopes.own(t, x, self.p)

    def are_same(self, t: float, x: Floats, left: Floats, right: Floats, holds: Floats | None = None) -> bool:
        """Whether rates and conditions are the same with either modes.

        holds: of the conditions, those that hold already do not count.
        """
        self.hold(left)
        one, others = evaluate_rates(self._frozen, t, x, self.p), self._slopes.conditions(t, x, self.p)
        self.hold(right)
        other, conditions = evaluate_rates(self._frozen, t, x, self.p), self._slopes.conditions(t, x, self.p)
        moved = np.abs(self._frozen.gain.times(other) - self._frozen.gain.times(one))
        size = self._size.times(np.maximum(np.abs(one), np.abs(other)))
        error = self._allowance.rtol * np.abs(x) + self._allowance.atol
        allowed = np.fmax(_SAME_RATES * size, _SAME_STATES * error / self._allowance.span)
        # A rate without a value is another rate.
        if not (moved <= allowed).all():
            return False
        counts = np.ones(len(others), dtype=bool) if holds is None else holds == 0.0
        return bool(np.array_equal(others[counts] != 0.0, conditions[counts] != 0.0))
