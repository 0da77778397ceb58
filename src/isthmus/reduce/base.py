"""What every reduction method is: a maker of candidate steps from what is known of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from isthmus.model.reduction import Elimination, Reduction


@dataclass(frozen=True)
class Landscape:
    """The facts that methods look at.

    states: ids. reacting: states that only reactions change (rate rules change the others). gain: state →
    {term: coefficient}.
    flux: largest |term| seen along the nominal trajectories. laws: conserved totals of the full model,
    minimal support.
    time: characteristic time of each state. observed: states that an observable names.
    """

    states: tuple[str, ...]
    reacting: frozenset[str]
    gain: Mapping[str, Mapping[int, Fraction]]
    flux: Sequence[float]
    laws: tuple[Mapping[str, Fraction], ...]
    time: Mapping[str, float]
    observed: frozenset[str]

    @cached_property
    def columns(self) -> dict[int, dict[str, Fraction]]:
        """term → {state: coefficient}: the stoichiometry of each term."""
        columns: dict[int, dict[str, Fraction]] = {}
        for state in self.states:
            for term, value in self.gain[state].items():
                columns.setdefault(term, {})[state] = value
        return columns


@dataclass(frozen=True, slots=True)
class Step:
    """One candidate: an elimination, a frozen coordinate or dropped terms.

    rank: order of trial among steps of one method, small first.
    """

    method: str
    label: str
    rank: float
    elimination: Elimination | None = None
    frozen: str = ""
    dropped: frozenset[int] = frozenset()

    def on(self, reduction: Reduction) -> Reduction | None:
        """The reduction with this step added; None where they exclude each other."""
        if self.elimination is not None:
            state = self.elimination.species
            if state in reduction.eliminated or state in reduction.frozen:
                return None
            return replace(
                reduction,
                eliminations=(*reduction.eliminations, self.elimination),
                steps=(*reduction.steps, self.label),
            )
        if self.frozen:
            if self.frozen in reduction.eliminated or self.frozen in reduction.frozen:
                return None
            return replace(
                reduction, frozen=reduction.frozen | {self.frozen}, steps=(*reduction.steps, self.label)
            )
        if self.dropped <= reduction.dropped:
            return None
        return replace(
            reduction, dropped=reduction.dropped | self.dropped, steps=(*reduction.steps, self.label)
        )


class Reducer(Protocol):
    """A method of reduction."""

    name: str

    def steps(self, landscape: Landscape) -> list[Step]:
        """All single steps of this method that fit the model."""
        ...


def total_directions(landscape: Landscape, state: str) -> list[tuple[dict[str, Fraction], float]]:
    """Directions of the reactions that change a state, per unit of it.

    With the largest flux along each, fastest first.
    """
    classes: dict[tuple[tuple[str, Fraction], ...], float] = {}
    for term in landscape.gain[state]:
        column = landscape.columns[term]
        direction = tuple(sorted((s, v / column[state]) for s, v in column.items()))
        classes[direction] = max(classes.get(direction, 0.0), landscape.flux[term])
    ranked = sorted(classes.items(), key=lambda item: -item[1])
    return [(dict(direction), flux) for direction, flux in ranked]


def make_elimination(
    landscape: Landscape,
    method: str,
    state: str,
    direction: Mapping[str, Fraction],
    constraint: Mapping[int, Fraction],
) -> Elimination:
    """An elimination whose pivot is the fastest term of its constraint."""
    pivot = max(constraint, key=lambda term: abs(float(constraint[term])) * landscape.flux[term])
    return Elimination(
        state, method, tuple(sorted(direction.items())), tuple(sorted(constraint.items())), pivot
    )
