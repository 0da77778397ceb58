"""Compartments, species and parameters of a file."""

from __future__ import annotations

from collections.abc import Set
from xml.etree.ElementTree import Element

from isthmus.formats.sbml_file import SbmlFile, mark_of
from isthmus.formats.sbml_units import Units
from isthmus.formats.xml_tree import items
from isthmus.model.compartment import Compartment
from isthmus.model.parameter import Parameter
from isthmus.model.species import Species


class Quantities:
    """Reads the quantities of one file.

    computed: the ids whose start a formula gives, so that their numbers do not count.
    """

    def __init__(self, file: SbmlFile, units: Units, computed: Set[str]) -> None:
        self.file = file
        self.units = units
        self.computed = computed

    def compartments(self) -> list[Compartment]:
        """All compartments."""
        return [self._compartment(element) for element in items(self.file.model, "listOfCompartments")]

    def species(self, compartments: list[Compartment]) -> list[Species]:
        """All species; in a compartment without dimensions they are always amounts."""
        points = {compartment.id for compartment in compartments if compartment.dimensions == 0}
        factor = self.file.model.get("conversionFactor", "")
        return [self._species(element, points, factor) for element in items(self.file.model, "listOfSpecies")]

    def parameters(self) -> list[Parameter]:
        """All global parameters."""
        return [self.parameter(element) for element in items(self.file.model, "listOfParameters")]

    def parameter(self, element: Element) -> Parameter:
        """A parameter element, global or local."""
        identifier = element.get("id", "")
        mark = mark_of(element)
        return Parameter(
            id=identifier,
            value=None if identifier in self.computed else self.file.double(element, "value"),
            constant=self.file.truth(element, "constant", True),
            unit=self.units.name(element.get("units")),
            name=element.get("name", ""),
            initial_of="" if mark is None else mark.get("initialOf", ""),
            local_to="" if mark is None else mark.get("localTo", ""),
            local_id="" if mark is None else mark.get("localId", ""),
            annotation=self.file.annotation(element),
        )

    def _compartment(self, element: Element) -> Compartment:
        identifier = element.get("id", "")
        dimensions = self.file.double(element, "spatialDimensions")
        return Compartment(
            id=identifier,
            size=None if identifier in self.computed else self.file.double(element, "size"),
            constant=self.file.truth(element, "constant", True),
            dimensions=3.0 if dimensions is None else dimensions,
            unit=self.units.name(element.get("units")),
            name=element.get("name", ""),
            annotation=self.file.annotation(element),
        )

    def _species(self, element: Element, points: set[str], factor: str) -> Species:
        identifier, compartment = element.get("id", ""), element.get("compartment", "")
        amount, concentration = (
            self.file.double(element, name) for name in ("initialAmount", "initialConcentration")
        )
        if identifier in self.computed:
            amount = concentration = None
        return Species(
            id=identifier,
            compartment=compartment,
            initial=concentration if amount is None else amount,
            initial_is_amount=amount is not None,
            substance_only=self.file.truth(element, "hasOnlySubstanceUnits", False) or compartment in points,
            boundary=self.file.truth(element, "boundaryCondition", False),
            constant=self.file.truth(element, "constant", False),
            conversion=element.get("conversionFactor", factor),
            unit=self.units.name(element.get("substanceUnits")),
            name=element.get("name", ""),
            annotation=self.file.annotation(element),
        )
