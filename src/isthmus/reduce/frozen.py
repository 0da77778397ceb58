"""Frozen: what is too slow to move within the horizon."""

from __future__ import annotations

from isthmus.reduce.base import Landscape, Step


class Frozen:
    """A slow coordinate keeps its initial value; error O(horizon / time scale)."""

    name = "frozen"

    def steps(self, landscape: Landscape) -> list[Step]:
        """One step for each state that moves and is not itself observed, slowest first."""
        return sorted(
            (
                Step(self.name, f"frozen: {state}", -landscape.time[state], frozen=state)
                for state in landscape.states
                if landscape.gain[state] and state not in landscape.observed
            ),
            key=lambda step: step.rank,
        )
