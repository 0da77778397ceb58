"""The size that each state will reach, before anything is integrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, Indices, System


def starting_scale(system: System, t0: float, t1: float, x0: ArrayLike, p: ArrayLike) -> Floats:
    """Estimate the size that each state will reach.

    A state that starts at zero gets what the rate terms can bring it: no more than the smallest pool that
    they draw on, or their flux for as long as the state remembers itself. Good to orders of magnitude, which
    is all that a coarse pass needs.
    """
    sizes = np.abs(np.asarray(x0, dtype=np.float64))
    if sizes.all():
        return sizes
    from isthmus.solve.starting_flow import fill_empty

    if "flow" not in system.derived:
        system.derived["flow"] = _Flow.of(system)
    flow: _Flow = system.derived["flow"]
    parameters = np.ascontiguousarray(p, dtype=np.float64)
    room = np.concatenate([sizes, np.zeros(flow.room)])
    fill_empty(flow.address, t0, t1 - t0, parameters.ctypes.data, room.ctypes.data)
    return room[: system.states].copy()


@dataclass(frozen=True, slots=True, eq=False)
class _Flow:
    """The table of a `Flow`, what it points to, and how many numbers of room are needed beside the states."""

    table: Indices
    arrays: tuple[Indices, Floats]
    room: int

    @property
    def address(self) -> int:
        return int(self.table.ctypes.data)

    @classmethod
    def of(cls, system: System) -> _Flow:
        n, m, entries = system.states, system.rates, len(system.indices)
        row, term, value = _merged_gain(system)
        state, coefficient, source = _diagonal(system)
        whole = np.concatenate([row, term, state, source]).astype(np.int64)
        reals = np.concatenate([value, coefficient]).astype(np.float64)
        ends = 8 * np.cumsum([0, len(row), len(term), len(state)])
        places = (int(whole.ctypes.data) + ends).tolist()
        first = int(reals.ctypes.data)
        numbers = [n, m, entries, len(row), len(state), system.rates_address, system.jacobian_address]
        table = np.array([*numbers, *places, first, first + 8 * len(value)], dtype=np.int64)
        return cls(table, (whole, reals), 2 * n + 2 * m + entries + 1)


def _merged_gain(system: System) -> tuple[Indices, Indices, Floats]:
    """The nonzero entries of G as (row, term, value), repeated ones added up, by rows."""
    gain = system.gain
    place, entry = np.unique(gain.row_of_entries() * system.rates + gain.indices, return_inverse=True)
    total = np.bincount(entry, gain.data, minlength=len(place)).astype(np.float64)
    present = total != 0.0
    return place[present] // system.rates, place[present] % system.rates, total[present]


def _diagonal(system: System) -> tuple[Indices, Floats, Indices]:
    """The diagonal of ``G dv/dx`` as (state, coefficient, place in dv/dx)."""
    scatter, n = system.scatter, system.states
    on = scatter.position % (n + 1) == 0
    return scatter.position[on] // (n + 1), scatter.coefficient[on], scatter.source[on]
