"""Kernels over memory that stays where it is: a call from Python costs a microsecond."""

from __future__ import annotations

import ctypes

import numpy as np

from isthmus.dynamics.kernel import Kernel
from isthmus.dynamics.system import Floats

_KERNEL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


class Here:
    """A time, a state and parameters; kernels bound to it are evaluated there."""

    def __init__(self, states: int, p: Floats) -> None:
        self.time, self.x, self.p = np.zeros(1), np.zeros(states), p
        self.addresses = [int(array.ctypes.data) for array in (self.time, self.x, p)]

    @property
    def t(self) -> float:
        """The time."""
        return float(self.time[0])

    def move(self, t: float, x: Floats) -> None:
        """Be at another time and state."""
        self.time[0], self.x[:] = t, x


class BoundKernel:
    """A kernel at a place; each call returns the same array with new values."""

    def __init__(self, kernel: Kernel, here: Here) -> None:
        self.width = kernel.width
        self._kernel, self._here = kernel, here
        self._out = np.zeros(max(kernel.width, 1))[: kernel.width]
        self._function = _KERNEL(kernel.address)
        self._addresses = (*here.addresses, int(self._out.ctypes.data))

    def __call__(self) -> Floats:
        """Evaluate."""
        self._function(*self._addresses)
        return self._out
