"""Forward sensitivities of observables to parameters and initial values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.expression import symbol
from isthmus.dynamics.jump_slopes import JumpSlopes, find_jump_slopes
from isthmus.dynamics.kernel import Kernel, SparseKernel, SparsePattern, compile_kernels
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import System
from isthmus.errors import UnsupportedFeature, UsageError, Where
from isthmus.model.question import Observable
from isthmus.records.sensitivity import Sensitivities
from isthmus.simulate.rates import chosen_quantities
from isthmus.solve.sensitivity import Forcing, SensitivitySolution, solve_sensitivities

Floats = NDArray[np.float64]
_NOTHING = np.zeros(1)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """Observables, compiled with their slopes by states and by parameters."""

    names: tuple[str, ...]
    values: Kernel
    by_state: SparseKernel
    by_parameter: SparseKernel

    @classmethod
    def of(cls, dynamics: Dynamics, observables: Sequence[Observable]) -> Watched:
        """Compile the observables, all states unless some are given."""
        asked = list(observables) or [Observable(name, symbol(name)) for name in dynamics.states]
        formulas = [dynamics.resolve(observable.formula) for observable in asked]
        patterns = {
            name: SparsePattern.of(sparse_jacobian(formulas, wrt), len(formulas), len(wrt))
            for name, wrt in (
                ("by_state", dynamics.state_symbols),
                ("by_parameter", dynamics.parameter_symbols),
            )
        }
        kernels = compile_kernels(
            {"values": formulas} | {name: pattern.formulas for name, pattern in patterns.items()},
            dynamics.slots,
        )
        return cls(
            tuple(observable.name for observable in asked),
            kernels["values"],
            patterns["by_state"].kernel(kernels["by_state"]),
            patterns["by_parameter"].kernel(kernels["by_parameter"]),
        )

    @property
    def states(self) -> NDArray[np.int64]:
        """The states that some observable sees."""
        return np.unique(self.by_state.indices).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityProblem:
    """What does not change from run to run, worked out once: a model, what to watch, what to vary.

    jumps: of a model with jumps or events, None without any.
    """

    dynamics: Dynamics
    watched: Watched
    columns: NDArray[np.int64]
    jumps: tuple[SwitchedSystem, JumpSlopes] | None = None

    @classmethod
    def of(
        cls, dynamics: Dynamics, observables: Sequence[Observable] = (), wrt: Sequence[str] | None = None
    ) -> SensitivityProblem:
        """Prepare sensitivities to the quantities named by wrt, to all unless given."""
        names = dynamics.quantities if wrt is None else tuple(wrt)
        if wrt is not None:
            # For its refusal of an unknown name.
            chosen_quantities(dynamics, dict.fromkeys(names, 1.0))
        place = {name: i for i, name in enumerate(dynamics.quantities)}
        columns = np.array([place[name] for name in names], dtype=np.int64)
        dynamics.need_present()
        _refuse_constraints(dynamics)
        switched = dynamics.switched()
        jumps = None if switched is None else (switched, find_jump_slopes(dynamics))
        return cls(dynamics, Watched.of(dynamics, observables), columns, jumps)

    def run(
        self,
        horizon: float,
        times: ArrayLike,
        quantities: Mapping[str, float] | None = None,
        *,
        rtol: float = 1e-6,
        atol: ArrayLike | None = None,
        control: bool = True,
        max_steps: int = 100_000,
    ) -> Sensitivities:
        """Return the sensitivities at increasing times from 0 to the horizon; see `sensitivities`."""
        from isthmus.solve.outcome import require_end
        from isthmus.solve.tolerance import ABSOLUTE_FRACTION, measured_atol

        asked = _checked_times(horizon, times)
        dynamics = self.dynamics
        values = chosen_quantities(dynamics, quantities or {})
        start, parameters = dynamics.start(values)
        moved, direction = self._start_slopes(values)
        tolerances = (
            measured_atol(self._system, 0.0, horizon, start, parameters, rtol, max_steps=max_steps)
            if atol is None
            else np.broadcast_to(np.asarray(atol, dtype=np.float64), start.shape).copy()
        )
        peak = tolerances / (ABSOLUTE_FRACTION * rtol)
        floor = _floor(values[self.columns], moved, peak, rtol) if control else None
        solution = self._solver(values[self.columns], direction)(
            0.0,
            horizon,
            start,
            moved,
            parameters,
            rtol,
            tolerances,
            floor,
            times=asked,
            rows=self.watched.states,
            max_steps=max_steps,
        )
        require_end(solution.code, solution.reached, horizon)
        observed, result = self._along(solution, parameters, direction)
        return Sensitivities(
            asked,
            self.watched.names,
            self.names,
            result,
            observed,
            values[self.columns],
            dynamics.model.units.time,
            {
                "model": dynamics.model.id,
                "model_sha256": dynamics.model.sha256,
                "reading": "rates",
                "integrator": "ndf, staggered direct sensitivities",
                "rtol": rtol,
                "atol": tolerances,
                "controlled": int(control),
                "steps": solution.counts.steps,
            },
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities to differentiate by."""
        return tuple(self.dynamics.quantities[i] for i in self.columns.tolist())

    def _solver(self, at: Floats, direction: Floats) -> Callable[..., SensitivitySolution]:
        if self.jumps is not None:
            from isthmus.solve.crossings import Varied
            from isthmus.solve.sensitivity_hybrid import solve_switched_sensitivities

            return partial(solve_switched_sensitivities, *self.jumps, Varied(self.names, at, direction))
        kernel = self.dynamics.sensitivity
        forcing = Forcing(kernel.kernel.address, kernel.indptr, kernel.indices, direction, kernel)
        return partial(solve_sensitivities, self.dynamics.live_system, forcing)

    @property
    def _system(self) -> System | SwitchedSystem:
        return self.dynamics.live_system if self.jumps is None else self.jumps[0]

    def _start_slopes(self, values: Floats) -> tuple[Floats, Floats]:
        """Return ∂x0/∂q, (n, w), and ∂p/∂q, (parameters, w), for the chosen quantities."""
        slopes = self.dynamics.start_sensitivity.dense(0.0, _NOTHING, values)[:, self.columns]
        count = len(self.dynamics.states)
        return slopes[:count], np.vstack([np.eye(len(values))[:, self.columns], slopes[count:]])

    def _along(
        self, solution: SensitivitySolution, parameters: Floats, direction: Floats
    ) -> tuple[Floats, Floats]:
        """Return the observables, (k, o), and their total derivatives, (k, o, w)."""
        from isthmus.solve.evaluate import evaluate_many

        watched, states = self.watched, self.watched.states
        count, times, x = len(watched.names), solution.times, solution.x
        observed = evaluate_many(watched.values.address, times, x, parameters, count)
        result = np.zeros((len(times), count, len(self.columns)))
        place = np.searchsorted(states, watched.by_state.indices)
        for pattern, rows in ((watched.by_state, None), (watched.by_parameter, direction)):
            entries = len(pattern.indices)
            if entries == 0:
                continue
            slopes = evaluate_many(pattern.kernel.address, times, x, parameters, entries)
            row = np.repeat(np.arange(count), np.diff(pattern.indptr))
            for e in range(entries):
                moved = solution.sensitivities[:, place[e]] if rows is None else rows[pattern.indices[e]]
                result[:, row[e]] += slopes[:, e, None] * moved
        return observed, result


