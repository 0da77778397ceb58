"""Slow coordinates of a reduction, in exact rationals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from isthmus.algebra.linear import SparseRow, combine, echelon, inverse, left_null_space, times
from isthmus.model.reduction import Reduction

Gain = Mapping[str, Mapping[int, Fraction]]


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where a reduction lives.

    relaxation: P, how each state (row) moves per unit of each eliminated species (column).
    slow: L, slow coordinate (named by its kept state) → coefficients over states, in amounts.
    gain: the terms that drive each slow coordinate (frozen ones have none), dropped terms left out.
    constraints: eliminated species → combination of terms that vanishes.
    """

    relaxation: dict[str, SparseRow[str]]
    slow: dict[str, SparseRow[str]]
    gain: dict[str, SparseRow[int]]
    constraints: dict[str, SparseRow[int]]

    def is_lump(self, state: str) -> bool:
        """Whether a slow coordinate counts more than its own state."""
        return self.slow[state] != {state: Fraction(1)}


def slow_coordinates(states: Sequence[str], gain: Gain, reduction: Reduction) -> Coordinates | None:
    """Coordinates of a reduction of M x' = gain · v.

    None where the directions do not move the eliminated species independently.
    """
    eliminated = reduction.eliminated
    directions = {e.species: dict(e.direction) for e in reduction.eliminations}
    block = {z: {w: directions[w][z] for w in eliminated if directions[w].get(z)} for z in eliminated}
    inverted = inverse(block) if eliminated else {}
    if inverted is None:
        return None
    relaxation: dict[str, SparseRow[str]] = {}
    for state in states:
        along = {w: directions[w][state] for w in eliminated if directions[w].get(state)}
        moved = times(along, inverted)
        if moved:
            relaxation[state] = moved
    live = {s: {j: v for j, v in gain.get(s, {}).items() if j not in reduction.dropped} for s in states}
    slow: dict[str, SparseRow[str]] = {}
    driven: dict[str, SparseRow[int]] = {}
    for state in states:
        if state in directions:
            continue
        slow[state] = {state: Fraction(1)} | {z: -value for z, value in relaxation.get(state, {}).items()}
        row: SparseRow[int] = {}
        if state not in reduction.frozen:
            for member, coefficient in slow[state].items():
                row = combine(row, coefficient, live[member])
        driven[state] = row
    constraints = {
        e.species: {j: v for j, v in e.constraint if j not in reduction.dropped}
        for e in reduction.eliminations
    }
    return Coordinates(relaxation, slow, driven, constraints)


def condensed_gain(coordinates: Coordinates, reduction: Reduction) -> dict[str, SparseRow[int]]:
    """The slow rows, rid of the fast terms by the constraints.

    Equal to `gain` on the manifold, with fewer reactions.
    """
    pivots = [e.pivot for e in reduction.eliminations]
    reduced = echelon(coordinates.constraints.values(), pivots)
    rows = dict(coordinates.gain)
    for pivot, row in reduced:
        if pivot in pivots:
            rows = {s: combine(r, -r[pivot], row) if pivot in r else r for s, r in rows.items()}
    return rows


def totals(rows: Mapping[str, Mapping[int, Fraction]]) -> list[SparseRow[str]]:
    """Combinations of slow coordinates that nothing changes: a basis of the left null space of the rows."""
    return left_null_space(rows)
