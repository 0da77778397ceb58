"""One experiment run: its periods one after the other, and the states where something was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.kernel import Vector
from isthmus.errors import NumericalError, UnsupportedFeature, Where
from isthmus.model.calibration import Change, Experiment, Period
from isthmus.simulate.rates import Run, run
from isthmus.simulate.steady_state import steady_state
from isthmus.study.calibration.dated import carry_triggers, with_periods
from isthmus.study.calibration.free_model import FreeModel

Floats = NDArray[np.float64]

RTOL = 1e-8
_MOST_STEPS = 1_000_000
# A run that is followed until it rests: spans grow by this, and this much may change over the last of them.
_LONGER = 10.0
_SPANS = 16
_AT_REST = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The states at the measured times of one period.

    free: the model that was run. times: of the experiment, ∞ for a steady state. clock: the same, as the
    kernels count it. states: (k, n). parameters: p. values: by id.
    """

    free: FreeModel
    times: tuple[float, ...]
    clock: Floats
    states: Floats
    parameters: Vector
    values: Mapping[str, float]


def run_experiment(free: FreeModel, experiment: Experiment, times: Sequence[float]) -> list[Piece]:
    """The states at the times, ascending; those of a period's start are after its changes.

    Raises NumericalError where an integration fails or no steady state is found.
    """
    _refuse_early(experiment, times)
    finite = [period for period in experiment.periods if math.isfinite(period.time)]
    values = _opened(free, experiment.periods[0], experiment.start)
    if experiment.is_preequilibrated:
        values = _at_rest(free, values, experiment)
        free = carry_triggers(free, values)
        if finite:
            values = _changed(free, values, finite[0])
    starts = finite or [Period(0.0)]
    if free.dynamics.model.events and len(starts) > 1:
        free, starts = with_periods(free, starts[0].time, starts[1:]), starts[:1]
    pieces: list[Piece] = []
    ends = [*(period.time for period in starts[1:]), math.inf]
    for i, (period, end) in enumerate(zip(starts, ends, strict=True)):
        if i > 0:
            values = _changed(free, values, period)
        piece, values = _followed(free, values, period.time, end, times)
        pieces.append(piece)
    if math.inf in times:
        free = carry_triggers(free, values)
        values = _at_rest(free, values, experiment)
        x, p = free.vectors(values)
        pieces.append(Piece(free, (math.inf,), np.array([math.inf]), x[None, :], p, values))
    return pieces


def _refuse_early(experiment: Experiment, times: Sequence[float]) -> None:
    if min(times, default=math.inf) < experiment.start:
        raise UnsupportedFeature(
            "E-PETAB-FEATURE",
            f"a measurement at {min(times):g}, before the experiment {experiment.id!r} starts",
            needed=f"times from {experiment.start:g} on",
        )


def _opened(free: FreeModel, period: Period, time: float) -> dict[str, float]:
    """The values at the start of an experiment, its first changes made."""
    before = free.start.at(time, free.chosen)
    chosen = {**free.chosen, **_targets(free, period.changes, before, time)}
    return free.start.at(time, chosen)


def _targets(
    free: FreeModel, changes: Sequence[Change], values: Mapping[str, float], time: float
) -> dict[str, float]:
    return {c.target: free.start.value(c.formula, values, time, c.where) for c in changes}


def _changed(free: FreeModel, values: Mapping[str, float], period: Period) -> dict[str, float]:
    """The values after the changes of a period; what is a state and not changed stays."""
    if period.constants_anew:
        opened = _opened(free, period, period.time)
        targets = {change.target for change in period.changes}
        kept = {name: values[name] for name in free.states - targets}
        return {**opened, **kept}
    return {**values, **_now(free, values, period)}


def _now(free: FreeModel, values: Mapping[str, float], period: Period) -> dict[str, float]:
    """The values that the changes give from the state of just before; what is computed is computed anew."""
    if not period.changes:
        return {}
    current = {name: values[name] for name in free.dynamics.quantities if name in values}
    rules = free.start.at(period.time, current)
    return _targets(free, period.changes, rules, period.time)


def _followed(
    free: FreeModel, values: dict[str, float], start: float, end: float, times: Sequence[float]
) -> tuple[Piece, dict[str, float]]:
    """(the states at those times that are in [start, end), the values at the end or the last of them)."""
    if free.zero:
        values = {**values, free.zero: start}
    inside = tuple(sorted({time for time in times if start <= time < end and math.isfinite(time)}))
    horizon = (end if math.isfinite(end) else max(inside, default=start)) - start
    clock = np.array(inside) - start
    x, p = free.vectors(values)
    if horizon <= 0.0 and not free.dynamics.model.events:
        return Piece(free, inside, clock, np.repeat(x[None, :], len(inside), axis=0), p, values), values
    # Events at the very start are seen by running on for a while.
    done = _run(free, values, horizon or 1.0)
    piece = Piece(free, inside, clock, done.at(clock), done.parameters, values)
    x, p = done.at([horizon])[0], done.parameters
    return piece, {**values, **_by_id(free, horizon, x, p)}


def _run(free: FreeModel, values: Mapping[str, float], horizon: float) -> Run:
    return run(free.dynamics, horizon, quantities=free.quantities(values), rtol=RTOL, max_steps=_MOST_STEPS)


def _by_id(free: FreeModel, clock: float, x: Vector, p: Vector) -> dict[str, float]:
    return dict(zip(free.dynamics.states, free.by_id(clock, x, p).tolist(), strict=True))


def _at_rest(free: FreeModel, values: dict[str, float], experiment: Experiment) -> dict[str, float]:
    """The values where nothing changes any more."""
    if not free.states:
        return values
    if free.dynamics.model.events:
        return _followed_to_rest(free, values, experiment)
    try:
        found = steady_state(free.dynamics, free.quantities(values))
    except (UnsupportedFeature, NumericalError):
        return _followed_to_rest(free, values, experiment)
    # Where a whole line of states rests, only the trajectory tells which of them it comes to.
    if not found.stable:
        return _followed_to_rest(free, values, experiment)
    states = dict(zip(found.names, found.values.tolist(), strict=True))
    return {**values, **{name: states[name] for name in free.dynamics.states}}


def _followed_to_rest(free: FreeModel, values: dict[str, float], experiment: Experiment) -> dict[str, float]:
    """Integrate over longer and longer times until the longest changes nothing."""
    horizon = 1.0
    before = _by_id(free, 0.0, *free.vectors(values))
    for _ in range(_SPANS):
        done = _run(free, values, horizon)
        after = _by_id(free, horizon, done.at([horizon])[0], done.parameters)
        sizes = {name: max(abs(before[name]), abs(value)) for name, value in after.items()}
        if all(abs(after[name] - before[name]) <= _AT_REST * size for name, size in sizes.items()):
            return {**values, **after}
        before, horizon = after, horizon * _LONGER
    raise NumericalError(
        "E-NO-STEADY-STATE",
        f"experiment {experiment.id!r} is still on its way at {horizon / _LONGER:g}",
        needed="a trajectory that comes to rest",
        advice="check the conditions before the simulation",
        where=Where(free.dynamics.model.source),
    )
