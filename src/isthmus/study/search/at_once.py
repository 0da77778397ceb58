"""Many draws of one model run at once on lanes, and seen on one mesh of times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isthmus.certify.error import ErrorMetric
from isthmus.dynamics.rates import Dynamics
from isthmus.model.question import Observable
from isthmus.study.search.conditions import Floats

FEWEST = 200
"""Below so many draws it is quicker to run them one by one than to compile lanes for a candidate."""
MOST_STEPS = 2_000
"""Where lanes take more, the draw is better left to the integrator of single runs: it takes a hundred."""
_LIKE_STEPS = 240
_EVEN = 101
_EARLY = 60


def suits(dynamics: Dynamics, metric: ErrorMetric, count: int) -> bool:
    """Whether so many draws of a model are better run at once.

    Features of oscillations are found on the steps of each solution, so they are not for a common mesh; lanes
    know nothing of jumps and events.
    """
    from isthmus.solve.rodas import lanes_fit

    if count < FEWEST or "features" in metric.kinds or not dynamics.states:
        return False
    if dynamics.switched() is not None:
        return False
    return lanes_fit(dynamics.system()).applies


def observe_at_once(
    dynamics: Dynamics,
    table: Floats,
    times: Floats,
    observables: Sequence[Observable],
    horizon: float,
    rtol: float,
    atol: Floats,
) -> Floats:
    """Observables of each row of quantities at the times, (rows, k, o); NaN in rows that stop early.

    A row with quantities that are not finite has no answer. Eight-lane Rosenbrock steps on all cores.
    """
    from isthmus.simulate.sweep import sweep

    seen = np.full((len(table), len(times), len(observables)), np.nan)
    finite = np.isfinite(table).all(axis=1)
    if finite.any():
        done = sweep(
            dynamics,
            table[finite],
            horizon,
            times,
            observables,
            rtol=rtol,
            atol=atol,
            method="lanes",
            max_steps=MOST_STEPS,
        )
        values = np.array(done.values)
        values[~np.isfinite(values).all(axis=(1, 2)) | (np.asarray(done.codes) != 0)] = np.nan
        seen[finite] = values
    return seen


def mesh_of(steps: Floats, start: float, end: float) -> Floats:
    """Times to compare at, of all draws alike: spread like a solution's steps, evenly, and from the start on.

    The draws of a domain are faster or slower than the nominal solution, so its own steps are not enough.
    """
    inside = steps[(steps > start) & (steps < end)]
    picked = (
        inside[np.unique(np.linspace(0, len(inside) - 1, _LIKE_STEPS).astype(int))] if len(inside) else inside
    )
    even = np.linspace(start, end, _EVEN)
    first = float(picked[0] - start) if len(picked) else (end - start) / _EVEN
    early = start + np.geomspace(min(first, 0.5 * (end - start)), end - start, _EARLY)[:-1]
    return np.unique(np.concatenate([even, picked, early]))
