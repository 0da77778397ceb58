"""All single steps estimated at once: one linearised solve with every candidate as a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.reduce.base import Step

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """The full trajectory as the estimate needs it, on a coarse mesh of k times.

    times (k,), states (k, n), rates (k, m): v. rate_jacobian (k, m, n): ∂v/∂x. gain (n, m). observe (k, o,
    n): gradient of the observables. scales (o,): what an observable's error is divided by.
    """

    times: Floats
    states: Floats
    rates: Floats
    rate_jacobian: Floats
    gain: Floats
    observe: Floats
    scales: Floats


def estimate(path: Path, names: Sequence[str], steps: Sequence[Step]) -> Floats:
    """First-order error of each step alone: sup over time and observables of |δobservable| / scale.

    Inf where it makes no sense.

    A slaved or frozen species is displaced by α(t) along its direction d from the full trajectory; the rest
    answers by w′ = J w + (I − d e_zᵀ) J d α, and the observables by ∇o·(w + d α). A dropped term j forces
    w′ = J w − N_j v_j. Backward Euler, one factorisation a time step for all candidates.
    """
    at = {name: i for i, name in enumerate(names)}
    displaced = [displacement(path, at, step) for step in steps]
    n, count = len(names), len(steps)
    direction = np.zeros((n, count))
    size = np.zeros((len(path.times), count))
    left_out = np.zeros((path.rates.shape[1], count))
    for c, (step, (d, alpha)) in enumerate(zip(steps, displaced, strict=True)):
        direction[:, c], size[:, c] = d, alpha
        left_out[list(step.dropped), c] = 1.0
    with np.errstate(all="ignore"):
        worst = _march(path, steps, direction, size, left_out, [_pivot(step, at) for step in steps])
    worst[~np.isfinite(worst)] = np.inf
    return worst


def _march(
    path: Path,
    steps: Sequence[Step],
    direction: Floats,
    size: Floats,
    left_out: Floats,
    pivots: Sequence[int],
) -> Floats:
    n, count = direction.shape
    response = np.zeros((n, count))
    # A frozen state is held at w = 0 by whatever force that takes.
    frozen = [(c, z) for c, z in enumerate(pivots) if steps[c].frozen]
    held = np.eye(n)[:, [z for _, z in frozen]]
    worst = np.zeros(count)
    for k in range(len(path.times)):
        jacobian = path.gain @ path.rate_jacobian[k]
        push = jacobian @ (direction * size[k])
        for c, z in enumerate(pivots):
            if z >= 0:
                push[:, c] -= direction[:, c] * push[z, c]
        push -= path.gain @ (path.rates[k][:, None] * left_out)
        if k:
            step_size = path.times[k] - path.times[k - 1]
            right = np.hstack([response + step_size * push, held])
            solved = np.linalg.solve(np.eye(n) - step_size * jacobian, right)
            response = solved[:, :count]
            for j, (c, z) in enumerate(frozen):
                force = solved[:, count + j]
                response[:, c] -= force * (response[z, c] / force[z])
        seen = np.abs(path.observe[k] @ (response + direction * size[k])) / path.scales[:, None]
        worst = np.maximum(worst, np.max(seen, axis=0, initial=0.0))
    return worst


def _pivot(step: Step, at: Mapping[str, int]) -> int:
    if step.elimination is not None:
        return at[step.elimination.species]
    return at[step.frozen] if step.frozen else -1


def displacement(path: Path, at: Mapping[str, int], step: Step) -> tuple[Floats, Floats]:
    """Direction (n,) and size (k,) by which a step displaces the state from the full trajectory."""
    direction = np.zeros(len(at))
    if step.frozen:
        direction[at[step.frozen]] = 1.0
        moved = path.states[:, at[step.frozen]]
        return direction, moved[0] - moved
    if step.elimination is None:
        return direction, np.zeros(len(path.times))
    for name, value in step.elimination.direction:
        direction[at[name]] = float(value)
    weights = np.zeros(path.rates.shape[1])
    for term, value in step.elimination.constraint:
        weights[term] = float(value)
    residual = path.rates @ weights
    slope = np.einsum("m,kmn,n->k", weights, path.rate_jacobian, direction)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = np.where(slope < 0, -residual / slope, np.inf)
    return direction, np.where(residual == 0, 0.0, alpha)
