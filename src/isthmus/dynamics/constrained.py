"""A reduction run on the compiled full system: M x' = G v(x), so that a trial recompiles nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.coordinates import Gain, slow_coordinates
from isthmus.dynamics.integer_rows import Rows, integer_rows
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import SparseMatrix, System
from isthmus.model.reduction import Reduction


@dataclass(frozen=True, slots=True)
class Constrained:
    """The two systems of a trial, both over the states of the full model.

    system: slow rows L x' = L·N v and constraint rows 0 = C v.
    relaxing: x' = P·C v, which moves a state onto the constraint while every slow coordinate is held.
    block: (directions P (n×m), constraints C (m×terms)), for the eigenvalues of the fast block C·∂v/∂x·P.
    switched: the same with its jumps and events, None without any.
    """

    system: System
    relaxing: System
    relaxation: NDArray[np.float64]
    constraints: NDArray[np.float64]
    switched: SwitchedSystem | None = None

    @property
    def moving(self) -> System | SwitchedSystem:
        """What is integrated."""
        return self.system if self.switched is None else self.switched

    def fast_block(self, rate_jacobian: NDArray[np.float64]) -> NDArray[np.float64]:
        """C·∂v/∂x·P (m×m): the manifold attracts where all its eigenvalues have negative real parts."""
        return np.asarray(self.constraints @ rate_jacobian @ self.relaxation)


def constrain(
    states: Sequence[str],
    gain: Gain,
    full: System,
    reduction: Reduction,
    switched: SwitchedSystem | None = None,
) -> Constrained | None:
    """The reduction as arrays; None where its directions are not independent.

    switched: the jumps and events of the full model, which stay.
    """
    decided, rows = integer_rows(states, gain, full, reduction)
    if not decided:
        rows = rational_rows(states, gain, full, reduction)
    if rows is None:
        return None
    constraints = np.zeros((len(reduction.eliminations), full.rates))
    for i, elimination in enumerate(reduction.eliminations):
        for term, value in elimination.constraint:
            constraints[i, term] = value.numerator / value.denominator
    constraints[:, list(reduction.dropped)] = 0.0
    at = {state: i for i, state in enumerate(states)}
    driven = rows.gain.copy()
    driven[[at[z] for z in reduction.eliminated]] = constraints
    system = replace(full, mass=SparseMatrix.from_dense(rows.mass), gain=SparseMatrix.from_dense(driven))
    relaxing = replace(full, mass=None, gain=SparseMatrix.from_dense(rows.relaxation @ constraints))
    jumping = None if switched is None else switched.constrained(system, relaxing)
    return Constrained(system, relaxing, rows.relaxation, constraints, jumping)


def rational_rows(states: Sequence[str], gain: Gain, full: System, reduction: Reduction) -> Rows | None:
    """The same rows in exact rationals; None where the directions are not independent."""
    coordinates = slow_coordinates(states, gain, reduction)
    if coordinates is None:
        return None
    at = {state: i for i, state in enumerate(states)}
    column = {z: k for k, z in enumerate(reduction.eliminated)}
    relaxation = np.zeros((len(states), len(column)))
    for state, row in coordinates.relaxation.items():
        for z, value in row.items():
            relaxation[at[state], column[z]] = float(value)
    mass, driven = np.zeros((len(states), len(states))), np.zeros((len(states), full.rates))
    for state, members in coordinates.slow.items():
        for member, value in members.items():
            mass[at[state], at[member]] = float(value)
        for term, value in coordinates.gain[state].items():
            driven[at[state], term] = float(value)
    return Rows(relaxation, mass, driven)
