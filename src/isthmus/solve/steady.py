"""A steady state of ``x' = G v``: Newton's iteration at fixed totals, where the trajectory itself leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.errors import NumericalError
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes
from isthmus.solve.ndf import vector

_MOST_ITERATIONS = 30
# Newton's iteration counts as contracting while each step is at most this part of the last.
_CONTRACTION = 0.5
_CONVERGED = 1e-12
# Where rounding stops the contraction, this is good enough.
_STAGNATED = 1e-7
# In sizes of a state, or of a thousandth of its peak: the root is where the state already is.
_NEAR = 1e-2
_SMALL_PART = 1e-3
# Of the largest singular value; a continuum of rests, along which nothing moves, has some below it.
_SINGULAR = 1e-13
# A state below this part of the largest is rounding of the others.
_VANISHING = 1e-12
# Eigenvalues this far below the largest are rounding.
_NOISE = 1e-13


class How(Enum):
    """What found a steady state."""

    NEWTON = "newton"
    INTEGRATION = "integration"
    PSEUDO_TRANSIENT = "pseudo-transient"


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What conservation fixes: ``dx[dependent] = link @ dx[independent]`` along every solution.

    independent (r): states. dependent (n - r): states. link: (n - r, r).
    """

    independent: Indices
    dependent: Indices
    link: Floats

    @classmethod
    def of(cls, independent: Sequence[int], dependent: Mapping[int, Mapping[int, float]]) -> Totals:
        """Write out the rows of the link matrix."""
        place = {state: j for j, state in enumerate(independent)}
        link = np.zeros((len(dependent), len(independent)))
        for row, weights in enumerate(dependent.values()):
            for state, weight in weights.items():
                link[row, place[state]] = float(weight)
        return cls(np.array(independent, dtype=np.int64), np.array(list(dependent), dtype=np.int64), link)

    def reduced(self, matrix: Floats) -> Floats:
        """The Jacobian of the independent states: (r, r), without the zero modes of conservation."""
        rows = matrix[self.independent]
        return np.asarray(rows[:, self.independent] + rows[:, self.dependent] @ self.link)

    def spread(self, change: Floats) -> Floats:
        """A change of all states from that of the independent ones."""
        full = np.empty(len(self.independent) + len(self.dependent))
        full[self.independent] = change
        full[self.dependent] = self.link @ change
        return full


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A root of G v near a state, with the eigenvalues of the reduced Jacobian there (1/time)."""

    x: Floats
    eigenvalues: NDArray[np.complex128]

    @property
    def stable(self) -> bool | None:
        """Whether every perturbation at these totals decays; None where the linearisation does not say."""
        if len(self.eigenvalues) == 0:
            return True
        largest, noise = float(self.eigenvalues.real.max()), _NOISE * float(np.abs(self.eigenvalues).max())
        if largest < -noise:
            return True
        return False if largest > noise else None

    @property
    def attracts(self) -> bool:
        """Whether a trajectory can come to rest here: nothing grows, and what does not decay does not turn.

        Around a centre (an imaginary pair) the numerical damping of an integrator would feign a rest.
        """
        if self.stable is None:
            noise = _NOISE * float(np.abs(self.eigenvalues).max())
            marginal = self.eigenvalues[self.eigenvalues.real >= -noise]
            return bool((np.abs(marginal.imag) <= noise).all())
        return self.stable


def find_root(
    system: System, totals: Totals, x: ArrayLike, p: Floats, peak: Floats, t: float = 0.0
) -> Root | None:
    """Newton's iteration from a state that is near a root, at its totals; None unless it contracts.

    Nothing is damped: steps have to halve from the first on, and the root has to lie within a hundredth of
    the state's size (a thousandth of ``peak`` counting as size for what is small), so that it cannot belong
    to another branch. Where the Jacobian is singular, what still moves at the root is for the caller to judge
    by its `residual`.
    """
    start = vector(x, system.states, "the state")
    size = sizes(start, peak)
    state, before = start, np.inf
    for _ in range(_MOST_ITERATIONS):
        change = _newton_step(system, totals, state, p, t, size)
        if change is None:
            return None
        step = float(np.max(np.abs(change) / size, initial=0.0))
        if step > _CONTRACTION * before or not np.isfinite(step):
            if before > _STAGNATED:
                return None
            break
        state = state + change
        if float(np.max(np.abs(state - start) / size, initial=0.0)) > _NEAR:
            return None
        before = step
        if step <= _CONVERGED:
            break
    return root_at(system, totals, state, p, t)


def sizes(x: Floats, peak: Floats) -> Floats:
    """What a state counts as: its value, a thousandth of its peak, or rounding of the largest of all."""
    largest = float(np.max(peak, initial=0.0)) or 1.0
    return np.maximum(np.abs(x), _SMALL_PART * np.maximum(peak, _VANISHING * largest))


def root_at(system: System, totals: Totals, x: Floats, p: Floats, t: float = 0.0) -> Root | None:
    """A state known to be a root, with its eigenvalues; None where the Jacobian is not finite."""
    matrix = totals.reduced(evaluate_jacobian(system, t, x, p))
    if not np.isfinite(matrix).all():
        return None
    return Root(x, np.linalg.eigvals(matrix).astype(np.complex128))


def residual(system: System, x: Floats, p: Floats, peak: Floats, t: float = 0.0) -> float:
    """Return the largest ``|x'| / peak``, per unit of time."""
    slopes = np.abs(evaluate_slopes(system, t, x, p))
    return float(np.max(slopes / np.maximum(peak, 1e-300), initial=0.0))


def _newton_step(
    system: System, totals: Totals, x: Floats, p: Floats, t: float, size: Floats
) -> Floats | None:
    """The full step, worked out in relative changes: the shortest one where the matrix is singular.

    None where a number is not finite, or where a state moves that no change can stop.
    """
    slope = evaluate_slopes(system, t, x, p)[totals.independent]
    matrix = totals.reduced(evaluate_jacobian(system, t, x, p)) * size[totals.independent]
    if not (np.isfinite(slope).all() and np.isfinite(matrix).all()):
        return None
    largest = np.abs(matrix).max(axis=1, initial=0.0)
    if slope[largest == 0.0].any():
        return None
    largest[largest == 0.0] = 1.0
    try:
        relative = np.linalg.lstsq(matrix / largest[:, None], -slope / largest, rcond=_SINGULAR)[0]
    except np.linalg.LinAlgError:
        return None
    return totals.spread(relative * size[totals.independent])


def refuse_constraints(system: System) -> None:
    """Refuse equations without a derivative: eigenvalues of J say nothing about their states."""
    if system.is_algebraic:
        raise NumericalError(
            "E-SOLVE-CONSTRAINED",
            f"{int(system.constraint_rows.sum())} equations without a derivative",
            needed="ordinary differential equations, for a steady state",
        )
