"""A reduction as data: what relaxes, along which direction, onto which constraint, and what stands still.

One record serves both its readers: `dynamics.constrained` runs it on the compiled full system,
`reduce.realise` writes it as a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Column = tuple[tuple[str, Fraction], ...]
TermRow = tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Elimination:
    """One fast species, slaved to the slow coordinates.

    species: the state z that goes.
    direction: how the states move, per unit of z, while z relaxes (z itself with 1); what is left unchanged
    along all directions are the slow coordinates, so a direction names the lumps.
    constraint: the combination of rate terms that vanishes on the slow manifold.
    pivot: the fast term whose reaction the constraint may remove from the network.
    """

    species: str
    method: str
    direction: Column
    constraint: TermRow
    pivot: int

    @property
    def label(self) -> str:
        """Plain words."""
        partners = [f"{'+' if v > 0 else ''}{v} {s}" for s, v in self.direction if s != self.species]
        return f"{self.method} of {self.species}" + (f" ({', '.join(partners)})" if partners else "")


@dataclass(frozen=True, slots=True)
class Reduction:
    """A choice of eliminated species, slow and frozen coordinates and dropped rate terms of one full model.

    Slow coordinates are y_s = x_s − Σ P_sz x_z for every state s that is not eliminated, with P = D·D_Z⁻¹ of
    the directions D. frozen: slow coordinates that keep their initial value. dropped: indices of rate terms
    set to zero. steps: plain words.
    """

    eliminations: tuple[Elimination, ...] = ()
    frozen: frozenset[str] = frozenset()
    dropped: frozenset[int] = frozenset()
    steps: tuple[str, ...] = ()

    @property
    def eliminated(self) -> tuple[str, ...]:
        """The eliminated states."""
        return tuple(e.species for e in self.eliminations)

    @property
    def is_trivial(self) -> bool:
        """Whether nothing at all is approximated."""
        return not (self.eliminations or self.frozen or self.dropped)
