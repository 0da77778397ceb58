"""A reduction run on the compiled full system: M x' = G v(x), so that a trial recompiles nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.coordinates import Coordinates, Gain, slow_coordinates
from isthmus.dynamics.system import SparseMatrix, System
from isthmus.model.reduction import Reduction


@dataclass(frozen=True, slots=True)
class Constrained:
    """The two systems of a trial, both over the states of the full model.

    system: slow rows L x' = L·N v and constraint rows 0 = C v.
    relaxing: x' = P·C v, which moves a state onto the constraint while every slow coordinate is held.
    block: (directions P (n×m), constraints C (m×terms)), for the eigenvalues of the fast block C·∂v/∂x·P.
    """

    coordinates: Coordinates
    system: System
    relaxing: System
    relaxation: NDArray[np.float64]
    constraints: NDArray[np.float64]

    def fast_block(self, rate_jacobian: NDArray[np.float64]) -> NDArray[np.float64]:
        """C·∂v/∂x·P (m×m): the manifold attracts where all its eigenvalues have negative real parts."""
        return np.asarray(self.constraints @ rate_jacobian @ self.relaxation)


def constrain(states: Sequence[str], gain: Gain, full: System, reduction: Reduction) -> Constrained | None:
    """The reduction as arrays; None where its directions are not independent."""
    coordinates = slow_coordinates(states, gain, reduction)
    if coordinates is None:
        return None
    at = {state: i for i, state in enumerate(states)}
    mass_rows: list[Mapping[int, Fraction]] = []
    gain_rows: list[Mapping[int, Fraction]] = []
    for state in states:
        if state in coordinates.slow:
            mass_rows.append({at[s]: v for s, v in coordinates.slow[state].items()})
            gain_rows.append(coordinates.gain[state])
        else:
            mass_rows.append({})
            gain_rows.append(coordinates.constraints[state])
    eliminated = reduction.eliminated
    relaxation = np.zeros((len(states), len(eliminated)))
    for state, row in coordinates.relaxation.items():
        for z, value in row.items():
            relaxation[at[state], eliminated.index(z)] = float(value)
    constraints = np.zeros((len(eliminated), full.rates))
    for i, z in enumerate(eliminated):
        for term, value in coordinates.constraints[z].items():
            constraints[i, term] = float(value)
    return Constrained(
        coordinates,
        replace(full, mass=sparse_rows(mass_rows, len(states)), gain=sparse_rows(gain_rows, full.rates)),
        replace(full, mass=None, gain=SparseMatrix.from_dense(relaxation @ constraints)),
        relaxation,
        constraints,
    )


def sparse_rows(rows: Sequence[Mapping[int, Fraction]], columns: int) -> SparseMatrix:
    """Exact rows as a compressed matrix of doubles."""
    indptr = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    indices = np.array([c for row in rows for c in sorted(row)], dtype=np.int32)
    data = np.array([float(row[c]) for row in rows for c in sorted(row)], dtype=np.float64)
    return SparseMatrix(data, indices, indptr, columns)
