"""The one system of equations that every integrator takes: ``M x' = G v(t, x, p)``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import NumericalError

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A matrix by compressed rows.

    Row i holds ``data[k]`` in column ``indices[k]`` for ``indptr[i] <= k < indptr[i + 1]``; repeated entries
    add.
    """

    data: Floats
    indices: Integers
    indptr: Integers
    columns: int

    @classmethod
    def from_dense(cls, matrix: Any) -> SparseMatrix:
        """Keep the nonzero entries of a two-dimensional array."""
        dense = np.asarray(matrix, dtype=np.float64)
        if dense.ndim != 2:
            raise NumericalError(
                "E-SOLVE-SHAPE", f"an array of {dense.ndim} dimensions", needed="a matrix of two"
            )
        rows, columns = np.nonzero(dense)
        indptr = np.zeros(dense.shape[0] + 1, dtype=np.int32)
        np.cumsum(np.bincount(rows, minlength=dense.shape[0]), out=indptr[1:])
        return cls(dense[rows, columns], columns.astype(np.int32), indptr, dense.shape[1])

    @classmethod
    def identity(cls, size: int) -> SparseMatrix:
        """Ones on the diagonal."""
        diagonal = np.arange(size + 1, dtype=np.int32)
        return cls(np.ones(size), diagonal[:-1].copy(), diagonal, size)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.indptr) - 1

    def row_of_entries(self) -> Indices:
        """Return the row of each stored entry."""
        return np.repeat(np.arange(self.rows, dtype=np.int64), np.diff(self.indptr))

    def dense(self) -> Floats:
        """Return the matrix as a two-dimensional array."""
        matrix = np.zeros((self.rows, self.columns))
        np.add.at(matrix, (self.row_of_entries(), self.indices), self.data)
        return matrix

    def times(self, vector: Floats) -> Floats:
        """Return the product with a vector."""
        products = self.data * vector[self.indices]
        return np.bincount(self.row_of_entries(), products, minlength=self.rows).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """How ``J = G dv/dx`` is summed: ``J.flat[position[k]] += coefficient[k] * values[source[k]]``."""

    position: Indices
    coefficient: Floats
    source: Indices


# No slots: the scatter list is worked out once and stays with the system.
@dataclass(frozen=True, eq=False)
class System:
    """A system ``M x' = G v(t, x, p)`` with compiled rates.

    M may be singular by all-zero rows, whose equations ``0 = (G v)_row`` are constraints (a differential-
    algebraic system of index 1); ``mass=None`` is the identity. Kernels are C functions; everything goes by
    pointer.
    """

    states: int
    """n, the length of x"""
    rates: int
    """m, the length of v"""
    rates_address: int
    """``void(const double *t, const double *x, const double *p, double *v)``"""
    jacobian_address: int
    """``void(const double *t, const double *x, const double *p, double *values)``: dv/dx at indices"""
    indptr: Integers
    """(m + 1,) first entry of each row of dv/dx"""
    indices: Integers
    """column of each entry of dv/dx"""
    gain: SparseMatrix
    """G, n × m"""
    mass: SparseMatrix | None = None
    """M, n × n"""
    keep: object = None
    """whatever keeps the compiled code alive"""
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    """what integrators have worked out from the fields above, kept for the next call"""

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes do not fit, since the kernels cannot check them."""
        n, m = self.states, self.rates
        _need("the gain", (self.gain.rows, self.gain.columns), (n, m))
        if self.mass is not None:
            _need("the mass matrix", (self.mass.rows, self.mass.columns), (n, n))
        _need("the pattern's row pointers", (len(self.indptr),), (m + 1,))
        _need("the pattern's columns", (len(self.indices),), (int(self.indptr[-1]),))
        if len(self.indices) and not (0 <= int(self.indices.min()) and int(self.indices.max()) < n):
            raise NumericalError(
                "E-SOLVE-SHAPE", "a column of dv/dx outside the states", needed=f"0 to {n - 1}"
            )

    @cached_property
    def mass_matrix(self) -> SparseMatrix:
        """M written out, the identity included."""
        return SparseMatrix.identity(self.states) if self.mass is None else self.mass

    @cached_property
    def constraint_rows(self) -> NDArray[np.bool_]:
        """Which rows of M are zero."""
        mass = self.mass_matrix
        weight = np.bincount(mass.row_of_entries(), np.abs(mass.data), minlength=self.states)
        return np.asarray(weight == 0.0)

    @property
    def is_algebraic(self) -> bool:
        """Whether some equation is a constraint."""
        return bool(self.constraint_rows.any())

    @cached_property
    def has_identity_mass(self) -> bool:
        """Whether M is the identity."""
        return self.mass is None or bool(np.array_equal(self.mass.dense(), np.eye(self.states)))

    @cached_property
    def constraints_alone(self) -> System | None:
        """x' = G v on the constraint rows only: relaxing it holds all else; None without constraints."""
        if not self.is_algebraic:
            return None
        rows = self.gain.row_of_entries()
        data = np.where(self.constraint_rows[rows], self.gain.data, 0.0)
        gain = SparseMatrix(data, self.gain.indices, self.gain.indptr, self.gain.columns)
        return replace(self, mass=None, gain=gain)

    @cached_property
    def scatter(self) -> Scatter:
        """The list by which ``G dv/dx`` is assembled."""
        gain_rows = self.gain.row_of_entries()
        starts = self.indptr[self.gain.indices].astype(np.int64)
        lengths = self.indptr[self.gain.indices + 1].astype(np.int64) - starts
        entry = np.repeat(np.arange(len(lengths)), lengths)
        source = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[entry]
        position = gain_rows[entry] * self.states + self.indices[source]
        return Scatter(position, self.gain.data[entry], source)


def _need(what: str, found: tuple[int, ...], needed: tuple[int, ...]) -> None:
    if found != needed:
        raise NumericalError("E-SOLVE-SHAPE", f"{what} of shape {found}", needed=f"shape {needed}")
