"""The size that each state will reach, before anything is integrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, Indices, System


@dataclass(frozen=True, slots=True, eq=False)
class _Gain:
    """The nonzero entries of G: repeated ones added up, by rows."""

    row: Indices
    term: Indices
    value: Floats

    @classmethod
    def of(cls, system: System) -> _Gain:
        gain = system.gain
        place, entry = np.unique(gain.row_of_entries() * system.rates + gain.indices, return_inverse=True)
        total = np.bincount(entry, gain.data, minlength=len(place)).astype(np.float64)
        present = total != 0.0
        return cls(place[present] // system.rates, place[present] % system.rates, total[present])


def starting_scale(system: System, t0: float, t1: float, x0: ArrayLike, p: ArrayLike) -> Floats:
    """Estimate the size that each state will reach.

    A state that starts at zero gets what the rate terms can bring it: no more than the smallest pool that
    they draw on, or their flux for as long as the state remembers itself. Good to orders of magnitude, which
    is all that a coarse pass needs.
    """
    from isthmus.solve.evaluate import evaluate_rates

    start = np.ascontiguousarray(x0, dtype=np.float64)
    parameters = np.ascontiguousarray(p, dtype=np.float64)
    sizes = np.abs(start)
    if sizes.all():
        return sizes
    gain = _Gain.of(system)
    for _ in range(system.states):
        missing = sizes == 0.0
        if not missing.any():
            break
        # Where pools are missing, the terms that need them are still at zero and propose nothing.
        flux = _finite(evaluate_rates(system, t0, sizes, parameters))
        memory = _finite(_diagonal(system, t0, sizes, parameters))
        lasting = np.minimum(
            t1 - t0, np.divide(1.0, memory, out=np.full(memory.shape, np.inf), where=memory > 0.0)
        )
        proposed = _proposed(gain, flux, lasting, _pools(gain, sizes, system.rates))
        proposed[~missing] = 0.0
        if not proposed.any():
            break
        sizes = np.where(missing, proposed, sizes)
    return np.asarray(sizes)


def _finite(values: Floats) -> Floats:
    return np.asarray(np.abs(np.nan_to_num(values, posinf=0.0, neginf=0.0)))


def _diagonal(system: System, t: float, x: Floats, p: Floats) -> Floats:
    """The diagonal of ``G dv/dx``: (n,)."""
    from isthmus.solve.evaluate import evaluate_kernel

    values = evaluate_kernel(system.jacobian_address, t, x, p, len(system.indices))
    if "diagonal" not in system.derived:
        scatter, n = system.scatter, system.states
        on = scatter.position % (n + 1) == 0
        system.derived["diagonal"] = (
            scatter.position[on] // (n + 1),
            scatter.coefficient[on],
            scatter.source[on],
        )
    state, coefficient, source = system.derived["diagonal"]
    return np.bincount(state, coefficient * values[source], minlength=system.states).astype(np.float64)


def _proposed(gain: _Gain, flux: Floats, lasting: Floats, pools: Floats) -> Floats:
    """Return, for each state, the most that one of its terms can bring; 0 where none flows."""
    proposed = np.zeros(len(lasting))
    flows = flux[gain.term] > 0.0
    row, term, brought = gain.row[flows], gain.term[flows], np.abs(gain.value[flows])
    np.maximum.at(proposed, row, np.minimum(brought * flux[term] * lasting[row], brought * pools[term]))
    return proposed


def _pools(gain: _Gain, sizes: Floats, terms: int) -> Floats:
    """Return, for each term, the smallest pool that it draws on, per unit of its extent.

    `inf` where it draws on none.
    """
    drawn = gain.value < 0.0
    pools = np.full(terms, np.inf)
    np.minimum.at(pools, gain.term[drawn], sizes[gain.row[drawn]] / -gain.value[drawn])
    return pools
