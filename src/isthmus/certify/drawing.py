"""How conditions are drawn: thermodynamic cycles held, and starts at rest where the nominal one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.side import Side
from isthmus.certify.steady_start import SteadyStart, find_steady_start
from isthmus.model.cycles import hold_cycles, thermodynamic_cycles
from isthmus.model.domain import bounds, draws
from isthmus.model.question import Question

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """The conditions of a question about one model.

    cycles: rows a with Σ a_j ln q_j held. steady: how a draw is started at rest, None where the nominal start
    is not at rest.
    """

    side: Side
    question: Question
    cycles: Floats
    steady: SteadyStart | None

    def table(self, source: np.random.Generator, n: int) -> Floats:
        """(n, quantities) independent draws of the domain, not yet settled; row i does not depend on n."""
        dynamics = self.side.dynamics
        return draws(self.question.domain, dynamics.nominal, dynamics.quantities, source, n, self.cycles)

    def hold(self, table: Floats) -> None:
        """Move conditions that were not drawn, in place, onto the cycles."""
        if len(self.cycles):
            dynamics = self.side.dynamics
            nominal = np.asarray(dynamics.nominal, dtype=np.float64)
            lows, highs = bounds(self.question.domain, nominal, dynamics.quantities)
            hold_cycles(table, nominal, self.cycles, lows, highs)

    def settled(self, quantities: Floats) -> Floats | None:
        """The condition as it is run: from its steady state where the nominal one is; None: none found."""
        return quantities if self.steady is None else self.steady.settled(quantities)

    @property
    def nominal(self) -> Floats:
        """The nominal condition as it is run."""
        given = np.array(self.side.dynamics.nominal, dtype=np.float64)
        settled = self.settled(given)
        return given if settled is None else settled


def make_drawing(side: Side, question: Question) -> Drawing:
    """How conditions of the question's domain are drawn for the model of a side."""
    dynamics = side.dynamics
    cycles = thermodynamic_cycles(dynamics.model, dynamics.quantities, dynamics.nominal)
    return Drawing(side, question, cycles, find_steady_start(side))