def sensitivities(
    dynamics: Dynamics,
    horizon: float,
    times: ArrayLike,
    observables: Sequence[Observable] = (),
    quantities: Mapping[str, float] | None = None,
    wrt: Sequence[str] | None = None,
    rtol: float = 1e-6,
    *,
    atol: ArrayLike | None = None,
    control: bool = True,
    max_steps: int = 100_000,
) -> Sensitivities:
    """Return ∂observable/∂quantity at increasing times from 0 to the horizon.

    observables: all states unless given. quantities: values that differ from the nominal ones; the derivative
    is taken there. wrt: the quantities to differentiate by, all unless given; a state's id is its initial
    value, and whatever the file derives from a quantity (initial assignments, derived constants) moves with
    it. atol: absolute tolerance in amounts, a thousandth of rtol times the peak of each state unless given.
    control: whether the sensitivities' own errors limit the step, each step's error in q ∂x/∂q being at
    most rtol (|q ∂x/∂q| + peak of x); otherwise only those of the states do. A quantity that is zero and sets
    no initial value has no scale of its own and does not limit the step.

    Where rates jump or an event is executed, at a time that moves with a quantity, the sensitivity jumps; at
    that time itself the curve has the value after. Raises UsageError for what cannot be asked,
    UnsupportedFeature for implicit equations and delays, and where a jump leaves no derivative
    (`E-SENSITIVITY-JUMP`), NumericalError where the integration stops short. To run one model many times,
    prepare a `SensitivityProblem`.
    """
    problem = SensitivityProblem.of(dynamics, observables, wrt)
    return problem.run(horizon, times, quantities, rtol=rtol, atol=atol, control=control, max_steps=max_steps)


def _floor(values: Floats, moved: Floats, peak: Floats, rtol: float) -> Floats:
    """The absolute error that each sensitivity is allowed: (n, w), infinite where a quantity has no scale.

    A zero quantity that sets initial values has the scale at which one of them reaches the peak of its state.
    """
    scale = np.where(values != 0.0, np.abs(values), np.inf)
    for j in np.flatnonzero(values == 0.0).tolist():
        felt = moved[:, j] != 0.0
        scale[j] = float((peak[felt] / np.abs(moved[felt, j])).min(initial=np.inf))
    floor = rtol * peak[:, None] / np.where(np.isfinite(scale), scale, 1.0)
    floor[:, ~np.isfinite(scale)] = np.inf
    return floor


def _checked_times(horizon: float, times: ArrayLike) -> Floats:
    if not (np.isfinite(horizon) and horizon > 0):
        raise UsageError("E-HORIZON", f"a horizon of {horizon}", needed="a positive, finite time")
    asked = np.array(times, dtype=np.float64).reshape(-1)
    if len(asked) and not (asked.min() >= 0 and asked.max() <= horizon and (np.diff(asked) > 0).all()):
        raise UsageError(
            "E-TIMES",
            "times out of order or outside the run",
            needed=f"increasing times from 0 to {horizon:g}",
        )
    return asked


def _refuse_constraints(dynamics: Dynamics) -> None:
    unknowns = [name for name, flag in zip(dynamics.states, dynamics.algebraic, strict=True) if flag]
    if unknowns:
        raise UnsupportedFeature(
            "E-SENSITIVITY-CONSTRAINT",
            f"{', '.join(unknowns)} given by implicit equations",
            needed="rates for all states, for sensitivities",
            advice="take the model before its implicit reduction",
            where=Where(file=dynamics.model.source, object=f"constraint for {unknowns[0]!r}"),
        )
