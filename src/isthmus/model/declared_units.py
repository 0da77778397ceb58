"""What the units of a model's quantities are by declaration: their own, or the model's for their kind."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.species import Species
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit, base_unit, defined_unit

_SIZES: Final = {3.0: "volume", 2.0: "area", 1.0: "length"}


class DeclaredUnits:
    """The declared units of one model; None where nothing is declared, or nothing that SBML knows.

    In SBML Level 2 the model's units have defaults (mole, litre, second), in Level 3 they have none.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._defined = {definition.id: defined_unit(definition) for definition in model.unit_definitions}

    def named(self, name: str) -> Unit | None:
        """The unit of that name: a definition of the model, or a base unit."""
        return self._defined[name] if name in self._defined else base_unit(name)

    @cached_property
    def time(self) -> Unit | None:
        """The unit of time."""
        return self.named(self.model.units.time)

    @cached_property
    def extent(self) -> Unit | None:
        """The unit of what a reaction has turned over."""
        return self.named(self.model.units.extent)

    @cached_property
    def rate(self) -> Unit | None:
        """The unit of every kinetic law: extent per time."""
        return _quotient(self.extent, self.time)

    @cached_property
    def by_id(self) -> dict[str, Unit | None]:
        """The unit of what each id stands for in formulas."""
        model = self.model
        found = {compartment.id: self.size(compartment) for compartment in model.compartments}
        found |= {species.id: self._species(species) for species in model.species}
        found |= {parameter.id: self.named(parameter.unit) for parameter in model.parameters}
        return found | {reaction.id: self.rate for reaction in model.reactions}

    def substance(self, species: Species) -> Unit | None:
        """The unit of the amount of a species."""
        return self.named(species.unit or self.model.units.substance)

    def size(self, compartment: Compartment) -> Unit | None:
        """The unit of a compartment's size."""
        if compartment.unit:
            return self.named(compartment.unit)
        if compartment.dimensions == 0:
            return DIMENSIONLESS
        kind = _SIZES.get(compartment.dimensions)
        return None if kind is None else self.named(getattr(self.model.units, kind))

    def _species(self, species: Species) -> Unit | None:
        substance = self.substance(species)
        if species.substance_only:
            return substance
        return _quotient(substance, self.size(self.model.compartments_by_id[species.compartment]))


def _quotient(above: Unit | None, below: Unit | None) -> Unit | None:
    return None if above is None or below is None else above / below
