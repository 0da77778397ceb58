"""Negligible: rate terms that may be zero."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.reduce.base import Landscape, Step


class Negligible:
    """A rate term is left out; its error is measured, never assumed."""

    name = "negligible"

    def __init__(self, term_labels: Sequence[str]) -> None:
        self.term_labels = term_labels

    def steps(self, landscape: Landscape) -> list[Step]:
        """One step for each term, smallest flux first."""
        return sorted(
            (
                Step(
                    self.name,
                    f"negligible: {self.term_labels[term]}",
                    landscape.flux[term],
                    dropped=frozenset({term}),
                )
                for term in landscape.columns
            ),
            key=lambda step: step.rank,
        )
