"""Reactions declared fast, as equilibria: their rates vanish at all times, and what they leave alone moves.

With D the changes that fast reactions make, x moves along D until D v_fast = 0; the combinations L x with
L D = 0 follow L x′ = L N v_slow. So the rates of fast reactions only say where they balance (SBML Level 3
Version 1, section 4.11.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from isthmus.algebra.linear import SparseRow, combine, echelon
from isthmus.dynamics.terms import Term
from isthmus.errors import UnsupportedFeature, Where
from isthmus.model.model import Model

Rows = tuple[Mapping[int, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Rapid:
    """Rows of M and of G, one a state, and those of x′ = D v_fast, by which a state comes to rest."""

    mass: Rows
    gain: Rows
    relaxing: Rows


def find_rapid(model: Model, terms: Sequence[Term], gain: Rows, is_algebraic: Sequence[bool]) -> Rapid | None:
    """The rows of a model with fast reactions, None without any.

    UnsupportedFeature where a fast reaction's changes are not in a fixed proportion.
    """
    names = {reaction.id for reaction in model.reactions if reaction.fast}
    fast = [j for j, term in enumerate(terms) if term.owner in names and term.kind == "reaction"]
    if not names:
        return None
    _need_fixed_proportions(model, [terms[j] for j in fast])
    slow: list[SparseRow[int]] = [{j: v for j, v in row.items() if j not in set(fast)} for row in gain]
    quick: list[SparseRow[int]] = [{j: v for j, v in row.items() if j in set(fast)} for row in gain]
    directions = [{i: row[j] for i, row in enumerate(quick) if j in row} for j in fast]
    along = dict(echelon(directions))
    mass: list[SparseRow[int]] = []
    driven: list[SparseRow[int]] = []
    for i, implicit in enumerate(is_algebraic):
        if i in along or implicit:
            mass.append({})
            driven.append(quick[i] if i in along else dict(gain[i]))
            continue
        row, rate = {i: Fraction(1)}, slow[i]
        for pivot, direction in along.items():
            if i in direction:
                row[pivot] = -direction[i]
                rate = combine(rate, -direction[i], slow[pivot])
        mass.append(row)
        driven.append(rate)
    relaxing = [dict(gain[i]) if implicit else quick[i] for i, implicit in enumerate(is_algebraic)]
    return Rapid(tuple(mass), tuple(driven), tuple(relaxing))


def _need_fixed_proportions(model: Model, terms: Sequence[Term]) -> None:
    factors: dict[str, set[str]] = {}
    for term in terms:
        factors.setdefault(term.owner, set()).add(term.conversion)
    for name, conversions in factors.items():
        if len(conversions) > 1:
            raise UnsupportedFeature(
                "E-FAST-REACTION",
                "a reaction declared fast changes species by different conversion factors",
                needed="species changed in a fixed proportion",
                advice="set fast to false",
                where=Where(file=model.source, object=f"reaction {name!r}"),
            )
