"""The right-hand sides and Jacobians that SUNDIALS calls, compiled."""

from __future__ import annotations

from functools import lru_cache

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.c_function import CFunction, for_c
from isthmus.solve.compiled import entry, part
from isthmus.solve.equations import Equations, equations_at, jacobian, slopes, sparse_times
from isthmus.solve.native_call import call_for_pointer, floats_at, indices_at, row_at

_RECOVERABLE = 1


@part
def _data(user: Indices, vector: int) -> Floats:
    data: Floats = floats_at(call_for_pointer(user[0], (vector,)))
    return data


@part
def _equations(user: Indices) -> Equations:
    return equations_at(user[2])


@part
def _slopes(user: Indices, t: float, x: Floats, out: Floats) -> bool:
    scratch = floats_at(user[4])
    scratch[0] = t
    return slopes(_equations(user), scratch, x, floats_at(user[3]), row_at(scratch, 1), out)


@part
def _jacobian(user: Indices, t: float, x: Floats) -> bool:
    scratch = floats_at(user[4])
    scratch[0] = t
    values = row_at(scratch, 1 + user[5])
    return jacobian(_equations(user), scratch, x, floats_at(user[3]), values, row_at(values, user[6]))


@part
def _fill_matrix(user: Indices, matrix: int, cj: float) -> None:
    """Write ``J - cj M`` by columns."""
    equations = _equations(user)
    n = equations.states
    data = floats_at(call_for_pointer(user[1], (matrix,)))
    slots = row_at(floats_at(user[4]), 1 + user[5] + user[6])
    for k in range(n * n):
        data[k] = 0.0
    for k in range(equations.slots):
        place = equations.slot_column[k] * n + equations.slot_row[k]
        data[place] = slots[k] - cj * equations.slot_mass[k]


@entry
def _cvode_slope(t: float, y: int, ydot: int, user_data: int) -> int:
    user = indices_at(user_data)
    return 0 if _slopes(user, t, _data(user, y), _data(user, ydot)) else _RECOVERABLE


@entry
def _cvode_jacobian(
    t: float, y: int, fy: int, matrix: int, user_data: int, one: int, two: int, three: int
) -> int:
    user = indices_at(user_data)
    if not _jacobian(user, t, _data(user, y)):
        return _RECOVERABLE
    _fill_matrix(user, matrix, 0.0)
    return 0


@entry
def _ida_residual(t: float, y: int, yp: int, residual: int, user_data: int) -> int:
    """Write ``G v - M y'``."""
    user = indices_at(user_data)
    equations = _equations(user)
    out, slope = _data(user, residual), _data(user, yp)
    product = row_at(floats_at(user[4]), 1 + user[5] + user[6] + equations.slots)
    sparse_times(
        equations.states, equations.mass, equations.mass_column, equations.mass_start, slope, product
    )
    finite = _slopes(user, t, _data(user, y), out)
    for i in range(equations.states):
        out[i] -= product[i]
    return 0 if finite else _RECOVERABLE


@entry
def _ida_jacobian(
    t: float,
    cj: float,
    y: int,
    yp: int,
    residual: int,
    matrix: int,
    user_data: int,
    one: int,
    two: int,
    three: int,
) -> int:
    user = indices_at(user_data)
    if not _jacobian(user, t, _data(user, y)):
        return _RECOVERABLE
    _fill_matrix(user, matrix, cj)
    return 0


@lru_cache(maxsize=1)
def cvode_callbacks() -> tuple[CFunction, CFunction]:
    """Return the compiled right-hand side and Jacobian for CVODE."""
    return for_c(_cvode_slope), for_c(_cvode_jacobian)


@lru_cache(maxsize=1)
def ida_callbacks() -> tuple[CFunction, CFunction]:
    """Return the compiled residual and Jacobian for IDA."""
    return for_c(_ida_residual), for_c(_ida_jacobian)
