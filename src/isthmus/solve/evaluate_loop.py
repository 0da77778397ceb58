"""The loop of a kernel over the points of a trajectory."""

from __future__ import annotations

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import compiled
from isthmus.solve.native_call import call_kernel, floats_at, row_at


@compiled
def call_at_each(address: int, times: Floats, states: Floats, p: Floats, out: Floats) -> None:
    """Call the kernel at every row of ``states`` and write to the same row of ``out``."""
    time, state = floats_at(times.ctypes.data), floats_at(states.ctypes.data)
    parameters, target = floats_at(p.ctypes.data), floats_at(out.ctypes.data)
    for k in range(len(times)):
        call_kernel(
            address,
            row_at(time, k),
            row_at(state, k * states.shape[1]),
            parameters,
            row_at(target, k * out.shape[1]),
        )
