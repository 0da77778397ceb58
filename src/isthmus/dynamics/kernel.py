"""Compiled functions of (time, state, parameters)."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression
from isthmus.algebra.llvm import Routine, Slots, emit_module
from isthmus.algebra.machine_code import compile_ir

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A compiled `void(const double *t, const double *x, const double *p, double *out)`, `width` long.

    address: of the function, valid while this object lives. Call it with (t, x, p) for one evaluation.
    """

    address: int
    width: int
    keep: object = None
    _function: Any = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Make the address callable."""
        signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)
        object.__setattr__(self, "_function", signature(self.address))

    def __call__(self, t: float, x: Vector, p: Vector) -> Vector:
        """Evaluate at one time; x and p of the lengths the kernel was compiled for."""
        time = np.array([t], dtype=np.float64)
        state = np.ascontiguousarray(x, dtype=np.float64)
        parameters = np.ascontiguousarray(p, dtype=np.float64)
        out = np.empty(self.width)
        self._function(time.ctypes.data, state.ctypes.data, parameters.ctypes.data, out.ctypes.data)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class SparseKernel:
    """A kernel whose output is the values of a matrix by compressed rows."""

    kernel: Kernel
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    columns: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    def dense(self, t: float, x: Vector, p: Vector) -> NDArray[np.float64]:
        """The matrix at one point, zeros filled in."""
        matrix = np.zeros((self.rows, self.columns))
        matrix[np.repeat(np.arange(self.rows), np.diff(self.indptr)), self.indices] = self.kernel(t, x, p)
        return matrix


@dataclass(frozen=True, slots=True)
class SparsePattern:
    """The entries of a sparse matrix of formulas by compressed rows."""

    formulas: tuple[Expression, ...]
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    columns: int

    @classmethod
    def of(cls, entries: Mapping[tuple[int, int], Expression], rows: int, columns: int) -> SparsePattern:
        """The pattern of entries given by (row, column), rows ascending."""
        positions = sorted(entries)
        counts = np.bincount([row for row, _ in positions], minlength=rows) if positions else np.zeros(rows)
        indptr = np.zeros(rows + 1, dtype=np.int32)
        np.cumsum(counts, out=indptr[1:])
        indices = np.array([column for _, column in positions], dtype=np.int32)
        return cls(tuple(entries[position] for position in positions), indptr, indices, columns)

    def kernel(self, compiled: Kernel) -> SparseKernel:
        """The pattern with the compiled values."""
        return SparseKernel(compiled, self.indptr, self.indices, self.columns)


def compile_kernels(
    routines: Mapping[str, Sequence[Expression]], slots: Slots, optimise: int = 0
) -> dict[str, Kernel]:
    """Compile several functions at once.

    optimise: see `compile_ir`; the graph has no repeated work left for LLVM to find, so 0 runs about as
    fast as 1.
    """
    text = emit_module([Routine(name, formulas) for name, formulas in routines.items()], slots)
    compiled = compile_ir(text, list(routines), optimise)
    return {
        name: Kernel(compiled.addresses[name], len(formulas), compiled) for name, formulas in routines.items()
    }
