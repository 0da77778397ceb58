"""A reaction: what turns into what, and how fast."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import Expression
from isthmus.model.annotation import Annotation

_OPPOSITE: Final = {number: Fraction(-number) for number in (-2, -1, 1, 2)}


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
                opposite(part.stoichiometry) if before is None else before - part.stoichiometry
            )
        for part in self.products:
            before = change.get(part.species)
            change[part.species] = part.stoichiometry if before is None else before + part.stoichiometry
        return {species: value for species, value in change.items() if value.numerator}


def opposite(stoichiometry: Fraction) -> Fraction:
    """Its negative; those of 1 and −1, which nearly all are, are at hand."""
    found = _OPPOSITE.get(stoichiometry.numerator) if stoichiometry.denominator == 1 else None
    return -stoichiometry if found is None else found
