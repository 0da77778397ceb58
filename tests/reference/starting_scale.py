"""`isthmus.solve.starting_scale` with dense matrices and loops."""

import numpy as np

from isthmus.solve.evaluate import evaluate_jacobian, evaluate_rates


def starting_scale(system, t0, t1, x0, p):
    """The size of each state: filled in, pool by pool, from what the rate terms can bring."""
    gain, sizes = system.gain.dense(), np.abs(np.asarray(x0, dtype=float))
    for _ in range(system.states):
        flux = finite(evaluate_rates(system, t0, sizes, p))
        memory = finite(np.diagonal(evaluate_jacobian(system, t0, sizes, p)))
        grown = sizes.copy()
        for i in np.flatnonzero(sizes == 0.0):
            lasting = t1 - t0 if memory[i] == 0.0 else min(t1 - t0, 1.0 / memory[i])
            for k in np.flatnonzero((gain[i] != 0.0) & (flux > 0.0)):
                drawn = gain[:, k] < 0.0
                pool = np.min(sizes[drawn] / -gain[drawn, k], initial=np.inf)
                size = abs(gain[i, k])
                grown[i] = max(grown[i], min(size * flux[k] * lasting, size * pool))
        if np.array_equal(grown, sizes):
            break
        sizes = grown
    return sizes


def finite(values):
    """Absolute values, 0 where they are not finite."""
    return np.where(np.isfinite(values), np.abs(values), 0.0)
