"""The loop over SUNDIALS' internal steps, in compiled code."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled
from isthmus.solve.native_call import call_for_int, floats_at
from isthmus.solve.storage import FULL, is_full, keep_step, storage_at

_ONE_STEP = np.int32(2)
_VALUE = np.int32(0)

# Beside SUNDIALS' own flags, which are small.
REACHED = 0
OUT_OF_STEPS = 1001
STUCK = 1002


@compiled
def advance(
    addresses: Indices,
    is_ida: bool,
    t1: float,
    state: int,
    between: int,
    times: Floats,
    sampled: Floats,
    max_steps: int,
    shelf: int,
    done: Indices,
    reached: Floats,
) -> int:
    """Step on to t1; ``times`` ascend, and ``sampled`` receives the solution there.

    ``done``: the steps taken and the times sampled so far; ``reached``: one number. Returns a flag, or
    FULL to be called again with more room.
    """
    storage, current, inside = storage_at(shelf), floats_at(state), floats_at(between)
    n = storage.states
    step, interpolate, memory = addresses[0], addresses[1], addresses[2]
    t = storage.t[done[0]]
    while done[1] < len(times) and times[done[1]] <= t and done[0] == 0:
        if times[done[1]] == t:
            for i in range(n):
                sampled[done[1], i] = current[i]
        done[1] += 1
    while done[0] < max_steps:
        if is_full(storage, done[0]):
            return FULL
        if is_ida:
            flag = call_for_int(
                step, (memory, t1, np.int64(reached.ctypes.data), addresses[3], addresses[4], _ONE_STEP)
            )
        else:
            flag = call_for_int(step, (memory, t1, addresses[3], np.int64(reached.ctypes.data), _ONE_STEP))
        if flag < 0:
            return int(flag)
        if not reached[0] > t:
            return STUCK
        t = reached[0]
        keep_step(storage, done[0], t, 0.0, 0, current)
        done[0] += 1
        while done[1] < len(times) and times[done[1]] <= t:
            call_for_int(interpolate, (memory, times[done[1]], _VALUE, addresses[5]))
            for i in range(n):
                sampled[done[1], i] = inside[i]
            done[1] += 1
        if t >= t1:
            return REACHED
    return OUT_OF_STEPS
