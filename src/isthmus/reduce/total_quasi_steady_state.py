"""Total quasi-steady state: a fast species slaved to lumps that its fast reaction conserves."""

from __future__ import annotations

from isthmus.reduce.base import Landscape, Step, make_elimination, total_directions


class TotalQuasiSteadyState:
    """ż = 0 with the lumps of the fastest reactions held (Borghans, de Boer & Segel 1996).

    The lumps are the left null space of the fast reactions' stoichiometry, so totals such as substrate +
    complex are the slow coordinates. Correct to O(ε). Holds when the chosen reaction is fast against the
    rest.
    """

    name = "total QSSA"

    def __init__(self, most_directions: int = 2) -> None:
        self.most_directions = most_directions

    def steps(self, landscape: Landscape) -> list[Step]:
        """One step for each reacting species and each of its fastest reaction directions."""
        found: list[Step] = []
        for state in landscape.states:
            if state not in landscape.reacting or not landscape.gain[state]:
                continue
            for place, (direction, _) in enumerate(
                total_directions(landscape, state)[: self.most_directions]
            ):
                if len(direction) == 1:
                    continue
                elimination = make_elimination(landscape, self.name, state, direction, landscape.gain[state])
                found.append(
                    Step(self.name, elimination.label, landscape.time[state] * (1 + place), elimination)
                )
        return sorted(found, key=lambda step: step.rank)
