"""The loop over SUNDIALS' internal steps, in compiled code."""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import call_for_int, call_kernel, row_at
from isthmus.solve.storage import FULL, is_full, keep_step, storage_at
from isthmus.solve.table import reader_of
from isthmus.solve.watch import POINTS, ROUNDING, Watch, first_timed, held_differ, watch_at
from isthmus.solve.workspace import copy_to

_ONE_STEP = np.int32(2)
_VALUE = np.int32(0)

# Beside SUNDIALS' own flags, which are small.
REACHED = 0
OUT_OF_STEPS = 1001
STUCK = 1002


class Stepping:
    """An integrator in the middle of its work; vectors are N_Vectors."""

    step: int
    """the address of CVode or IDASolve"""
    interpolate: int
    """of CVodeGetDky or IDAGetDky"""
    memory: int
    vector: int
    slope: int
    inside_vector: int
    is_ida: int
    state: Floats
    """what `vector` lies over"""
    inside: Floats
    """what `inside_vector` lies over"""
    count: int
    times: Floats
    """ascending"""
    sampled: Floats
    """count × n: receives the solution there"""
    max_steps: int
    shelf: int
    done: Indices
    """the steps taken and the times sampled so far"""
    reached: Floats
    """one number and its address"""
    reached_at: int
    watch: int
    """the address of a `Watch`, 0 for none"""
    p: Floats


stepping_at = reader_of(Stepping)


@entry
def advance(address: int, t1: float) -> int:
    """Step on to t1, or to the first change of what is watched.

    Returns a flag, or FULL to be called again with more room.
    """
    stepping = stepping_at(address)
    storage, done, reached = storage_at(stepping.shelf), stepping.done, stepping.reached
    t = storage.t[done[0]]
    if done[0] == 0:
        _sample_start(stepping, t, storage.states)
    while done[0] < stepping.max_steps:
        if is_full(storage, done[0]):
            return FULL
        flag = _step(stepping, t1)
        if flag < 0:
            return flag
        if not reached[0] > t:
            return STUCK
        ahead = reached[0]
        change = _first_change(stepping, t, ahead)
        if change <= ahead:
            _look_inside(stepping, change)
            copy_to(stepping.state, stepping.inside, storage.states)
            ahead = change
        t = ahead
        keep_step(storage, done[0], t, 0.0, 0, stepping.state)
        done[0] += 1
        while done[1] < stepping.count and stepping.times[done[1]] <= t:
            _look_inside(stepping, stepping.times[done[1]])
            copy_to(row_at(stepping.sampled, done[1] * storage.states), stepping.inside, storage.states)
            done[1] += 1
        if t >= t1 or change <= t:
            return REACHED
    return OUT_OF_STEPS


@part
def _sample_start(stepping: Stepping, t: float, n: int) -> None:
    done = stepping.done
    while done[1] < stepping.count and stepping.times[done[1]] <= t:
        if stepping.times[done[1]] == t:
            copy_to(row_at(stepping.sampled, done[1] * n), stepping.state, n)
        done[1] += 1


@part
def _step(stepping: Stepping, t1: float) -> int:
    if stepping.is_ida != 0:
        flag = call_for_int(
            stepping.step,
            (stepping.memory, t1, stepping.reached_at, stepping.vector, stepping.slope, _ONE_STEP),
        )
        return int(flag)
    flag = call_for_int(stepping.step, (stepping.memory, t1, stepping.vector, stepping.reached_at, _ONE_STEP))
    return int(flag)


@part
def _look_inside(stepping: Stepping, time: float) -> None:
    """Write the state at a time within the last step."""
    call_for_int(stepping.interpolate, (stepping.memory, time, _VALUE, stepping.inside_vector))


@part
def _first_change(stepping: Stepping, t0: float, t1: float) -> float:
    """Return the first time in (t0, t1] at which a watched mode is not as held, infinity if there is none."""
    if stepping.watch == 0:
        return math.inf
    watch, found = watch_at(stepping.watch), math.inf
    if watch.timed > 0:
        copy_to(watch.work, stepping.state, watch.states)
        found = first_timed(watch, t0, t1, stepping.p)
    if watch.modes == watch.timed:
        return found
    low, high, end = t0, math.inf, min(t1, found)
    for k in range(1, POINTS + 1):
        time = end if k == POINTS else t0 + (end - t0) * (k / POINTS)
        if _differ_at(stepping, watch, time):
            high = time
            break
        low = time
    if high == math.inf:
        return found
    finest = ROUNDING * max(abs(t1), t1 - t0)
    while high - low > finest:
        middle = low + 0.5 * (high - low)
        if not (low < middle and middle < high):
            break
        if _differ_at(stepping, watch, middle):
            high = middle
        else:
            low = middle
    return high


@part
def _differ_at(stepping: Stepping, watch: Watch, time: float) -> bool:
    """Return whether a watched mode that states set is not as held, at a time within the last step."""
    _look_inside(stepping, time)
    watch.time[0] = time
    live = row_at(watch.live, watch.timed)
    call_kernel(watch.stated_address, watch.time, stepping.inside, stepping.p, live)
    return held_differ(watch.timed, watch.modes, watch)
