"""The curve between the steps, from the differences that each step kept."""

from __future__ import annotations

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import floats_at, row_at
from isthmus.solve.storage import storage_at
from isthmus.solve.workspace import copy_to


@entry
def evaluate(count: int, asked_at: int, shelf: int, steps: int, out: int) -> None:
    """Write the interpolating polynomials at the times asked, which lie within t."""
    asked, target, curve = floats_at(asked_at), floats_at(out), storage_at(shelf)
    n, t, first = curve.states, curve.t, curve.first
    end = 0
    for a in range(count):
        time, state = asked[a], row_at(target, a * n)
        # Times usually ascend, from step to step.
        if not (end > 0 and t[end - 1] < time and time <= t[end]):
            ahead = end < steps and t[end] < time and time <= t[end + 1]
            end = end + 1 if ahead else first_not_before(t, steps, time)
        # At an event two states have one time: the one after it holds.
        while end < steps and t[end + 1] == time:
            end += 1
        copy_to(state, row_at(curve.x, end * n), n)
        if time == t[end]:
            continue
        h = curve.spacing[end - 1]
        product = 1.0
        for j in range(first[end] - first[end - 1]):
            product *= (time - t[end] + j * h) / ((j + 1) * h)
            _add(n, state, product, row_at(curve.differences, (first[end - 1] + j) * n))


@part
def _add(n: int, target: Floats, factor: float, source: Floats) -> None:
    for i in range(n):
        target[i] += factor * source[i]


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
