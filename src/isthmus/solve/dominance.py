"""Matrices whose eigenvalues certainly have negative real parts, by diagonal dominance in some norm."""

from __future__ import annotations

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import floats_at, row_at


@part
def surely_decays(r: int, matrix: Floats, scratch: Floats) -> bool:
    """Return whether A has a negative diagonal and its comparison matrix is a non-singular M-matrix.

    Then all eigenvalues have negative real parts (Berman and Plemmons 1979, chapter 6); otherwise nothing is
    known.
    """
    for a in range(r):
        for b in range(r):
            scratch[a * r + b] = -abs(matrix[a * r + b])
        scratch[a * r + a] = -matrix[a * r + a]
    for k in range(r):
        pivot = scratch[k * r + k]
        # Rounding may be as large as this.
        if not pivot > 1e-12 * abs(matrix[k * r + k]):
            return False
        for i in range(k + 1, r):
            multiplier = scratch[i * r + k] / pivot
            if multiplier != 0.0:
                for j in range(k + 1, r):
                    scratch[i * r + j] -= multiplier * scratch[k * r + j]
    return True


@entry
def surely_decay(count: int, r: int, stack: int, scratch: int) -> bool:
    """Return whether each r × r matrix of a stack surely decays; ``scratch`` has room for one."""
    matrices = floats_at(stack)
    found = True
    for k in range(count):
        found = found and surely_decays(r, row_at(matrices, k * r * r), floats_at(scratch))
    return found
