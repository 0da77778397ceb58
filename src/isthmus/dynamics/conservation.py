"""Conserved totals: the left null space of the stoichiometric matrix, in exact rationals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from isthmus.algebra.linear import SparseRow, combine, echelon, left_null_space

Row = SparseRow[int]

_MOST_RAYS = 3000


@dataclass(frozen=True, slots=True)
class ConservationLaw:
    """Σ coefficient · amount stays constant; the coefficients are integers without a common factor.

    coefficients: state id → weight, zeros left out. The weights apply to amounts, not to concentrations.
    """

    coefficients: Mapping[str, Fraction]

    def total(self, amounts: Mapping[str, float]) -> float:
        """Return the value of the conserved total."""
        return sum(float(weight) * amounts[name] for name, weight in self.coefficients.items())

    @property
    def is_nonnegative(self) -> bool:
        """Whether it counts a moiety: no weight is negative."""
        return all(weight > 0 for weight in self.coefficients.values())

    def __str__(self) -> str:
        parts = [
            f"{'−' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight)} '}{name}"
            for name, weight in self.coefficients.items()
        ]
        return " ".join(parts).removeprefix("+ ").replace("− ", "−", 1) if parts else "0"


def conservation_laws(
    rows: Sequence[Mapping[int, Fraction]], names: Sequence[str]
) -> tuple[ConservationLaw, ...]:
    """Return a basis of all y with yᵀN = 0.

    It has non-negative minimal-support laws where there are enough of them. rows: N by rows, one {column:
    entry} a state. The extreme rays of {y ≥ 0, yᵀN = 0} are found by the algorithm of Farkas within each
    group of states that share a law, up to a bound; what they do not span comes from the echelon basis.
    Source: Schuster and Höfer 1991 (non-negative moieties by Farkas' algorithm).
    """
    laws: list[Row] = []
    named: dict[int, Mapping[Hashable, Fraction]] = {i: dict(row.items()) for i, row in enumerate(rows)}
    for group in _independent_groups([_primitive(law) for law in left_null_space(named)]):
        members = sorted({state for law in group for state in law})
        rays = _extreme_rays({state: dict(rows[state]) for state in members})
        laws.extend(_basis(sorted(rays, key=_simplicity) + sorted(group, key=_simplicity), len(group)))
    laws.sort(key=min)
    return tuple(ConservationLaw({names[state]: law[state] for state in sorted(law)}) for law in laws)


def rank(rows: Sequence[Mapping[int, Fraction]]) -> int:
    """Return the exact rank of N."""
    return len(echelon(rows))


def link(laws: Sequence[Mapping[int, Fraction]], states: int) -> tuple[list[int], dict[int, Row]]:
    """Split the states into independent and dependent ones.

    Returns the independent states and, for each dependent state d, {i: c} with dx_d/dt = Σ c dx_i/dt over
    independent i: the rows of the link matrix. Source: Reder 1988.
    """
    last_first = range(states - 1, -1, -1)
    dependent = {
        pivot: {state: -weight for state, weight in law.items() if state != pivot}
        for pivot, law in echelon(laws, last_first)
    }
    return [state for state in range(states) if state not in dependent], dependent


def _primitive(law: Mapping[int, Fraction]) -> Row:
    denominator = lcm(*(value.denominator for value in law.values()))
    numerator = gcd(*(int(value * denominator) for value in law.values()))
    sign = -1 if law[min(law)] < 0 and sum(law.values()) <= 0 else 1
    return {state: Fraction(sign * denominator, numerator) * value for state, value in law.items()}


def _simplicity(law: Row) -> tuple[bool, int, Fraction, list[int]]:
    return (
        any(value < 0 for value in law.values()),
        len(law),
        sum(map(abs, law.values()), Fraction(0)),
        sorted(law),
    )


def _independent_groups(laws: Sequence[Row]) -> list[list[Row]]:
    """Join the laws that share a state."""
    groups: list[tuple[set[int], list[Row]]] = []
    for law in laws:
        support, members = set(law), [law]
        apart = []
        for other_support, other_members in groups:
            if support & other_support:
                support |= other_support
                members = other_members + members
            else:
                apart.append((other_support, other_members))
        groups = [*apart, (support, members)]
    return [members for _, members in groups]


def _basis(candidates: Sequence[Row], count: int) -> list[Row]:
    """Take the first `count` independent candidates."""
    chosen: list[Row] = []
    reduced: list[Row] = []
    for candidate in candidates:
        extended = [row for _, row in echelon([*reduced, candidate])]
        if len(extended) > len(reduced):
            reduced = extended
            chosen.append(candidate)
        if len(chosen) == count:
            break
    return chosen


def _extreme_rays(rows: Mapping[int, Row]) -> list[Row]:
    """Return the minimal-support y ≥ 0 with yᵀN = 0.

    An empty list where more than a bounded number of candidates would arise.
    """
    tableau: list[tuple[Row, Row]] = [(dict(row), {state: Fraction(1)}) for state, row in rows.items()]
    columns = {column for row, _ in tableau for column in row}
    while columns:
        column = min(columns, key=lambda c: _pairs(tableau, c))
        columns.remove(column)
        zero = [entry for entry in tableau if column not in entry[0]]
        above = [entry for entry in tableau if entry[0].get(column, 0) > 0]
        below = [entry for entry in tableau if entry[0].get(column, 0) < 0]
        if len(zero) + len(above) * len(below) > _MOST_RAYS:
            return []
        new = [_combined(up, down, column) for up in above for down in below]
        tableau = _minimal_supports(zero + new)
    return [_primitive(weights) for _, weights in tableau]


def _pairs(tableau: Sequence[tuple[Row, Row]], column: int) -> tuple[int, int]:
    # Integers compare many times faster than fractions, and this is asked of every column again and again.
    signs = [values[column].numerator for values, _ in tableau if column in values]
    above = sum(1 for sign in signs if sign > 0)
    below = sum(1 for sign in signs if sign < 0)
    return above * below, column


def _combined(up: tuple[Row, Row], down: tuple[Row, Row], column: int) -> tuple[Row, Row]:
    factor = up[0][column] / down[0][column]
    return combine(up[0], -factor, down[0]), combine(up[1], -factor, down[1])


def _minimal_supports(entries: Sequence[tuple[Row, Row]]) -> list[tuple[Row, Row]]:
    kept: list[tuple[frozenset[int], tuple[Row, Row]]] = []
    for entry in sorted(entries, key=lambda e: len(e[1])):
        support = frozenset(entry[1])
        if not any(other <= support for other, _ in kept):
            kept.append((support, entry))
    return [entry for _, entry in kept]
