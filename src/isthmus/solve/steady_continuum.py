"""The rest that a trajectory comes to where a whole line (or surface) of states rests.

There the Jacobian J is singular beyond the known conservation laws, and which point is the limit depends on
where the trajectory comes from: Newton's iteration alone would slide along the line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isthmus.dynamics.system import Floats, System
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes
from isthmus.solve.steady import Totals

_MOST_ITERATIONS = 12
_CONVERGED = 1e-13
# Rounding in the slopes stops the iteration earlier; the state is this close all the same.
_STAGNATED = 1e-9
# Singular values below this part of the largest are rounding.
_SINGULAR = 1e-12
# Directions in which rests lie and those that nothing feeds must not be orthogonal, as they are where a
# perturbation along the line makes the state run away or crawl.
_TRANSVERSAL = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Continuum:
    """The tangent of the rests through a state, of k dimensions, in sizes of the states.

    along (r, k): the null space of J. across (r, k): that of its transpose, whose amounts nothing feeds:
    ``across.T @ along`` is the identity. inverse (r, r): the group inverse of J, which maps into its range.
    """

    along: Floats
    across: Floats
    inverse: Floats
    size: Floats

    def step(self, slope: Floats) -> Floats:
        """The change that stops the slopes and leaves what nothing feeds as it is."""
        return -self.size * (self.inverse @ (slope / self.size))


def continuum_at(
    system: System, totals: Totals, x: Floats, p: Floats, t: float, size: Floats
) -> Continuum | None:
    """What rests beside a rest; None where the Jacobian has full rank, or a zero eigenvalue is defective.

    size: what counts as a change of one, for each state.
    """
    chosen = size[totals.independent]
    matrix = totals.reduced(evaluate_jacobian(system, t, x, p)) * chosen / chosen[:, None]
    if not len(matrix) or not np.isfinite(matrix).all():
        return None
    # Rows at one scale: slow states count like fast ones.
    scale = np.abs(matrix).max(axis=1)
    scale[scale == 0.0] = 1.0
    left, values, right = np.linalg.svd(matrix / scale[:, None])
    rank = int((values > _SINGULAR * values[0]).sum()) if values[0] > 0.0 else 0
    if rank == len(matrix):
        return None
    along = right[rank:].T
    across = np.linalg.qr(left[:, rank:] / scale[:, None])[0]
    meeting = across.T @ along
    if float(np.linalg.svd(meeting, compute_uv=False)[-1]) < _TRANSVERSAL:
        return None
    across = np.linalg.solve(meeting, across.T).T
    onto_range = np.eye(len(matrix)) - along @ across.T
    shortest = (right[:rank].T / values[:rank]) @ (left[:, :rank].T / scale)
    return Continuum(along, across, onto_range @ shortest @ onto_range, chosen)


def limit_on(
    continuum: Continuum, system: System, totals: Totals, x: Floats, p: Floats, t: float, near: float
) -> Floats | None:
    """The rest that the trajectory through x comes to, correct to the square of the distance, in sizes.

    Newton's iteration with the Jacobian of the continuum, in steps that keep the amounts that nothing feeds:
    exact for linear ones, whatever the distance. None unless it converges within the distance ``near``.
    """
    state = x
    before = np.inf
    for _ in range(_MOST_ITERATIONS):
        slope = evaluate_slopes(system, t, state, p)[totals.independent]
        change = continuum.step(slope)
        length = float(np.max(np.abs(change) / continuum.size, initial=0.0))
        if not length <= 0.5 * before:
            return state if before <= _STAGNATED else None
        state = state + totals.spread(change)
        moved = np.abs(state - x)[totals.independent] / continuum.size
        if float(np.max(moved, initial=0.0)) > near:
            return None
        if length <= _CONVERGED:
            return state
        before = length
    return state if before <= _STAGNATED else None
