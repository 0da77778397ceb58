"""How long to look when nobody said: until the observables have settled, or for four peaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.rates import Dynamics
from isthmus.errors import NumericalError, UsageError
from isthmus.model.question import Observable
from isthmus.simulate.rates import Run, chosen_quantities, run
from isthmus.solve.through import solve_through
from isthmus.study.peaks import peaks

Floats = NDArray[np.float64]

MARGIN = 1.3
SETTLED = 0.01
PEAKS = 4
_LONGER = 1000.0
_DOUBLINGS = 70
_INTERIOR = 8
_NOTHING = 1e-9
# What moves by less than a hundred tolerances may be noise of the integration; a tighter run tells.
_FAINT = 1e-4
_TIGHT = 1e-8


@dataclass(frozen=True, slots=True)
class Horizon:
    """The end of the window, in the model's time unit, and why."""

    value: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    times: Floats
    values: Floats

    @property
    def ranges(self) -> Floats:
        return np.asarray(np.ptp(self.values, axis=0))


def derive_horizon(
    dynamics: Dynamics,
    observables: Sequence[Observable],
    *,
    quantities: Mapping[str, float] | None = None,
    first: float | None = None,
) -> Horizon:
    """Return 1.3 × the last time any observable is more than 1 % of its range from steady state.

    For oscillators, four peaks. T is doubled, from ten times the shortest memory of a state, until every
    observable that moves either holds still over the second half of [0, T] and stays there up to 1000 T, or
    goes on oscillating. first: a T to begin with, longer than any timed switch. Raises UsageError that tells
    what was seen where neither happens; NumericalError where the solution does not go on.
    """
    require_states(dynamics)
    names = tuple(observable.name for observable in observables)
    kernel = dynamics.kernel([observable.formula for observable in observables])
    end = first if first is not None else first_guess(dynamics, quantities)
    seen = ""
    for _ in range(_DOUBLINGS):
        try:
            done = run(dynamics, end, quantities=quantities)
            curves = _sample(done, kernel.address, kernel.width)
            moving = _moving(done, curves, kernel.address, kernel.width)
        except NumericalError as stopped:
            if not seen:
                raise
            seen = f"{seen}; then {stopped.found}"
            break
        if moving.any():
            found = _oscillating(curves, moving, names) or _settled(
                done, curves, moving, names, kernel.address
            )
            if found is not None:
                return found
            seen = _describe(curves, moving, names)
        end *= 2.0
    if not seen:
        raise UsageError(
            "E-STILL",
            f"nothing moves: {', '.join(names)} stays where it starts up to t = {end / 2:.3g}",
            needed="an observable that changes at the nominal values",
            advice="another observable, other initial values, or a time of your own",
        )
    raise UsageError(
        "E-NO-HORIZON",
        f"no horizon can be derived for {', '.join(names)}: up to t = {end / 2:.3g}, {seen}",
        needed="observables that settle or oscillate",
        advice="say how long to look, with --horizon",
    )


def require_states(dynamics: Dynamics) -> None:
    """Refuse (UsageError E-STILL) a model in which nothing can move."""
    if not dynamics.states:
        raise UsageError(
            "E-STILL",
            "the model has no reaction and no rate rule, so nothing moves",
            needed="a species or a parameter that changes",
        )


def first_guess(dynamics: Dynamics, quantities: Mapping[str, float] | None = None) -> float:
    """Return ten times the shortest memory 1/|∂ẋ_i/∂x_i| at the start; 1 where no state acts on itself."""
    from isthmus.solve.evaluate import evaluate_jacobian

    start, parameters = dynamics.start(chosen_quantities(dynamics, quantities or {}))
    memory = np.abs(np.diagonal(evaluate_jacobian(dynamics.live_system, 0.0, start, parameters)))
    acting = memory[np.isfinite(memory) & (memory > 0)]
    return 10.0 / float(acting.max()) if len(acting) else 1.0


def _sample(done: Run, address: int, width: int) -> _Curves:
    """Evaluate the observables on the integrator's steps and at points between them."""
    steps = done.solution.t
    fractions = np.arange(_INTERIOR) / _INTERIOR
    times = np.append((steps[:-1, None] + np.diff(steps)[:, None] * fractions).ravel(), steps[-1])
    return _Curves(times, done.observe(address, width, times))


