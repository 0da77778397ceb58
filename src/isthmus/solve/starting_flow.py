"""Filling empty states round by round with what the rate terms bring them, compiled."""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import entry, part
from isthmus.solve.native_call import call_kernel, floats_at, row_at
from isthmus.solve.table import reader_of


class Flow:
    """The nonzero entries of G and the diagonal of ``G dv/dx`` as lists."""

    states: int
    terms: int
    slopes: int
    """how many entries dv/dx has"""
    entries: int
    on_diagonal: int
    rates_address: int
    jacobian_address: int
    row: Indices
    term: Indices
    state: Indices
    source: Indices
    value: Floats
    coefficient: Floats


flow_at = reader_of(Flow)


@entry
def fill_empty(address: int, t0: float, span: float, parameters: int, room: int) -> None:
    """Fill in the sizes, which come first in the room, until a round brings nothing new."""
    flow, p, sizes = flow_at(address), floats_at(parameters), floats_at(room)
    n, m = flow.states, flow.terms
    proposed, memory = row_at(sizes, n), row_at(sizes, 2 * n)
    flux, pools = row_at(sizes, 3 * n), row_at(sizes, 3 * n + m)
    slopes = row_at(sizes, 3 * n + 2 * m)
    # The last place of the room, behind the slopes and one unused where there are none.
    time = row_at(slopes, flow.slopes)
    time[0] = t0
    for _ in range(n):
        # Where pools are missing, the terms that need them are still at zero and propose nothing.
        call_kernel(flow.rates_address, time, sizes, p, flux)
        call_kernel(flow.jacobian_address, time, sizes, p, slopes)
        _measure(flow, sizes, slopes, memory, pools)
        for i in range(n):
            proposed[i] = 0.0
            memory[i] = min(span, 1.0 / memory[i]) if memory[i] > 0.0 else span
        _propose(flow, flux, memory, pools, proposed)
        brought, empty = 0, 0
        for i in range(n):
            if sizes[i] == 0.0:
                empty += 1
                if proposed[i] != 0.0:
                    sizes[i] = proposed[i]
                    brought += 1
        if brought == 0 or brought == empty:
            return


@part
def _measure(flow: Flow, sizes: Floats, slopes: Floats, memory: Floats, pools: Floats) -> None:
    """Write how fast each state forgets itself, and the smallest pool that each term draws on.

    Per unit of its extent, infinity where it draws on none.
    """
    for i in range(flow.states):
        memory[i] = 0.0
    for k in range(flow.on_diagonal):
        memory[flow.state[k]] += flow.coefficient[k] * slopes[flow.source[k]]
    for i in range(flow.states):
        memory[i] = _finite(memory[i])
    for j in range(flow.terms):
        pools[j] = math.inf
    for e in range(flow.entries):
        if flow.value[e] < 0.0:
            j = flow.term[e]
            pools[j] = min(pools[j], sizes[flow.row[e]] / -flow.value[e])


@part
def _propose(flow: Flow, flux: Floats, lasting: Floats, pools: Floats, proposed: Floats) -> None:
    """Write, for each state, the most that one of its terms can bring; 0 where none flows."""
    for e in range(flow.entries):
        i, j, brought = flow.row[e], flow.term[e], abs(flow.value[e])
        size = _finite(flux[j])
        if size > 0.0:
            proposed[i] = max(proposed[i], min(brought * size * lasting[i], brought * pools[j]))


@part
def _finite(value: float) -> float:
    return abs(value) if math.isfinite(value) else 0.0
