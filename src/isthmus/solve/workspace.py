"""The memory of one integration: a single block that Python allocates and compiled code divides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isthmus.solve.compiled import part
from isthmus.solve.equations import packed
from isthmus.solve.factorisation import Factors, factors_at, words_for_factors
from isthmus.solve.native_call import floats_at, row_at
from isthmus.solve.system import Floats, System

_VECTORS = 11
DIFFERENCES = 8


class Workspace(NamedTuple):
    """Pointers to vectors of n states unless said otherwise."""

    time: Floats
    """one number"""
    rate: Floats
    """one number: the measured rate of convergence of Newton's iteration, negative when not known"""
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
    small: Floats
    """the change of differences, 8 × 8 three times"""
    differences: Floats
    """8 × n"""
    v: Floats
    """as many as there are rates"""
    values: Floats
    """as many as dv/dx has entries"""
    slots: Floats
    matrix: Floats
    """n × n"""
    factors: Factors


def make_workspace(system: System) -> Floats:
    """Return a block large enough for a system."""
    n, slots = system.states, int(packed(system)[1])
    vectors = 2 + 3 * 64 + (_VECTORS + DIFFERENCES + n) * n
    return np.zeros(vectors + system.rates + len(system.indices) + slots + words_for_factors(n))


@part
def workspace_at(block: Floats, n: int, rates: int, entries: int, slots: int) -> Workspace:
    """Divide a block."""
    base = floats_at(block.ctypes.data)
    vectors = row_at(base, 2 + 3 * 64)
    differences = row_at(vectors, _VECTORS * n)
    v = row_at(differences, DIFFERENCES * n)
    slot = row_at(v, rates + entries)
    matrix = row_at(slot, slots)
    used = 2 + 3 * 64 + (_VECTORS + DIFFERENCES + n) * n + rates + entries + slots
    return Workspace(
        base,
        row_at(base, 1),
        vectors,
        row_at(vectors, n),
        row_at(vectors, 2 * n),
        row_at(vectors, 3 * n),
        row_at(vectors, 4 * n),
        row_at(vectors, 5 * n),
        row_at(vectors, 6 * n),
        row_at(vectors, 7 * n),
        row_at(vectors, 8 * n),
        row_at(vectors, 9 * n),
        row_at(base, 2),
        differences,
        v,
        row_at(v, rates),
        slot,
        matrix,
        factors_at(block.ctypes.data + 8 * used, n),
    )


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
