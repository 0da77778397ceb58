"""A model that starts at rest: where the nominal start is a steady state, each draw starts at its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression, div, mul, symbol
from isthmus.certify.side import Side
from isthmus.dynamics.kernel import Kernel
from isthmus.dynamics.rates import Dynamics
from isthmus.solve.result import ResultCode

Floats = NDArray[np.float64]

_AT_REST = 1e-6
_PRECISELY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SteadyStart:
    """How a condition's initial values are replaced by its steady state.

    places: columns of the quantities that are initial values of states. complete: whether all states have
    such a column.
    """

    side: Side
    places: NDArray[np.int64]
    initial: Kernel
    complete: bool

    def settled(self, quantities: Floats) -> Floats | None:
        """The condition started at its steady state, with the totals of the drawn start; None: not found."""
        relaxed = _relax(self.side, quantities)
        if relaxed is None:
            return None
        state, parameters = relaxed
        result = np.array(quantities)
        result[self.places] = self.initial(0.0, state, parameters)
        return result


def find_steady_start(side: Side) -> SteadyStart | None:
    """How to start at rest; None where the nominal start is over 10⁻⁶ (of a state's size) from it."""
    dynamics = side.dynamics
    if side.system.is_algebraic or not dynamics.states:
        return None
    start, parameters = dynamics.start(dynamics.nominal)
    relaxed = _relax(side, dynamics.nominal) if _is_slow(side, start, parameters) else None
    # The tolerances per state are a thousandth of its size.
    if relaxed is None or (np.abs(relaxed[0] - start) > _AT_REST * 1e3 * side.atol).any():
        return None
    column = {name: j for j, name in enumerate(dynamics.quantities)}
    known = [name for name in dynamics.states if name in column]
    formulas = [_as_in_file(dynamics, name) for name in known]
    places = np.array([column[name] for name in known], dtype=np.int64)
    return SteadyStart(side, places, dynamics.kernel(formulas), len(known) == len(dynamics.states))


def _is_slow(side: Side, start: Floats, parameters: Floats) -> bool:
    """A cheap look first: at a steady state no state would move by its own size within the horizon."""
    rates = side.system.gain.times(side.dynamics.rates(0.0, start, parameters))
    return bool((np.abs(rates) * side.horizon <= 1e3 * side.atol).all())


def _relax(side: Side, quantities: Floats) -> tuple[Floats, Floats] | None:
    from isthmus.solve.relax import relax

    start, parameters = side.dynamics.start(quantities)
    relaxed = relax(side.system, start, parameters, scale=_PRECISELY * side.atol)
    return (relaxed.x, parameters) if relaxed.code is ResultCode.SUCCESS else None


def _as_in_file(dynamics: Dynamics, name: str) -> Expression:
    """A state's value in the kind in which the file gives its initial value."""
    species = dynamics.model.species_by_id.get(name)
    meaning = symbol(name)
    if species is None or species.initial_is_amount == species.substance_only:
        return meaning
    size = symbol(species.compartment)
    return mul(meaning, size) if species.initial_is_amount else div(meaning, size)
