"""Ensembles on lanes: many parameter sets of one system, the same few operations for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from isthmus.dynamics.lanes import LaneKernels
from isthmus.dynamics.system import Floats, Indices, System
from isthmus.errors import NumericalError
from isthmus.solve.result import ResultCode

if TYPE_CHECKING:
    from isthmus.solve.lanes_linear import LaneLinear

MOST_STATES: Final = 100
MOST_OPERATIONS: Final = 10_000
"""multiplications of one factorisation and one solution, beyond which written-out code compiles slowly"""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether lanes suit a system, and why."""

    applies: bool
    because: str


def lanes_fit(system: System) -> Fit:
    """Say whether a system is for lanes: small, sparse and without constraints."""
    from isthmus.solve.lanes_linear import find_pattern

    if not system.has_identity_mass:
        return Fit(False, "its equations are constrained (the mass matrix is not the identity)")
    if system.states > MOST_STATES:
        return Fit(False, f"it has {system.states} states, more than {MOST_STATES}")
    operations = find_pattern(system).operations
    if operations > MOST_OPERATIONS:
        return Fit(False, f"its factorisation takes {operations} operations, more than {MOST_OPERATIONS}")
    return Fit(True, f"{system.states} states, {operations} operations a factorisation and solution")


@dataclass(frozen=True, slots=True, eq=False)
class LaneSolver:
    """One system compiled for lanes; several ensembles may be run with it."""

    system: System
    kernels: LaneKernels
    linear: LaneLinear


def make_solver(system: System, kernels: LaneKernels) -> LaneSolver:
    """Compile the linear algebra of a system that `lanes_fit`, once for all its ensembles."""
    from isthmus.solve.lanes_linear import compile_linear, find_pattern

    place = f"linear algebra on {kernels.width} lanes"
    if place not in system.derived:
        system.derived[place] = compile_linear(system, find_pattern(system), kernels.width)
    return LaneSolver(system, kernels, system.derived[place])


@dataclass(frozen=True, slots=True, eq=False)
class LaneEnsemble:
    """The work on s sets and what has come out of it so far.

    quantities: (s, q). tolerances: absolute ones, (s, n). found: what the kernels observe, (s, times,
    observed), NaN where a set did not get that far. peaks: the largest |x| of each state, (s, n). reached:
    the last time of each set.
    """

    solver: LaneSolver
    quantities: Floats
    end: float
    times: Floats
    rtol: float
    tolerances: Floats
    max_steps: int
    cancel: Indices
    found: Floats = field(init=False)
    peaks: Floats = field(init=False)
    reached: Floats = field(init=False)
    codes: Indices = field(init=False)
    steps: Indices = field(init=False)
    rejected: Indices = field(init=False)
    counter: Indices = field(init=False)
    pattern: tuple[Indices, Indices] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant and make room for the results."""
        system, kernels = self.solver.system, self.solver.kernels
        count = len(self.quantities)
        _need("quantities", self.quantities, (count, kernels.quantities))
        _need("tolerances", self.tolerances, (count, system.states))
        if not (self.tolerances > 0).all() or not 1e-14 <= self.rtol < 1.0:
            raise NumericalError(
                "E-SOLVE-TOLERANCE",
                f"tolerances rtol={self.rtol}, atol from {self.tolerances.min()}",
                needed="rtol from 1e-14 to 1 and positive atol",
            )
        room = {
            "found": np.full((count, len(self.times), kernels.observed), np.nan),
            "peaks": np.zeros((count, system.states)),
            "reached": np.zeros(count),
            "codes": np.full(count, int(ResultCode.CANCELLED), dtype=np.int64),
            "steps": np.zeros(count, dtype=np.int64),
            "rejected": np.zeros(count, dtype=np.int64),
            "counter": np.zeros(1, dtype=np.int64),
            "pattern": (system.indptr.astype(np.int64), system.indices.astype(np.int64)),
        }
        for name, value in room.items():
            object.__setattr__(self, name, value)

    def march(self) -> int:
        """Work until no set is left, without the interpreter's lock; several threads may at once.

        Returns the number of vector steps attempted. Setting ``cancel[0]`` ends it within 50 of them; sets
        that were not finished are CANCELLED.
        """
        from isthmus.solve.lanes_workspace import make_lane_work
        from isthmus.solve.rodas_lanes import march_lanes

        solver = self.solver
        table, memory = make_lane_work(solver.system, solver.kernels, solver.linear, self._shared())
        attempts = march_lanes(int(table.ctypes.data), float(self.end), float(self.rtol))
        # Compiled code held only pointers into the memory.
        del memory
        return int(attempts)

    def _shared(self) -> dict[str, int]:
        arrays = {
            "indptr": self.pattern[0],
            "indices": self.pattern[1],
            "q": self.quantities,
            "tolerances": self.tolerances,
            "asked": self.times,
            "found": self.found,
            "peaks": self.peaks,
            "reached": self.reached,
            "codes": self.codes,
            "steps": self.steps,
            "rejected": self.rejected,
            "counter": self.counter,
            "cancel": self.cancel,
        }
        addresses = {name: int(array.ctypes.data) for name, array in arrays.items()}
        return addresses | {
            "sets": len(self.quantities),
            "asked_count": len(self.times),
            "max_steps": self.max_steps,
        }


def _need(what: str, array: Floats, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype != np.float64 or not array.flags.c_contiguous:
        raise NumericalError(
            "E-SOLVE-SHAPE",
            f"{what} of shape {array.shape} and type {array.dtype}",
            needed=f"contiguous doubles of shape {shape}",
        )
