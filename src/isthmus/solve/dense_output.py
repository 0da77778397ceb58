"""The curve between the steps, from the differences that each step kept."""

from __future__ import annotations

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled, part


@compiled
def evaluate(
    asked: Floats, t: Floats, x: Floats, spacing: Floats, first: Indices, differences: Floats, out: Floats
) -> None:
    """Write the interpolating polynomials at the times asked, which lie within t."""
    n = x.shape[1]
    for a in range(len(asked)):
        end = _first_not_before(t, asked[a])
        for i in range(n):
            out[a, i] = x[end, i]
        if asked[a] == t[end]:
            continue
        h = spacing[end - 1]
        product = 1.0
        for j in range(first[end] - first[end - 1]):
            product *= (asked[a] - t[end] + j * h) / ((j + 1) * h)
            for i in range(n):
                out[a, i] += product * differences[first[end - 1] + j, i]


@part
def _first_not_before(t: Floats, time: float) -> int:
    low, high = 0, len(t) - 1
    while low < high:
        middle = (low + high) // 2
        if t[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low
