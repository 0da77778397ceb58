"""A system as flat arrays, and its right-hand side, Jacobian and iteration matrix in compiled code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from isthmus.solve.compiled import part
from isthmus.solve.elimination_order import elimination_order
from isthmus.solve.native_call import call_kernel, floats_at, indices_at
from isthmus.solve.system import Floats, Indices, SparseMatrix, System


class Equations(NamedTuple):
    """What compiled code needs of a system: numbers, and pointers to arrays that the system keeps.

    The union of the patterns of M and ``G dv/dx`` is a list of slots; rows and columns are renumbered by ``place`` so that
    elimination fills little.
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


def packed(system: System) -> Indices:
    """Return the numbers and addresses that ``unpacked`` reads, worked out once; the system keeps the arrays alive."""
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
    return system.derived["packed"]


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
def unpacked(numbers: Indices) -> Equations:
    """Return the equations by name."""
    return Equations(
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
        floats_at(numbers[6]),
        indices_at(numbers[7]),
        indices_at(numbers[8]),
        floats_at(numbers[9]),
        indices_at(numbers[10]),
        indices_at(numbers[11]),
        indices_at(numbers[12]),
        floats_at(numbers[13]),
        indices_at(numbers[14]),
        floats_at(numbers[15]),
        indices_at(numbers[16]),
        indices_at(numbers[17]),
        indices_at(numbers[18]),
        indices_at(numbers[19]),
        indices_at(numbers[20]),
    )


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
    finite = True
    for i in range(equations.states):
        total = 0.0
        for k in range(equations.gain_start[i], equations.gain_start[i + 1]):
            total += equations.gain[k] * v[equations.gain_column[k]]
        out[i] = total
        finite &= bool(np.isfinite(total))
    return finite


@part
def jacobian(equations: Equations, t: Floats, x: Floats, p: Floats, values: Floats, slots: Floats) -> bool:
    """Write ``G dv/dx`` into its slots; return whether all of it is finite."""
    call_kernel(equations.jacobian_address, t, x, p, values)
    for k in range(equations.slots):
        slots[k] = 0.0
    for k in range(equations.scattered):
        slots[equations.scatter_slot[k]] += (
            equations.scatter_coefficient[k] * values[equations.scatter_source[k]]
        )
    finite = True
    for k in range(equations.slots):
        finite &= bool(np.isfinite(slots[k]))
    return finite


@part
def iteration_matrix(equations: Equations, slots: Floats, c: float, matrix: Floats) -> None:
    """Write ``M - c J``, renumbered; constraint rows are ``-J`` whatever c, so that small steps stay well scaled."""
    for k in range(equations.states * equations.states):
        matrix[k] = 0.0
    for k in range(equations.slots):
        factor = 1.0 if equations.constrained[equations.slot_row[k]] != 0 else c
        matrix[equations.slot_position[k]] = equations.slot_mass[k] - factor * slots[k]
