"""The rates reading run as ordinary differential equations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.system import System
from isthmus.errors import NumericalError, UsageError
from isthmus.model.question import Observable
from isthmus.records.trajectory import Trajectory
from isthmus.simulate.integrators import integrate
from isthmus.simulate.smooth import Smooth
from isthmus.solve.outcome import require_end
from isthmus.solve.result import Samples, Solution

Floats = NDArray[np.float64]
METHODS = ("ndf", "cvode", "radau", "ida")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One integration from 0 to the horizon, in the states of the system (amounts).

    solution: dense for "ndf" where no times were requested or something jumps, sampled at those otherwise.
    parameters: p. quantities: q. atol: one a state. events: (time, id) in the order of execution; at its time
    the state after it holds. live_from: from when on jumps of the rates were stepped over as they are
    written, infinity for never. curve: what delays looked up, None where that is the solution or there are
    none.
    """

    dynamics: Dynamics
    solution: Solution | Samples
    quantities: Floats
    parameters: Floats
    atol: Floats
    events: tuple[tuple[float, str], ...] = ()
    live_from: float = math.inf
    curve: Solution | None = None

    @property
    def horizon(self) -> float:
        """The end of the run."""
        return float(self.solution.t[-1])

    def at(self, times: ArrayLike) -> Floats:
        """Return the states at some times: (k, n).

        Any times of a dense run will do, only the requested ones of a sampled one.
        """
        if isinstance(self.solution, Solution):
            return self.solution.at(times)
        asked = np.asarray(times, dtype=np.float64).reshape(-1)
        if np.array_equal(asked, self.solution.times):
            return self.solution.at_times
        positions = np.searchsorted(self.solution.times, asked).clip(max=max(len(self.solution.times) - 1, 0))
        if not len(self.solution.times) or not np.array_equal(self.solution.times[positions], asked):
            raise UsageError(
                "E-TIMES",
                "times that this run was not asked for",
                needed="the requested times, or a run by method ndf that was given none",
            )
        return np.asarray(self.solution.at_times[positions])

    def observe(self, kernel_address: int, width: int, times: ArrayLike) -> Floats:
        """Return a kernel of the model along the run: (k, width)."""
        asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
        if isinstance(self.solution, Solution) and not self.dynamics.model.has_delays:
            from isthmus.solve.dense_output import observed_at

            curves = np.empty((len(asked), width))
            if observed_at(self.solution, asked, kernel_address, self.parameters, curves):
                return curves
        return self._evaluate(kernel_address, width, asked, self.at(asked))

    def observe_steps(self, kernel_address: int, width: int) -> Floats:
        """Return a kernel of the model at the integrator's own steps: (steps + 1, width)."""
        if len(self.solution.t) != self.solution.steps + 1:
            raise UsageError(
                "E-TIMES", "the steps of a run that kept none", needed="a run that was given no times"
            )
        return self._evaluate(kernel_address, width, self.solution.t, self.solution.x)

    def _evaluate(self, address: int, width: int, times: Floats, states: Floats) -> Floats:
        from isthmus.solve.evaluate import evaluate_many

        if not self.dynamics.model.has_delays or not self.dynamics.states:
            return evaluate_many(address, times, states, self.parameters, width)
        from isthmus.solve.history import History, with_history

        curve = self.solution if self.curve is None else self.curve
        assert isinstance(curve, Solution)
        history = History.of(curve)
        return evaluate_many(address, times, states, with_history(self.parameters, history), width)


