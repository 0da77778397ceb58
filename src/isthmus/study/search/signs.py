"""Hidden species of a written reduction that must not turn negative.

A certificate looks at every species that the reduced model still defines; so does the hunt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression, call, div, mul, number, symbol
from isthmus.certify.pair import Pair
from isthmus.model.model import Model
from isthmus.model.question import Observable

Floats = NDArray[np.float64]

_NEGATIVE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Eliminated species that the full model keeps ≥ 0 at nominal.

    columns: where their amounts stand among the compared columns. peaks: in the full nominal solution.
    lowest: the smallest of amount / peak, one number for all; None where nothing is watched.
    """

    columns: NDArray[np.int64]
    peaks: Floats
    lowest: Observable | None

    def hold(self, values: Floats, rtol: float) -> bool:
        """Whether compared columns (k × width) keep the signs, up to 10⁻⁵ or the solver's tolerance."""
        amounts = values[:, self.columns]
        sizes = np.maximum(np.abs(amounts).max(axis=0, initial=0.0), 1e-6 * self.peaks)
        return bool((amounts.min(axis=0, initial=0.0) >= -allowed(rtol) * sizes).all())


def allowed(rtol: float) -> float:
    """How far below zero a species may go at a solver tolerance, in shares of its peak."""
    return max(_NEGATIVE, rtol)


def watch_signs(pair: Pair, quantities: Floats) -> Signs:
    """What to watch in the reduced model of a pair, by the full model's run at the given quantities."""
    full, reduced = pair.full, pair.reduced
    run = full.run(quantities, pair.rtol, np.zeros(1, dtype=np.int64))
    states = set(reduced.dynamics.states)
    places = [j for j, name in enumerate(pair.species) if name not in states]
    if run.solution is None or not run.ok or not places:
        return Signs(np.zeros(0, dtype=np.int64), np.zeros(0), None)
    columns = pair.observables + np.array(places, dtype=np.int64)
    amounts = full.columns(run, run.solution.t, run.solution.x)[:, columns]
    peaks = np.abs(amounts).max(axis=0)
    kept = (peaks > 0) & (amounts.min(axis=0) >= -_NEGATIVE * peaks)
    names = [pair.species[j] for j, keep in zip(places, kept, strict=True) if keep]
    return Signs(columns[kept], peaks[kept], _lowest(reduced.dynamics.model, names, peaks[kept]))


def _lowest(model: Model, names: Sequence[str], peaks: Floats) -> Observable | None:
    shares = [div(_amount(model, name), number(float(peak))) for name, peak in zip(names, peaks, strict=True)]
    if not shares:
        return None
    lowest = shares[0]
    for share in shares[1:]:
        lowest = call("min", lowest, share)
    return Observable("lowest share of a peak", lowest)


def _amount(model: Model, identifier: str) -> Expression:
    species = model.species_by_id[identifier]
    meaning = symbol(identifier)
    return meaning if species.substance_only else mul(meaning, symbol(species.compartment))
