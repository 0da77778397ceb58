"""The memory of one integration: a block of numbers and a table that says where in it everything lies."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.compiled import part
from isthmus.solve.equations import packed
from isthmus.solve.table import reader_of


class Workspace:
    """Pointers to vectors of n states unless said otherwise."""

    time: Floats
    """one number"""
    rate: Floats
    """one number: the measured rate of convergence of Newton's iteration, negative when not known"""
    small: Floats
    """three tables of 8 × 8, for the change of step"""
    predicted: Floats
    psi: Floats
    mass_psi: Floats
    mass_correction: Floats
    correction: Floats
    x: Floats
    slope: Floats
    weights: Floats
    right: Floats
    change: Floats
    differences: Floats
    """8 × n"""
    v: Floats
    """one a rate"""
    values: Floats
    """one an entry of dv/dx"""
    slots: Floats
    """one an entry of the iteration matrix"""
    matrix: Floats
    """n × n"""
    row: Indices
    """the row of each pivot"""
    inverse: Floats
    """one over each pivot"""
    lower_start: Indices
    lower_row: Indices
    lower: Floats
    upper_start: Indices
    upper_column: Indices
    upper: Floats


workspace_at = reader_of(Workspace)


def make_workspace(system: System) -> tuple[Indices, Floats]:
    """Return the table and the block it points into; both must outlive the integration."""
    if "layout" not in system.derived:
        system.derived["layout"] = _layout(system)
    offsets, total = system.derived["layout"]
    block = np.zeros(total)
    return offsets + block.ctypes.data, block


# In the order of the fields.
def _layout(system: System) -> tuple[Indices, int]:
    n, slots = system.states, int(packed(system)[1])
    half = n * (n - 1) // 2
    factors = [n, n, n + 1, half, half, n + 1, half, half]
    sizes = [1, 1, 3 * 64, *[n] * 10, 8 * n, system.rates, len(system.indices), slots, n * n, *factors]
    ends = np.cumsum(np.array(sizes, dtype=np.int64))
    return 8 * (ends - sizes), int(ends[-1])


@part
def copy_to(target: Floats, source: Floats, n: int) -> None:
    """Copy n numbers."""
    for i in range(n):
        target[i] = source[i]


@part
def fill(target: Floats, value: float, n: int) -> None:
    """Set n numbers."""
    for i in range(n):
        target[i] = value
