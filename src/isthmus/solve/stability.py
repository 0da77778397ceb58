"""Whether the linear system ``y' = A y`` dies out."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats

# Eigenvalues this far below the largest are rounding.
_NOISE = 1e-12


def grows(matrix: Floats) -> bool:
    """Return whether some eigenvalue has a positive real part, rounding aside."""
    rates = np.linalg.eigvals(matrix)
    return bool(rates.real.max(initial=0.0) > _NOISE * np.abs(rates).max(initial=0.0))


def all_decay(matrices: Floats) -> bool:
    """Return whether each matrix of a stack (k, m, m) is finite with all eigenvalues of negative real part.

    Diagonal dominance in some norm decides most matrices of chemistry; the others need eigenvalues.
    """
    from isthmus.solve.dominance import surely_decay

    stack = np.array(matrices, dtype=np.float64, order="C")
    if not np.isfinite(stack).all():
        return False
    count, size, _ = stack.shape
    scratch = np.empty(size * size)
    if size == 0 or surely_decay(count, size, stack.ctypes.data, scratch.ctypes.data):
        return True
    return bool((np.linalg.eigvals(stack).real < 0.0).all())
