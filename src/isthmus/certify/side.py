"""One of the two models of a certificate, compiled and ready to be run on any condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression
from isthmus.certify.jumps import Executed
from isthmus.dynamics.kernel import Kernel
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import System
from isthmus.solve.result import ResultCode, Samples, Solution

if TYPE_CHECKING:
    from isthmus.solve.hybrid import HybridSolution

Floats = NDArray[np.float64]
Flag = NDArray[np.int64]

# The tolerances per state are a thousandth of its size: relaxation ends at 1e-12 of it.
_AT_REST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A condition and its solution; `solution` is None where the model could not even start there.

    executed: events by time and id.
    """

    start: Floats
    parameters: Floats
    solution: Solution | None
    code: ResultCode
    executed: Executed = ()

    @property
    def ok(self) -> bool:
        """Whether the end was reached."""
        return self.code is ResultCode.SUCCESS


@dataclass(frozen=True, slots=True, eq=False)
class SampledRun:
    """The same condition by an independent integrator, at some times; executed: events by time and id."""

    samples: Samples
    executed: Executed


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A model with the columns that are compared: observables first, then amounts of species.

    atol: absolute tolerances per state at relative tolerance 1, to be multiplied by the one in use.
    relaxing: the system that puts a start on the constraints, None without constraints. switched: the
    system with its jumps and events, None without any.
    """

    dynamics: Dynamics
    system: System
    kernel: Kernel
    atol: Floats
    horizon: float
    relaxing: System | None
    switched: SwitchedSystem | None = None

    @property
    def moving(self) -> System | SwitchedSystem:
        """What is integrated."""
        return self.system if self.switched is None else self.switched

    def run(self, quantities: Floats, rtol: float, cancel: Flag) -> Run:
        """The solution for values of the quantities, from time 0 to the horizon."""
        from isthmus.solve.through import solve_through

        start, parameters = self.dynamics.start(quantities)
        start = self.consistent(start, parameters)
        if not (np.isfinite(start).all() and np.isfinite(parameters).all()):
            return Run(start, parameters, None, ResultCode.NOT_FINITE)
        done = solve_through(
            self.moving, 0.0, self.horizon, start, parameters, rtol, rtol * self.atol, cancel=cancel
        )
        return Run(start, parameters, done.solution, done.solution.code, self._named(done))

    def second_opinion(self, run: Run, rtol: float, times: Floats) -> SampledRun:
        """The same condition by another code (CVODE, or IDA where there are constraints), at given times."""
        # Of its own: a common tolerance that is too large would make both codes agree on nonsense.
        atol = 0.1 * rtol * self.atol
        from isthmus.solve.through import solve_independently

        done = solve_independently(
            self.moving, 0.0, self.horizon, run.start, run.parameters, rtol, atol, times=times
        )
        return SampledRun(done.solution, self._named(done))

    def _named(self, done: HybridSolution[Solution] | HybridSolution[Samples]) -> Executed:
        return () if self.switched is None else self.switched.named(done.executed)

    def columns(self, run: Run, times: Floats, states: Floats) -> Floats:
        """(len(times), width) of the compared columns at states of a run."""
        from isthmus.solve.evaluate import evaluate_many

        return evaluate_many(self.kernel.address, times, states, run.parameters, self.kernel.width)

    def along(self, run: Run, times: Floats, kernel: Kernel | None = None) -> Floats:
        """(len(times), width) of the compared columns, or what another kernel makes, on a run's own curve."""
        from isthmus.solve.dense_output import observed_at
        from isthmus.solve.result import need_within

        assert run.solution is not None
        kernel = self.kernel if kernel is None else kernel
        out = np.empty((len(times), kernel.width))
        if not observed_at(run.solution, times, kernel.address, run.parameters, out):
            need_within(times, run.solution.t, run.code)
        return out

    def consistent(self, start: Floats, parameters: Floats) -> Floats:
        """The start moved onto the constraints, the rest held; as it is where that does not succeed."""
        if self.relaxing is None or not np.isfinite(start).all():
            return start
        from isthmus.solve.relax import relax

        relaxed = relax(self.relaxing, start, parameters, scale=_AT_REST * self.atol)
        return relaxed.x if relaxed.code is ResultCode.SUCCESS else start


def make_side(dynamics: Dynamics, columns: Sequence[Expression], horizon: float) -> Side:
    """Compile the columns and measure the size of each state by a coarse run at nominal values.

    Raises NumericalError where the model cannot be run at nominal values, UnsupportedFeature for delays.
    """
    from isthmus.solve.tolerance import measured_atol

    dynamics.need_present()
    system = dynamics.live_system
    relaxing = system.constraints_alone
    kernel, sizes = dynamics.kernel(columns), np.ones(system.states)
    side = Side(dynamics, system, kernel, sizes, horizon, relaxing, dynamics.switched())
    start, parameters = dynamics.start(dynamics.nominal)
    if relaxing is not None:
        side = replace(side, atol=np.maximum(np.abs(start), 1e-6 * np.abs(start).max(initial=1e-300)))
        start = side.consistent(start, parameters)
    # One relative tolerance of 1: the caller multiplies by the tolerance in use.
    unit = measured_atol(side.moving, 0.0, horizon, start, parameters, 1.0)
    return replace(side, atol=unit)