def simulate(
    dynamics: Dynamics,
    horizon: float,
    *,
    points: int | None = None,
    times: Sequence[float] | None = None,
    quantities: Mapping[str, float] | None = None,
    observables: Sequence[Observable] = (),
    rtol: float = 1e-6,
    atol: ArrayLike | None = None,
    method: str = "ndf",
    max_steps: int = 100_000,
) -> Trajectory:
    """Return the trajectory from 0 to the horizon.

    points: that many evenly spaced times, both ends included. times: exactly these. Neither: the integrator's
    own steps. quantities: values that differ from the nominal ones, by id (a state's id sets its initial
    value). atol: absolute tolerance in amounts; without it each state is scaled by its own peak (see
    `isthmus.solve.tolerance`). Raises UsageError for what cannot be asked, NumericalError with advice where
    the integration does not reach the horizon.
    """
    wanted = _times(horizon, points, times)
    done = run(
        dynamics,
        horizon,
        times=wanted,
        quantities=quantities,
        rtol=rtol,
        atol=atol,
        method=method,
        max_steps=max_steps,
    )
    asked = done.solution.t if wanted is None else wanted
    names = dynamics.states + tuple(observable.name for observable in observables)
    kernel = dynamics.kernel(
        [*map(symbol, dynamics.states), *(observable.formula for observable in observables)]
    )
    curves = (
        done.observe(kernel.address, kernel.width, asked)
        if wanted is not None
        else done.observe_steps(kernel.address, kernel.width)
    )
    count = len(dynamics.states)
    return Trajectory(
        np.array(asked, dtype=np.float64),
        dynamics.states,
        curves[:, :count],
        names[count:],
        curves[:, count:],
        _units(dynamics),
        dynamics.model.units.time,
        _attributes(done, method, rtol),
    )


def run(
    dynamics: Dynamics,
    horizon: float,
    *,
    times: ArrayLike | None = None,
    quantities: Mapping[str, float] | None = None,
    rtol: float = 1e-6,
    atol: ArrayLike | None = None,
    method: str = "ndf",
    max_steps: int = 100_000,
) -> Run:
    """Integrate from 0 to the horizon.

    times: where the curve is wanted; without them it is known everywhere (method "ndf") or at the
    integrator's steps.
    """
    if method not in METHODS:
        raise UsageError("E-METHOD", f"method {method!r}", needed=f"one of {', '.join(METHODS)}")
    if not (math.isfinite(horizon) and horizon > 0):
        raise UsageError("E-HORIZON", f"a horizon of {horizon}", needed="a positive, finite time")
    values = chosen_quantities(dynamics, quantities or {})
    start, parameters = dynamics.start(values) if quantities else _nominal_start(dynamics)
    smooth, switched = dynamics.live_system, dynamics.switched()
    if switched is None or not switched.settles:
        start = _on_constraints(smooth, start, parameters)
    system = smooth if switched is None else switched
    if switched is None and method == "ndf":
        problem = Smooth(smooth, horizon, start, parameters, rtol, max_steps)
        solution, tolerances = problem.solve(times, atol)
        require_end(solution.code, float(solution.t[-1]), horizon)
        return Run(dynamics, solution, values, parameters, tolerances)
    if atol is None:
        from isthmus.solve.tolerance import measured_atol

        tolerances = measured_atol(system, 0.0, horizon, start, parameters, rtol, max_steps=max_steps)
    else:
        tolerances = np.empty_like(start)
        tolerances[:] = atol
    asked = np.empty(0) if times is None else np.asarray(times, dtype=np.float64)
    done = integrate(method, system, horizon, start, parameters, rtol, tolerances, asked, max_steps)
    require_end(done.solution.code, float(done.solution.t[-1]), horizon)
    ids = [event.id for event in dynamics.model.events]
    events = tuple((time, ids[place]) for time, place in done.executed)
    return Run(dynamics, done.solution, values, parameters, tolerances, events, done.live_from, done.curve)


# Most runs start from the nominal values, and a short one would spend a tenth of its time on them.
_starts: WeakKeyDictionary[Dynamics, tuple[Floats, Floats]] = WeakKeyDictionary()


def _nominal_start(dynamics: Dynamics) -> tuple[Floats, Floats]:
    """(x0, p) of the nominal values, for the caller to keep."""
    known = _starts.get(dynamics)
    if known is None:
        known = _starts[dynamics] = dynamics.start()
    return known[0].copy(), known[1].copy()