def _moving(done: Run, curves: _Curves, address: int, width: int) -> NDArray[np.bool_]:
    """Which observables move, and not by noise: where that may be, a tighter run has to move the same way."""
    sizes = np.abs(curves.values).max(axis=0)
    moving = np.asarray(curves.ranges > _NOTHING * sizes)
    faint = moving & (curves.ranges < _FAINT * sizes)
    if not faint.any():
        return moving
    quantities = dict(zip(done.dynamics.quantities, done.quantities.tolist(), strict=True))
    tight = run(done.dynamics, done.horizon, quantities=quantities, rtol=_TIGHT)
    again = tight.observe(address, width, curves.times)
    resolved = np.abs(again - curves.values).max(axis=0) <= 0.5 * np.ptp(again, axis=0)
    return np.asarray(moving & (resolved | ~faint))


def _settled(
    done: Run, curves: _Curves, moving: NDArray[np.bool_], names: tuple[str, ...], address: int
) -> Horizon | None:
    """Return the horizon when the second half is still, and stays so for much longer."""
    tail = curves.times >= 0.5 * curves.times[-1]
    drift = np.ptp(curves.values[tail], axis=0)
    if (drift[moving] > 0.1 * SETTLED * curves.ranges[moving]).any():
        return None
    longer = _sample(_continued(done), address, len(names))
    if longer.times[-1] < 10.0 * done.horizon:
        return None
    steady = longer.values[-1]
    later = longer.times >= done.horizon
    away = np.abs(longer.values[later] - steady).max(axis=0)
    if (away > np.maximum(SETTLED * curves.ranges, _NOTHING * np.abs(longer.values).max(axis=0))).any():
        return None
    last, which = 0.0, names[0]
    for i in np.flatnonzero(moving).tolist():
        time = _last_outside(done, address, len(names), curves, i, float(steady[i]))
        if time > last:
            last, which = time, names[i]
    if last == 0.0:
        return None
    return Horizon(
        MARGIN * last,
        f"1.3 × {last:.4g}, the last time {which} is more than 1 % of its range from steady state "
        f"(still steady at {longer.times[-1]:.3g})",
    )


def _continued(done: Run) -> Run:
    """Run 1000 times longer, as far as it goes, at tolerances enough to see 1 %."""
    # High orders ring at a spiral steady state and crawl there; whatever was reached then serves.
    start, _ = done.dynamics.start(done.quantities)
    switched = done.dynamics.switched()
    solution = solve_through(
        done.dynamics.live_system if switched is None else switched,
        0.0,
        _LONGER * done.horizon,
        start,
        done.parameters,
        1e-4,
        100.0 * done.atol,
        max_steps=20_000,
    ).solution
    return Run(done.dynamics, solution, done.quantities, done.parameters, 100.0 * done.atol)


def _last_outside(done: Run, address: int, width: int, curves: _Curves, i: int, steady: float) -> float:
    """Return the last time |y − y∞| exceeds 1 % of the range, refined by bisection on the dense solution."""
    band = SETTLED * max(float(np.ptp(curves.values[:, i])), abs(float(curves.values[0, i]) - steady))
    outside = np.flatnonzero(np.abs(curves.values[:, i] - steady) > band)
    if not len(outside):
        return 0.0
    k = int(outside[-1])
    if k + 1 == len(curves.times):
        return float(curves.times[k])
    low, high = float(curves.times[k]), float(curves.times[k + 1])
    for _ in range(40):
        middle = 0.5 * (low + high)
        if abs(float(done.observe(address, width, [middle])[0, i]) - steady) > band:
            low = middle
        else:
            high = middle
    return low


def _oscillating(curves: _Curves, moving: NDArray[np.bool_], names: tuple[str, ...]) -> Horizon | None:
    """Return the horizon when some observable goes on oscillating with an undiminished amplitude."""
    end, slowest, count = 0.0, "", 0
    for i in np.flatnonzero(moving).tolist():
        found = peaks(curves.times, curves.values[:, i])
        if not found.is_sustained(PEAKS):
            continue
        count += 1
        fourth = found.times[PEAKS - 1] + 0.5 * (found.times[PEAKS - 1] - found.times[PEAKS - 2])
        if fourth > end:
            end, slowest = float(fourth), names[i]
    if not count:
        return None
    return Horizon(end, f"four peaks of {slowest}, which goes on oscillating")


def _describe(curves: _Curves, moving: NDArray[np.bool_], names: tuple[str, ...]) -> str:
    tail = curves.times >= 0.5 * curves.times[-1]
    words = []
    for i in np.flatnonzero(moving).tolist():
        first, last = curves.values[tail, i][0], curves.values[-1, i]
        share = (last - first) / curves.ranges[i]
        verb = "grows" if share > SETTLED else "falls" if share < -SETTLED else "fluctuates"
        words.append(f"{names[i]} still {verb} ({first:.3g} to {last:.3g} over the second half)")
    return "; ".join(words)
