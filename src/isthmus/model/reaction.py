"""A reaction: what turns into what, and how fast."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import Expression
from isthmus.model.annotation import Annotation

_MINUS_ONE: Final = Fraction(-1)


@dataclass(frozen=True, slots=True)
class Participant:
    """A species on one side of a reaction with its stoichiometry (exact)."""

    species: str
    stoichiometry: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Reaction:
    """Reactants → products at `rate`, in substance per time, as the file writes it (compartments included).

    d(amount of s)/dt = Σ (products − reactants) · rate. `fast` is the declared rapid equilibrium of older
    SBML.
    """

    id: str
    reactants: tuple[Participant, ...]
    products: tuple[Participant, ...]
    rate: Expression
    modifiers: tuple[str, ...] = ()
    reversible: bool = False
    fast: bool = False
    name: str = ""
    annotation: Annotation = Annotation()

    def net(self) -> dict[str, Fraction]:
        """Net stoichiometry: species id → products − reactants, zeros left out."""
        change: dict[str, Fraction] = {}
        for part in self.reactants:
            before = change.get(part.species)
            change[part.species] = (
                _negative(part.stoichiometry) if before is None else before - part.stoichiometry
            )
        for part in self.products:
            before = change.get(part.species)
            change[part.species] = part.stoichiometry if before is None else before + part.stoichiometry
        return {species: value for species, value in change.items() if value.numerator}


def _negative(stoichiometry: Fraction) -> Fraction:
    """Its negative; that of 1, which nearly all are, is at hand."""
    return _MINUS_ONE if stoichiometry.numerator == stoichiometry.denominator else -stoichiometry
