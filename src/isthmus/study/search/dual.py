"""All single steps estimated by duals: what each observable feels of a push, marched backward once.

The forward estimate answers every candidate, n × candidates a time step; the duals are as many as observables
and looks, whatever the number of candidates. Large models are filtered by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.reduce.base import Step
from isthmus.study.search.estimate import Path, displacement

Floats = NDArray[np.float64]

LOOKS = 12
"""The times at which the error is looked at; between them it goes unseen."""


@dataclass(frozen=True, slots=True)
class _Pushes:
    """Candidates as columns: direction d (n, c), displacement α (k, c), dropped (m, c), pivot z or −1."""

    direction: Floats
    size: Floats
    dropped: Floats
    pivots: NDArray[np.int64]
    frozen: NDArray[np.bool_]


def dual_estimate(path: Path, names: Sequence[str], steps: Sequence[Step], looks: int = LOOKS) -> Floats:
    """First-order error of each step alone: largest over observables and looks of |δobservable| / scale.

    Inf where it makes no sense.

    With λ_K = ∇o at look K and λ_(k−1) = (I − h_k J_k)⁻ᵀ λ_k, the error at K is Σ h_k λ_kᵀ push_k plus what
    the displacement itself shows: the exact transpose of `estimate`'s backward Euler, push included. Only for
    a frozen state it differs: there the push is −ẋ_z, without the force that answers the rest.
    Source: Becker and Rannacher 2001, Acta Numerica 10 (dual weighted residuals).
    """
    pushes = _gather(path, names, steps)
    marks = np.unique(np.linspace(0, len(path.times) - 1, looks + 1).astype(int))
    with np.errstate(all="ignore"):
        worst = _march_back(path, pushes, set(marks.tolist()))
    worst[~np.isfinite(worst)] = np.inf
    return worst


def _gather(path: Path, names: Sequence[str], steps: Sequence[Step]) -> _Pushes:
    at = {name: i for i, name in enumerate(names)}
    n, count = len(names), len(steps)
    direction, size = np.zeros((n, count)), np.zeros((len(path.times), count))
    dropped = np.zeros((path.rates.shape[1], count))
    pivots = np.full(count, -1, dtype=np.int64)
    for c, step in enumerate(steps):
        dropped[list(step.dropped), c] = 1.0
        if step.frozen:
            pivots[c] = at[step.frozen]
            continue
        direction[:, c], size[:, c] = displacement(path, at, step)
        if step.elimination is not None:
            pivots[c] = at[step.elimination.species]
    return _Pushes(direction, size, dropped, pivots, np.array([bool(step.frozen) for step in steps]))


def _march_back(path: Path, pushes: _Pushes, marks: set[int]) -> Floats:
    n, observables = path.states.shape[1], path.observe.shape[1]
    duals = np.zeros((n, 0))
    found = np.zeros((0, len(pushes.pivots)))
    for k in range(len(path.times) - 1, -1, -1):
        if k in marks:
            seen = path.observe[k] / path.scales[:, None]
            duals = np.hstack([duals, seen.T])
            found = np.vstack([found, seen @ (pushes.direction * pushes.size[k])])
        if k == 0:
            break
        jacobian = path.gain @ path.rate_jacobian[k]
        h = path.times[k] - path.times[k - 1]
        duals = np.linalg.solve((np.eye(n) - h * jacobian).T, duals)
        found += h * _felt(path, pushes, k, jacobian, duals)
    return np.asarray(np.abs(found).max(axis=0, initial=0.0)) if observables else np.zeros(len(pushes.pivots))


def _felt(path: Path, pushes: _Pushes, k: int, jacobian: Floats, duals: Floats) -> Floats:
    """λᵀ push of every candidate: (duals, candidates)."""
    moved = duals.T @ jacobian @ pushes.direction
    pivoted = pushes.pivots >= 0
    rows = jacobian[pushes.pivots[pivoted]]
    own = np.einsum("cn,nc->c", rows, pushes.direction[:, pivoted])
    moved[:, pivoted] -= (duals.T @ pushes.direction[:, pivoted]) * own
    felt = moved * pushes.size[k]
    felt -= (duals.T @ path.gain) @ (path.rates[k][:, None] * pushes.dropped)
    z = pushes.pivots[pushes.frozen]
    felt[:, pushes.frozen] -= duals[z].T * (path.gain[z] @ path.rates[k])
    return np.asarray(felt)
