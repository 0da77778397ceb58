"""The memory of one worker that integrates an ensemble on lanes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isthmus.dynamics.lanes import LaneKernels
from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.lanes_linear import LaneLinear
from isthmus.solve.lanes_type import WIDTH
from isthmus.solve.table import reader_of

_ALIGNMENT = 64


class LaneWork:
    """Sizes, addresses, and pointers to numbers of which each stands for all lanes unless said otherwise."""

    states: int
    rates: int
    quantities: int
    parameters: int
    observed: int
    call_rates: int
    call_jacobian: int
    call_drift: int
    call_start: int
    call_observe: int
    call_gather: int
    call_factorise: int
    call_solve: int
    sets: int
    """how many sets there are"""
    asked_count: int
    max_steps: int
    indptr: Indices
    """of dv/dx, plain"""
    indices: Indices
    q: Floats
    """(sets, quantities), plain"""
    tolerances: Floats
    """(sets, states), plain"""
    asked: Floats
    """the requested times, plain"""
    found: Floats
    """(sets, asked, observed), plain"""
    peaks: Floats
    """(sets, states), plain"""
    reached: Floats
    """(sets,), plain"""
    codes: Indices
    steps: Indices
    rejected: Indices
    counter: Indices
    """the next set that no worker has taken, shared"""
    cancel: Indices
    set_of: Indices
    """the set in each lane, -1 for none"""
    place: Indices
    """the next requested time of each lane"""
    time: Floats
    stage_time: Floats
    step: Floats
    next_asked: Floats
    fresh: Floats
    """1 where the lane has just begun"""
    active: Floats
    """1 where the lane has work"""
    taken: Floats
    """accepted steps"""
    refused: Floats
    undefined: Floats
    """1 where the last rejection was of numbers that are not finite"""
    last_step: Floats
    """the last accepted step, 0 before the first"""
    last_error: Floats
    shrunk: Floats
    """1 after a rejection"""
    scale: Floats
    """1 / (h γ)"""
    x: Floats
    p: Floats
    atol: Floats
    peak: Floats
    slope: Floats
    slope_drift: Floats
    point: Floats
    right: Floats
    curve: Floats
    u: Floats
    v: Floats
    drift: Floats
    values: Floats
    factors: Floats
    seen: Floats
    beginning: Floats
    """x at the start, then derived constants"""


lane_work_at = reader_of(LaneWork)


def make_lane_work(
    system: System, kernels: LaneKernels, linear: LaneLinear, shared: Mapping[str, int]
) -> tuple[Indices, tuple[Floats, Indices]]:
    """Return the table of one worker and what it points into, which must outlive the work.

    shared: sizes and addresses that all workers have in common, by field.
    """
    n, m = system.states, system.rates
    vectors = dict.fromkeys(("x", "atol", "peak", "slope", "slope_drift", "point", "right"), n)
    vectors |= {"curve": 3 * n, "u": 8 * n, "v": m, "drift": m, "values": len(system.indices)}
    vectors |= {"factors": linear.factors, "seen": kernels.observed, "p": kernels.parameters}
    vectors["beginning"] = n + kernels.parameters - kernels.quantities
    fields = list(LaneWork.__annotations__)
    single = fields[fields.index("time") : fields.index("x")]
    vectors |= dict.fromkeys(single, 1)
    block = np.zeros(WIDTH * sum(max(length, 1) for length in vectors.values()) + _ALIGNMENT // 8)
    counters = np.zeros(2 * WIDTH, dtype=np.int64)
    known = {
        "states": n,
        "rates": m,
        "quantities": kernels.quantities,
        "parameters": kernels.parameters,
        "observed": kernels.observed,
        "call_rates": kernels.rates,
        "call_jacobian": kernels.jacobian,
        "call_drift": kernels.drift,
        "call_start": kernels.start,
        "call_observe": kernels.observe,
        "call_gather": linear.gather,
        "call_factorise": linear.factorise,
        "call_solve": linear.solve,
        "set_of": counters.ctypes.data,
        "place": counters.ctypes.data + 8 * WIDTH,
        **shared,
    }
    address = block.ctypes.data + -block.ctypes.data % _ALIGNMENT
    for name, length in vectors.items():
        known[name] = address
        address += 8 * WIDTH * max(length, 1)
    return np.array([known[name] for name in fields], dtype=np.int64), (block, counters)