def _on_constraints(system: System, start: Floats, parameters: Floats) -> Floats:
    """The start with its implicit unknowns solved for, all else held; refused where they have no solution."""
    alone = system.constraints_alone
    if alone is None:
        return start
    from isthmus.solve.relax import relax

    size = max(float(np.abs(start).max(initial=0.0)), 1e-300)
    relaxed = relax(alone, start, parameters, scale=1e-9 * np.maximum(np.abs(start), 1e-6 * size))
    if not relaxed.ok:
        raise NumericalError(
            "E-CONSTRAINTS",
            f"the implicit equations have no solution at the start ({relaxed.code.name.lower()})",
            needed="an attracting solution near the initial values",
            advice=relaxed.code.advice,
        )
    return relaxed.x


def chosen_quantities(dynamics: Dynamics, changes: Mapping[str, float]) -> Floats:
    """Return the vector q: the nominal values with some of them changed."""
    values = np.array(dynamics.nominal, dtype=np.float64)
    if not changes:
        return values
    position = {name: i for i, name in enumerate(dynamics.quantities)}
    for name, value in changes.items():
        if name not in position:
            close = get_close_matches(name, position, n=3)
            raise UsageError(
                "E-UNKNOWN-QUANTITY",
                f"{name!r} is not a quantity that can be set",
                needed="a parameter or a species with an initial value",
                advice=f"did you mean {' or '.join(close)}?"
                if close
                else "list the quantities with `isthmus inspect`",
            )
        if not np.isfinite(value):
            raise UsageError("E-QUANTITY-VALUE", f"{name} = {value}", needed="a finite number")
        values[position[name]] = value
    return values


def _times(horizon: float, points: int | None, times: Sequence[float] | None) -> Floats | None:
    if points is not None and times is not None:
        raise UsageError("E-TIMES", "both points and times", needed="one of them")
    if points is not None:
        if points < 2:
            raise UsageError("E-TIMES", f"{points} points", needed="at least 2: both ends")
        return np.linspace(0.0, horizon, points)
    if times is None:
        return None
    asked = np.asarray(times, dtype=np.float64).reshape(-1)
    if len(asked) and not (asked.min() >= 0 and asked.max() <= horizon and (np.diff(asked) > 0).all()):
        raise UsageError(
            "E-TIMES",
            "times out of order or outside the run",
            needed=f"increasing times from 0 to {horizon:g}",
        )
    return asked


def _units(dynamics: Dynamics) -> dict[str, str]:
    model = dynamics.model
    units = {species.id: species.unit for species in model.species}
    units |= {parameter.id: parameter.unit for parameter in model.parameters}
    units |= {compartment.id: compartment.unit for compartment in model.compartments}
    return {name: units[name] for name in dynamics.states if units.get(name)}


def _attributes(done: Run, method: str, rtol: float) -> dict[str, object]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        release = version("isthmus")
    except PackageNotFoundError:
        release = "not installed"
    model = done.dynamics.model
    changed = np.flatnonzero(done.quantities != done.dynamics.nominal)
    return {
        "model": model.id,
        "model_sha256": model.sha256,
        "source": model.source,
        "reading": "rates",
        "integrator": method,
        "rtol": rtol,
        "atol": np.array(done.atol),
        "steps": done.solution.steps,
        **_jumps(done),
        "changed_quantities": ", ".join(
            f"{done.dynamics.quantities[i]}={float(done.quantities[i])!r}" for i in changed.tolist()
        ),
        "isthmus": release,
        "numpy": np.__version__,
    }


def _jumps(done: Run) -> dict[str, object]:
    found: dict[str, object] = {}
    if done.dynamics.model.events:
        found["events"] = done.events
    if done.live_from < done.horizon:
        found["jumps_not_located_from"] = done.live_from
    return found


@dataclass(frozen=True, slots=True)
class RatesSimulator:
    """The rates reading as a simulator with its settings."""

    points: int | None = 201
    rtol: float = 1e-6
    method: str = "ndf"

    def simulate(
        self, dynamics: Dynamics, horizon: float, quantities: Mapping[str, float] | None = None
    ) -> Trajectory:
        """Return the trajectory from 0 to the horizon."""
        return simulate(
            dynamics, horizon, points=self.points, quantities=quantities, rtol=self.rtol, method=self.method
        )
