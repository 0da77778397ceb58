"""The linearised dynamics at one point, with the zero modes of conservation removed exactly.

notation: x' = N v(x) with N = L N_R, rows of N_R independent; J_R = N_R (∂v/∂x) L has the same nonzero
eigenvalues as J = N ∂v/∂x.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.linear import left_null_space
from isthmus.dynamics.conservation import link
from isthmus.errors import NumericalError

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_DEFECTIVE = 1e-11


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The stoichiometry of the differential states, split by the conserved totals.

    differential, algebraic: positions of the states with and without a time derivative. gain: N (d×m).
    constraint_gain: rows of the algebraic states (a×m). independent: positions among the differential states.
    link: L (d×r).
    """

    differential: NDArray[np.int64]
    algebraic: NDArray[np.int64]
    gain: Floats
    constraint_gain: Floats
    independent: NDArray[np.int64]
    link: Floats

    @property
    def conserved(self) -> int:
        """The number of conserved totals."""
        return len(self.differential) - len(self.independent)


def network(gain: Sequence[Mapping[int, Fraction]], rates: int, algebraic: Sequence[bool]) -> Network:
    """Return the network of exact gain rows; `algebraic` marks the states that a constraint determines."""
    flags = np.asarray(algebraic, dtype=bool)
    differential = np.flatnonzero(~flags)
    rows = [gain[i] for i in differential.tolist()]
    named: dict[int, Mapping[Hashable, Fraction]] = {i: dict(row.items()) for i, row in enumerate(rows)}
    independent, dependent = link(left_null_space(named), len(rows))
    matrix = np.zeros((len(rows), len(independent)))
    matrix[independent, np.arange(len(independent))] = 1.0
    column = {state: j for j, state in enumerate(independent)}
    for state, weights in dependent.items():
        for source, weight in weights.items():
            matrix[state, column[source]] = float(weight)
    constrained = np.flatnonzero(flags)
    return Network(
        differential,
        constrained,
        _dense(rows, rates),
        _dense([gain[i] for i in constrained.tolist()], rates),
        np.array(independent, dtype=np.int64),
        matrix,
    )


def _dense(rows: Sequence[Mapping[int, Fraction]], columns: int) -> Floats:
    matrix = np.zeros((len(rows), columns))
    for i, row in enumerate(rows):
        for j, value in row.items():
            matrix[i, j] = float(value)
    return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Eigenvalues at one point, fastest first, with who takes part.

    values: (r,). species: (r, d) |right · left| eigenvector products of the full Jacobian, each row summing
    to 1. terms: (r, m) contributions (wᵀN_j)(∂v_j/∂x · u) of each rate term; each row sums to its eigenvalue.
    diagonal: ∂ẋ_i/∂x_i (d,).
    """

    values: Complexes
    species: Floats
    terms: Complexes
    diagonal: Floats


def spectrum(net: Network, rate_jacobian: Floats) -> Spectrum:
    """Return the spectrum for ∂v/∂x (m × n); algebraic states are followed along their constraints.

    A left eigenvector of J is wᵀ = w_RᵀN_R(∂v/∂x)/λ; where λ vanishes (nothing acts back) the independent
    states stand for it.
    """
    slopes = effective_slopes(net, rate_jacobian)
    gain = net.gain[net.independent]
    right_slopes = slopes @ net.link
    values, left, right = _eigen(gain @ right_slopes)
    order = np.argsort(-np.abs(values), kind="stable")
    values, left, right = values[order], left[:, order], right[:, order]
    drive = left.T @ gain
    terms = drive * (right_slopes @ right).T
    species = _participations(net, values, left, right, drive @ slopes)
    return Spectrum(values, species, terms, np.einsum("ij,ji->i", net.gain, slopes))


def effective_slopes(net: Network, rate_jacobian: Floats) -> Floats:
    """Return ∂v/∂x over the differential states, the algebraic ones eliminated.

    V_d − V_a (G_a V_a)⁻¹ G_a V_d.
    """
    slopes = rate_jacobian[:, net.differential]
    if not len(net.algebraic):
        return slopes
    inner = rate_jacobian[:, net.algebraic]
    block = net.constraint_gain @ inner
    if np.linalg.matrix_rank(block) < len(block):
        raise NumericalError(
            "E-SINGULAR-CONSTRAINT",
            "the constraints do not determine their unknowns here",
            needed="a regular constraint Jacobian",
            advice="look at another branch or another start",
        )
    return np.asarray(slopes - inner @ np.linalg.solve(block, net.constraint_gain @ slopes))


def _eigen(matrix: Floats) -> tuple[Complexes, Complexes, Complexes]:
    """Return eigenvalues, left and right eigenvectors as columns with wᵀu = 1 (no conjugation)."""
    from scipy.linalg import eig

    if not np.isfinite(matrix).all():
        raise NumericalError(
            "E-NOT-FINITE", "a Jacobian with values that are not finite", needed="finite derivatives"
        )
    if not len(matrix):
        empty = np.empty((0, 0), dtype=np.complex128)
        return np.empty(0, dtype=np.complex128), empty, empty
    values, left, right = eig(matrix, left=True, right=True)
    left = left.conj()
    overlap = np.einsum("ik,ik->k", left, right)
    # A defective eigenvalue has wᵀu = 0; the products then count by size alone, and their normalisation
    # removes the factor.
    safe = np.where(np.abs(overlap) > np.finfo(float).tiny, overlap, 1.0)
    return values.astype(np.complex128), (left / safe).astype(np.complex128), right.astype(np.complex128)


def _participations(
    net: Network, values: Complexes, left: Complexes, right: Complexes, reach: Complexes
) -> Floats:
    products = np.zeros((len(values), len(net.differential)))
    largest = np.abs(values).max(initial=0.0)
    full = (net.link @ right).T
    for k, value in enumerate(values):
        if np.abs(value) > _DEFECTIVE * largest:
            products[k] = np.abs(full[k] * reach[k] / value)
        else:
            products[k, net.independent] = np.abs(left[:, k] * right[:, k])
    totals = products.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(products, totals, out=np.zeros_like(products), where=totals > 0))
