"""Room for the accepted steps, which doubles when it is full."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled, part


class Storage(NamedTuple):
    """The steps so far; arrays are longer than what they hold."""

    t: Floats
    x: Floats
    spacing: Floats
    first: Indices
    differences: Floats


@part
def make_storage(steps: int, n: int) -> Storage:
    """Return room for some steps."""
    return Storage(
        np.empty(steps + 1),
        np.empty((steps + 1, n)),
        np.empty(steps),
        np.zeros(steps + 1, dtype=np.int64),
        np.empty((4 * steps, n)),
    )


@part
def enlarged(storage: Storage, steps: int, rows: int) -> Storage:
    """Return the storage itself, or a copy twice as long where one more step would not fit."""
    if steps < len(storage.spacing) and storage.first[steps] + rows <= len(storage.differences):
        return storage
    n = storage.x.shape[1]
    more_steps, more_rows = 2 * len(storage.spacing), 2 * len(storage.differences)
    bigger = Storage(
        np.empty(more_steps + 1),
        np.empty((more_steps + 1, n)),
        np.empty(more_steps),
        np.zeros(more_steps + 1, dtype=np.int64),
        np.empty((more_rows, n)),
    )
    _copy(storage, bigger, steps)
    return bigger


# Loops: slice assignments would compile for seconds.
@part
def _copy(source: Storage, target: Storage, steps: int) -> None:
    n = source.x.shape[1]
    target.t[0] = source.t[0]
    for i in range(n):
        target.x[0, i] = source.x[0, i]
    for k in range(steps):
        target.t[k + 1] = source.t[k + 1]
        target.spacing[k] = source.spacing[k]
        target.first[k + 1] = source.first[k + 1]
        for i in range(n):
            target.x[k + 1, i] = source.x[k + 1, i]
    for row in range(source.first[steps]):
        for i in range(n):
            target.differences[row, i] = source.differences[row, i]


@part
def keep_step(storage: Storage, step: int, t: float, h: float, order: int, differences: Floats) -> None:
    """Store one accepted step; there is room."""
    row = storage.first[step]
    storage.t[step + 1] = t
    n = storage.x.shape[1]
    storage.spacing[step] = h
    for i in range(n):
        storage.x[step + 1, i] = differences[i]
    for j in range(order):
        for i in range(n):
            storage.differences[row + j, i] = differences[(j + 1) * n + i]
    storage.first[step + 1] = row + order


@compiled
def trimmed(storage: Storage, steps: int) -> Storage:
    """Return copies that hold the steps and nothing else."""
    n = storage.x.shape[1]
    exact = Storage(
        np.empty(steps + 1),
        np.empty((steps + 1, n)),
        np.empty(steps),
        np.zeros(steps + 1, dtype=np.int64),
        np.empty((storage.first[steps], n)),
    )
    _copy(storage, exact, steps)
    return exact
