"""The loop over SUNDIALS' internal steps, in compiled code."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import compiled
from isthmus.solve.native_call import call_for_int, floats_at
from isthmus.solve.storage import Storage, enlarged, keep_step, make_storage

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
    t0: float,
    t1: float,
    state: Floats,
    between: Floats,
    times: Floats,
    sampled: Floats,
    max_steps: int,
) -> tuple[int, Storage, int]:
    """Step from t0 to t1; ``times`` ascend, and ``sampled`` receives the solution there."""
    n = len(state)
    step, interpolate, memory = addresses[0], addresses[1], addresses[2]
    reached = np.zeros(1)
    storage = make_storage(128, n)
    storage.t[0] = t0
    asked = 0
    while asked < len(times) and times[asked] <= t0:
        if times[asked] == t0:
            for i in range(n):
                sampled[asked, i] = state[i]
        asked += 1
    for i in range(n):
        storage.x[0, i] = state[i]
    t = t0
    for count in range(max_steps):
        if is_ida:
            flag = call_for_int(
                step, (memory, t1, np.int64(reached.ctypes.data), addresses[3], addresses[4], _ONE_STEP)
            )
        else:
            flag = call_for_int(step, (memory, t1, addresses[3], np.int64(reached.ctypes.data), _ONE_STEP))
        if flag < 0:
            return int(flag), storage, count
        if not reached[0] > t:
            return STUCK, storage, count
        t = reached[0]
        storage = enlarged(storage, count, 0)
        keep_step(storage, count, t, 0.0, 0, floats_at(state.ctypes.data))
        while asked < len(times) and times[asked] <= t:
            call_for_int(interpolate, (memory, times[asked], _VALUE, addresses[5]))
            for i in range(n):
                sampled[asked, i] = between[i]
            asked += 1
        if t >= t1:
            return REACHED, storage, count + 1
    return OUT_OF_STEPS, storage, max_steps
