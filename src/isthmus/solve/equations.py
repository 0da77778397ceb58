"""A system as flat arrays, and its right-hand side, Jacobian and iteration matrix in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from isthmus.dynamics.system import Floats, Indices, SparseMatrix, System
from isthmus.solve.compiled import part
from isthmus.solve.elimination_order import elimination_order
from isthmus.solve.native_call import call_kernel
from isthmus.solve.table import reader_of


class Equations:
    """What compiled code needs of a system: numbers, and pointers to arrays that the system keeps.

    The union of the patterns of M and ``G dv/dx`` is a list of slots; rows and columns are renumbered by
    ``place`` so that elimination fills little.
    """

    states: int
    slots: int
    scattered: int
    constraints: int
    rates_address: int
    jacobian_address: int
    gain: Floats
    gain_column: Indices
    gain_start: Indices
    mass: Floats
    mass_column: Indices
    mass_start: Indices
    scatter_slot: Indices
    scatter_coefficient: Floats
    scatter_source: Indices
    slot_mass: Floats
    slot_position: Indices
    slot_row: Indices
    slot_column: Indices
    constrained: Indices
    place: Indices


equations_at = reader_of(Equations)


def packed(system: System) -> Indices:
    """Return the numbers and addresses of ``Equations``, worked out once and kept by the system."""
    if "packed" not in system.derived:
        arrays = _arrays(system)
        numbers = (
            system.states,
            len(arrays["slot_position"]),
            len(arrays["scatter_slot"]),
            int(system.constraint_rows.sum()),
            system.rates_address,
            system.jacobian_address,
        )
        system.derived["arrays"] = arrays
        system.derived["packed"] = np.array(
            [*numbers, *(array.ctypes.data for array in arrays.values())], dtype=np.int64
        )
    table: Indices = system.derived["packed"]
    return table


# In the order of the pointers in Equations.
def _arrays(system: System) -> dict[str, Any]:
    n = system.states
    mass, gain, scatter = system.mass_matrix, system.gain, system.scatter
    mass_position = mass.row_of_entries() * n + mass.indices
    diagonal = np.arange(n, dtype=np.int64) * (n + 1)
    slots, slot = np.unique(np.concatenate([scatter.position, mass_position, diagonal]), return_inverse=True)
    row, column = np.divmod(slots, n)
    place = elimination_order(row, column, n)
    split = len(scatter.position)
    weights = np.concatenate([mass.data, np.zeros(n)])
    return {
        **_sparse("gain", gain),
        **_sparse("mass", mass),
        "scatter_slot": _indices(slot[:split]),
        "scatter_coefficient": _floats(scatter.coefficient),
        "scatter_source": _indices(scatter.source),
        "slot_mass": _floats(np.bincount(slot[split:], weights, minlength=len(slots))),
        "slot_position": _indices(place[row] * n + place[column]),
        "slot_row": _indices(row),
        "slot_column": _indices(column),
        "constrained": _indices(system.constraint_rows),
        "place": place,
    }


def _sparse(name: str, matrix: SparseMatrix) -> dict[str, Any]:
    return {
        name: _floats(matrix.data),
        f"{name}_column": _indices(matrix.indices),
        f"{name}_start": _indices(matrix.indptr),
    }


def _floats(values: Any) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _indices(values: Any) -> Indices:
    return np.ascontiguousarray(values, dtype=np.int64)


@part
def sparse_times(n: int, data: Floats, column: Indices, start: Indices, vector: Floats, out: Floats) -> None:
    """Write the product of a matrix of n compressed rows with a vector."""
    for i in range(n):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += data[k] * vector[column[k]]
        out[i] = total


@part
def slopes(equations: Equations, t: Floats, x: Floats, p: Floats, v: Floats, out: Floats) -> bool:
    """Write ``G v(t, x, p)``; return whether all of it is finite."""
    call_kernel(equations.rates_address, t, x, p, v)
    gain, column, start = equations.gain, equations.gain_column, equations.gain_start
    finite = True
    for i in range(equations.states):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += gain[k] * v[column[k]]
        out[i] = total
        finite &= bool(np.isfinite(total))
    return finite


@part
def jacobian(equations: Equations, t: Floats, x: Floats, p: Floats, values: Floats, slots: Floats) -> bool:
    """Write ``G dv/dx`` into its slots; return whether all of it is finite."""
    call_kernel(equations.jacobian_address, t, x, p, values)
    for k in range(equations.slots):
        slots[k] = 0.0
    slot, coefficient, source = (
        equations.scatter_slot,
        equations.scatter_coefficient,
        equations.scatter_source,
    )
    for k in range(equations.scattered):
        slots[slot[k]] += coefficient[k] * values[source[k]]
    finite = True
    for k in range(equations.slots):
        finite &= bool(np.isfinite(slots[k]))
    return finite


@part
def iteration_matrix(equations: Equations, slots: Floats, c: float, matrix: Floats) -> None:
    """Write ``M - c J``, renumbered; constraint rows are ``-J`` whatever c, to scale small steps well."""
    for k in range(equations.states * equations.states):
        matrix[k] = 0.0
    mass, position, row = equations.slot_mass, equations.slot_position, equations.slot_row
    constrained = equations.constrained
    for k in range(equations.slots):
        factor = 1.0 if constrained[row[k]] != 0 else c
        matrix[position[k]] = mass[k] - factor * slots[k]
