"""CVODE, IDA and Radau through jumps and events, which they know nothing of.

A march is integrated to its stop, the curve is looked at, and where a mode changes the same integration is
repeated with ever denser requested times: these do not influence its steps. Slow, and independent of NDF.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats, System
from isthmus.errors import UsageError
from isthmus.solve.echoes import Echoes
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.hybrid import HybridSolution, Journey
from isthmus.solve.ndf import checked_input
from isthmus.solve.result import Counts, ResultCode, Samples

if TYPE_CHECKING:
    from isthmus.solve.record import Record

Integrate = Callable[..., Samples]

_FIRST_STEPS = 64
_TIMES = 64
_POINTS = 4
_ROUNDING = 1.1102230246251565e-16


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
    parameters = switched.lengthened(ordinary)
    echoes = None if switched.lags is None else Echoes(switched.lag_values(t0, start, parameters))
    record = None
    passed: dict[str, Any] = {}
    if echoes is not None:
        record = passed["record"] = _record(integrate, t0, start, echoes.longest_step)
        parameters[switched.ordinary - 1] = record.history.bits
    switched.read_modes(t0, start, parameters)

    def between(system: System, t: float, end: float, x: Floats, at: Floats, steps: int) -> Samples:
        return integrate(system, t, end, x, parameters, rtol, tolerances, times=at, max_steps=steps, **passed)

    asked = np.array(times, dtype=np.float64).reshape(-1)
    marcher = SampledMarcher(between, switched, (t0, start), parameters, asked, max_steps, record)
    done = Journey(switched, marcher, (t0, t1), parameters, echoes).run()
    return done if record is None else replace(done, curve=record.solution())


def _record(integrate: Integrate, t0: float, start: Floats, longest_step: float) -> Record:
    from isthmus.solve.radau import solve_radau
    from isthmus.solve.record import Record

    if integrate is not solve_radau:
        raise UsageError("E-DELAY-METHOD", "a model with delay()", needed="method ndf or radau")
    return Record(t0, start, longest_step)


class SampledMarcher:
    """An independent integrator as the loop over jumps and events takes it."""

    def __init__(
        self,
        integrate: Callable[[System, float, float, Floats, Floats, int], Samples],
        switched: SwitchedSystem,
        start: tuple[float, Floats],
        p: Floats,
        asked: Floats,
        max_steps: int,
        record: Record | None = None,
    ) -> None:
        self._record, self._known = record, 0
        self._integrate, self._switched, self._p = integrate, switched, p
        self._system, self._watched = switched.frozen, np.ones(switched.modes, dtype=np.bool_)
        self._t, self._x = [start[0]], [start[1]]
        self._asked, self._left = asked, max_steps
        self._found = np.full((len(asked), switched.live.states), np.nan)
        self._found[asked == start[0]] = start[1]

    @property
    def t(self) -> float:
        """The time that was reached."""
        return self._t[-1]

    @property
    def x(self) -> Floats:
        """The state there."""
        return self._x[-1]

    def use(self, system: System, watched: Flags) -> None:
        """Go on with other rates, and watch these modes only."""
        self._system, self._watched = system, watched

    def leap(self, t: float, x: Floats) -> None:
        """Go on from another state."""
        self._found[((self._asked > self.t) & (self._asked < t)) | (self._asked == t)] = x
        self._t.append(t)
        self._x.append(x)
        if self._record is not None:
            self._record.leap(t, x)
            self._known = self._record.steps

    def restart(self) -> None:
        """Go on from here with other modes: every march begins anew."""

    def advance(self, t1: float) -> ResultCode:
        """Integrate to t1, or to the first change of a mode; SUCCESS in both cases."""
        limit = min(_FIRST_STEPS, self._left)
        while True:
            samples = self._between(t1, np.empty(0), limit)
            bracket = self._first_change(samples, t1, limit)
            if bracket is not None:
                return self._stop_in(*bracket, t1, limit)
            if samples.code is not ResultCode.MAX_STEPS or limit >= self._left:
                break
            limit = min(4 * limit, self._left)
        self._keep(samples, samples.t[-1], t1, limit)
        return samples.code

    def solution(self, code: ResultCode) -> Samples:
        """Everything so far."""
        counts = Counts(steps=len(self._t) - 1)
        return Samples(code, np.array(self._t), np.array(self._x), self._asked, self._found, counts)

    def _between(self, t1: float, at: Floats, limit: int) -> Samples:
        if self._record is not None:
            self._record.go_back(self._known)
        return self._integrate(self._system, self.t, t1, self.x, at, limit)

    def _first_change(self, samples: Samples, t1: float, limit: int) -> tuple[float, float] | None:
        """Between which times a mode changes first, by a look at all steps."""
        found: list[tuple[float, float]] = []
        dense, coarse = (_points(samples.t, count) for count in (_TIMES, _POINTS))
        if self._switched.timed.width and len(dense):
            changed = self._timed_differ(dense)
            found += _bracket(self.t, dense, changed)
        if self._switched.stated.width and len(coarse):
            states = self._between(t1, coarse, limit).at_times
            found += _bracket(self.t, coarse, self._stated_differ(coarse, states))
        return min(found, key=lambda bracket: bracket[1]) if found else None

    def _stop_in(self, low: float, high: float, t1: float, limit: int) -> ResultCode:
        """Stop at the first time of a bracket at which a mode differs."""
        while True:
            times = np.unique(np.linspace(low, high, _TIMES))[1:]
            samples = self._between(t1, times, limit)
            changed = self._timed_differ(times) | self._stated_differ(times, samples.at_times)
            first = int(np.argmax(changed)) if changed.any() else len(times) - 1
            high, low = float(times[first]), float(times[first - 1]) if first else low
            if high - low <= max(_ROUNDING * max(abs(high), high - self.t), math.ulp(high)):
                break
        self._keep(samples, high, t1, limit)
        if self.t < high:
            self._t.append(high)
            self._x.append(samples.at_times[first])
        return ResultCode.SUCCESS

    def _keep(self, samples: Samples, end: float, t1: float, limit: int) -> None:
        """Keep the steps before a time, and what was asked for up to it."""
        inside = (self._asked > self.t) & (self._asked <= end)
        if inside.any():
            self._found[inside] = self._between(t1, self._asked[inside], limit).at_times
        if self._record is not None:
            self._record.end_at(end)
            self._known = self._record.steps
        last = int(np.searchsorted(samples.t, end, side="right"))
        self._left -= last - 1
        self._t += samples.t[1:last].tolist()
        self._x += list(samples.x[1:last])

    def _timed_differ(self, times: Floats) -> Flags:
        timed = self._switched.timed
        states = np.tile(self.x, (len(times), 1))
        live = evaluate_many(timed.address, times, states, self._p, timed.width)
        return self._differ(live, 0)

    def _stated_differ(self, times: Floats, states: Floats) -> Flags:
        stated = self._switched.stated
        live = evaluate_many(stated.address, times, states, self._p, stated.width)
        return self._differ(live, self._switched.timed.width)

    def _differ(self, live: Floats, first: int) -> Flags:
        place = self._switched.ordinary + first
        held, watched = self._p[place : place + live.shape[1]], self._watched[first : first + live.shape[1]]
        return np.asarray(((live != held) & watched).any(axis=1))


def _points(t: Floats, count: int) -> Floats:
    """So many times in each step, its end included."""
    shares = np.arange(1, count + 1) / count
    points = t[:-1, None] + np.diff(t)[:, None] * shares
    points[:, -1] = t[1:]
    return np.asarray(points.reshape(-1))


def _bracket(start: float, times: Floats, changed: Flags) -> list[tuple[float, float]]:
    if not changed.any():
        return []
    first = int(np.argmax(changed))
    return [(float(times[first - 1]) if first else start, float(times[first]))]
