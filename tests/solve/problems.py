"""Systems with known answers; their kernels are plain Python behind C function pointers."""

import ctypes
from collections.abc import Callable

import numpy as np

from isthmus.solve import SparseMatrix, System

_POINTER = ctypes.POINTER(ctypes.c_double)
_KERNEL = ctypes.CFUNCTYPE(None, _POINTER, _POINTER, _POINTER, _POINTER)


def make_system(
    rates: Callable, jacobian: Callable, gain, pattern=None, mass=None, states: int | None = None
) -> System:
    """Wrap ``rates(t, x, p) -> (m,)`` and ``jacobian(t, x, p) -> (m, n)``; ``pattern`` marks its nonzeros."""
    gain = np.asarray(gain, dtype=float)
    n, m = gain.shape
    pattern = np.ones((m, n), dtype=bool) if pattern is None else np.asarray(pattern, dtype=bool)
    sparse = SparseMatrix.from_dense(pattern.astype(float))

    @_KERNEL
    def values(t, x, p, out):
        found = rates(t[0], x, p)
        for i in range(m):
            out[i] = found[i]

    @_KERNEL
    def derivatives(t, x, p, out):
        found = np.asarray(jacobian(t[0], x, p), dtype=float)[pattern]
        for i in range(len(found)):
            out[i] = found[i]

    def address(kernel) -> int:
        return ctypes.cast(kernel, ctypes.c_void_p).value or 0

    return System(
        states=n,
        rates=m,
        rates_address=address(values),
        jacobian_address=address(derivatives),
        indptr=sparse.indptr,
        indices=sparse.indices,
        gain=SparseMatrix.from_dense(gain),
        mass=None if mass is None else SparseMatrix.from_dense(mass),
        keep=(values, derivatives),
    )


ROBERTSON_P = (0.04, 1e4, 3e7)
# Solving ODEs II (Hairer and Wanner 1996), IV.10; values at t = 40 as published with LSODE (Hindmarsh 1983).
ROBERTSON_40 = np.array([0.7158270688, 9.185534765e-6, 0.2841637457])


def robertson(mass=None, gain=((-1, 1, 0), (1, -1, -1), (0, 0, 1))) -> System:
    return make_system(
        lambda t, x, p: (p[0] * x[0], p[1] * x[1] * x[2], p[2] * x[1] * x[1]),
        lambda t, x, p: ((p[0], 0, 0), (0, p[1] * x[2], p[1] * x[1]), (0, 2 * p[2] * x[1], 0)),
        gain,
        pattern=((1, 0, 0), (0, 1, 1), (0, 1, 0)),
        mass=mass,
    )


def linear(matrix, mass=None) -> System:
    """``M x' = A x``, the rates being the states."""
    size = len(matrix)
    return make_system(
        lambda t, x, p: [x[i] for i in range(size)],
        lambda t, x, p: np.eye(size),
        matrix,
        pattern=np.eye(size, dtype=bool),
        mass=mass,
    )


def single(rate: Callable, derivative: Callable) -> System:
    """One state: ``x' = rate(t, x)``."""
    return make_system(lambda t, x, p: (rate(t, x[0]),), lambda t, x, p: ((derivative(t, x[0]),),), [[1.0]])


# Test set for IVP solvers (Mazzia and Magherini 2008), HIRES: plant physiology, eight states.
HIRES_START = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057)
HIRES_END = 321.8122
HIRES_VALUES = np.array(
    [
        0.7371312573325668e-3,
        0.1442485726316185e-3,
        0.5888729740967575e-4,
        0.1175651343283149e-2,
        0.2386356198831331e-2,
        0.6238968252742796e-2,
        0.2849998395185769e-2,
        0.2850001604814231e-2,
    ]
)


def hires() -> System:
    matrix = np.zeros((8, 10))
    matrix[0, [0, 1, 2, 9]] = -1.71, 0.43, 8.32, 0.0007
    matrix[1, [0, 1]] = 1.71, -8.75
    matrix[2, [2, 3, 4]] = -10.03, 0.43, 0.035
    matrix[3, [1, 2, 3]] = 8.32, 1.71, -1.12
    matrix[4, [4, 5, 6]] = -1.745, 0.43, 0.43
    matrix[5, [8, 3, 4, 5, 6]] = -280.0, 0.69, 1.71, -0.43, 0.69
    matrix[6, [8, 6]] = 280.0, -1.81
    matrix[7, [8, 6]] = -280.0, 1.81

    def jacobian(t, x, p):
        table = np.zeros((10, 8))
        table[:8] = np.eye(8)
        table[8, 5], table[8, 7] = x[7], x[5]
        return table

    pattern = np.zeros((10, 8), dtype=bool)
    pattern[:8] = np.eye(8, dtype=bool)
    pattern[8, [5, 7]] = True
    return make_system(
        lambda t, x, p: [*(x[i] for i in range(8)), x[5] * x[7], 1.0], jacobian, matrix, pattern=pattern
    )


# The same test set, van der Pol's oscillator with epsilon = 1e-6 at t = 2 from (2, 0).
VAN_DER_POL_VALUES = np.array([0.1706167732170483e1, -0.8928097010247975])


def van_der_pol(epsilon: float) -> System:
    return make_system(
        lambda t, x, p: (x[1], ((1 - x[0] ** 2) * x[1] - x[0]) / epsilon),
        lambda t, x, p: ((0, 1), ((-2 * x[0] * x[1] - 1) / epsilon, (1 - x[0] ** 2) / epsilon)),
        np.eye(2),
    )


def cascade(tiers: int) -> str:
    """Kinases that activate one another, each with its phosphatase: five species a tier."""
    lines = ["model cascade", "  P0 = 0.05;"]
    for i in range(1, tiers + 1):
        lines += [
            f"  K{i} = 1; P{i} = 0; A{i} = 0; D{i} = 0; F{i} = 0.2;",
            f"  K{i} + P{i - 1} -> A{i}; 20*K{i}*P{i - 1} - A{i}; A{i} -> P{i} + P{i - 1}; 2*A{i};",
            f"  P{i} + F{i} -> D{i}; 20*P{i}*F{i} - D{i}; D{i} -> K{i} + F{i}; D{i};",
        ]
    return "\n".join([*lines, "end"])
