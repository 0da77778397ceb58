"""The order of elimination that fills little: minimum degree (Tinney and Walker 1967)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.system import Indices
from isthmus.solve.compiled import compiled


def elimination_order(row: Indices, column: Indices, size: int) -> Indices:
    """Return the new number of each unknown of a matrix with entries at (row, column)."""
    linked = np.zeros((size, size), dtype=np.bool_)
    linked[row, column] = True
    return _minimum_degree(linked | linked.T)


@compiled
def _minimum_degree(linked: NDArray[np.bool_]) -> Indices:
    n = len(linked)
    place = np.full(n, -1, dtype=np.int64)
    degree = np.zeros(n, dtype=np.int64)
    neighbour = np.empty(n, dtype=np.int64)
    for i in range(n):
        linked[i, i] = False
        for j in range(n):
            degree[i] += linked[i, j]
    for step in range(n):
        best = -1
        for i in range(n):
            if place[i] < 0 and (best < 0 or degree[i] < degree[best]):
                best = i
        place[best] = step
        count = 0
        for j in range(n):
            if linked[best, j]:
                linked[best, j] = False
                linked[j, best] = False
                degree[j] -= 1
                neighbour[count] = j
                count += 1
        for a in range(count):
            for b in range(a):
                i, j = neighbour[a], neighbour[b]
                if not linked[i, j]:
                    linked[i, j] = True
                    linked[j, i] = True
                    degree[i] += 1
                    degree[j] += 1
    return place
