"""The loop of a kernel over the points of a trajectory, or over sets of parameters."""

from __future__ import annotations

from isthmus.solve.compiled import entry
from isthmus.solve.native_call import call_kernel, floats_at, row_at


@entry
def call_at_each(
    address: int, count: int, times: int, states: int, n: int, parameters: int, q: int, out: int, width: int
) -> None:
    """Call the kernel at each of ``count`` times, rows of n states and of q parameters.

    Each writes its row of ``out``. q = 0: the same parameters for all.
    """
    time, state = floats_at(times), floats_at(states)
    p, target = floats_at(parameters), floats_at(out)
    for k in range(count):
        call_kernel(
            address, row_at(time, k), row_at(state, k * n), row_at(p, k * q), row_at(target, k * width)
        )
