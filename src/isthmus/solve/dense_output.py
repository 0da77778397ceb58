"""The curve between the steps, from the differences that each step kept."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import array_address, call_kernel, floats_at, row_at
from isthmus.solve.sampling import interpolate
from isthmus.solve.storage import FIELDS, Storage, storage_at
from isthmus.solve.workspace import copy_to

if TYPE_CHECKING:
    from isthmus.solve.result import Solution

_TABLE = ctypes.c_int64 * FIELDS


def states_at(solution: Solution, times: Floats, out: Floats) -> bool:
    """Write the states at some times, in any order; False where a time was not reached."""
    table = _table(solution)
    at, where = array_address(times), array_address(out)
    return bool(_evaluate(len(times), at, ctypes.addressof(table), solution.steps, where, 1, 0, 0, 0, 0))


def observed_at(solution: Solution, times: Floats, address: int, p: Floats, out: Floats) -> bool:
    """Write what a kernel makes of the states at some times; False where a time was not reached.

    out: (len(times), width); p: what the kernel takes for its parameters.
    """
    table, state = _table(solution), np.empty(solution.x.shape[1])
    width = out.shape[1]
    given = (array_address(state), 0, address, array_address(p), array_address(out), width)
    return bool(_evaluate(len(times), array_address(times), ctypes.addressof(table), solution.steps, *given))


# The words of a `Storage`.
def _table(solution: Solution) -> ctypes.Array[ctypes.c_int64]:
    x, differences = solution.x, solution.differences
    places = map(array_address, (solution.t, x, solution.spacing, solution.first, differences))
    return _TABLE(x.shape[1], solution.steps, len(differences), *places)


@entry
def _evaluate(
    count: int,
    asked_at: int,
    shelf: int,
    steps: int,
    out: int,
    advance: int,
    address: int,
    parameters: int,
    observed: int,
    width: int,
) -> bool:
    """Write the interpolating polynomials at the times asked, ``advance`` rows further each time.

    Where there is the address of a kernel, write what it makes of each state. Returns whether all times lie
    within t.
    """
    asked, target, curve = floats_at(asked_at), floats_at(out), storage_at(shelf)
    p, seen = floats_at(parameters), floats_at(observed)
    n, t = curve.states, curve.t
    end = 0
    for a in range(count):
        if not (asked[a] >= t[0] and asked[a] <= t[steps]):
            return False
        state = row_at(target, a * advance * n)
        end = _step_with(curve, steps, asked[a], end)
        _curve_at(curve, asked[a], end, state)
        if address != 0:
            call_kernel(address, row_at(asked, a), state, p, row_at(seen, a * width))
    return True


@part
def _step_with(curve: Storage, steps: int, time: float, end: int) -> int:
    """Return the number of the first point that is not before a time, the last one of several.

    end: that of the time before.
    """
    t = curve.t
    # Times usually ascend, from step to step.
    if not (end > 0 and t[end - 1] < time and time <= t[end]):
        ahead = end < steps and t[end] < time and time <= t[end + 1]
        end = end + 1 if ahead else first_not_before(t, steps, time)
    # At an event two states have one time: the one after it holds.
    while end < steps and t[end + 1] == time:
        end += 1
    return end


@part
def _curve_at(curve: Storage, time: float, end: int, state: Floats) -> None:
    n, t, first = curve.states, curve.t, curve.first
    if time == t[end]:
        copy_to(state, row_at(curve.x, end * n), n)
        return
    row, order = first[end - 1], first[end] - first[end - 1]
    differences = row_at(curve.differences, row * n)
    interpolate(n, row_at(curve.x, end * n), differences, order, t[end], curve.spacing[end - 1], time, state)


@part
def first_not_before(t: Floats, steps: int, time: float) -> int:
    """Return the first of the ascending times that is not before one."""
    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        if t[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low
