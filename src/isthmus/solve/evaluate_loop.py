"""The loop of a kernel over the points of a trajectory."""

from __future__ import annotations

from isthmus.solve.compiled import entry
from isthmus.solve.native_call import call_kernel, floats_at, row_at


@entry
def call_at_each(
    address: int, count: int, times: int, states: int, n: int, parameters: int, out: int, width: int
) -> None:
    """Call the kernel at each of ``count`` times and rows of n states; each writes its row of ``out``."""
    time, state = floats_at(times), floats_at(states)
    p, target = floats_at(parameters), floats_at(out)
    for k in range(count):
        call_kernel(address, row_at(time, k), row_at(state, k * n), p, row_at(target, k * width))
