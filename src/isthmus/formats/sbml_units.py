"""Units of a file: the definitions, and what the model declares for what names no unit of its own."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from isthmus.errors import ModelError
from isthmus.formats.imported import Loss
from isthmus.formats.sbml_file import SbmlFile, describe
from isthmus.formats.xml_tree import items
from isthmus.model.unit import ModelUnits, UnitDefinition, UnitFactor

# What Level 2 means by these names where the file does not define them.
_BUILT_IN: Final = {
    "substance": "mole",
    "time": "second",
    "volume": "litre",
    "area": "square_metre",
    "length": "metre",
}
_SPELLINGS: Final = {"liter": "litre", "meter": "metre"}


class Units:
    """The unit names of one file, in the terms of Level 3, which has no built-in definitions."""

    def __init__(self, file: SbmlFile) -> None:
        self.losses: list[Loss] = []
        self._old = file.level < 3
        self.definitions = [
            _definition(file, element, self.losses) for element in items(file.model, "listOfUnitDefinitions")
        ]
        self._defined = {definition.id for definition in self.definitions}

    def name(self, text: str | None) -> str:
        """A unit as an element names it; the built-in names of Level 2 become what they mean."""
        text = _SPELLINGS.get(text or "", text or "")
        if not text or text in self._defined or _is_base(text):
            return text
        if not self._old or text not in _BUILT_IN:
            loss = Loss("units", f"the unit {text!r}, which nothing defines, is not kept")
            self.losses += [] if loss in self.losses else [loss]
            return ""
        if text == "area":
            self._defined.add("square_metre")
            if all(definition.id != "square_metre" for definition in self.definitions):
                self.definitions.append(UnitDefinition("square_metre", (UnitFactor("metre", 2.0),)))
        return _BUILT_IN[text]

    def of_model(self, model: Element) -> ModelUnits:
        """The model's units: attributes in Level 3, the built-in names in Level 2."""
        if not self._old:
            kinds = ("substance", "time", "volume", "area", "length", "extent")
            return ModelUnits(**{kind: self.name(model.get(f"{kind}Units")) for kind in kinds})
        area = "area" if "area" in self._defined else ""
        substance = self.name("substance")
        return ModelUnits(
            substance, self.name("time"), self.name("volume"), area, self.name("length"), substance
        )


def _definition(file: SbmlFile, element: Element, losses: list[Loss]) -> UnitDefinition:
    factors = []
    for unit in items(element, "listOfUnits"):
        kind = _SPELLINGS.get(unit.get("kind", ""), unit.get("kind", ""))
        if kind == "Celsius" or (file.double(unit, "offset") or 0.0) != 0.0:
            losses.append(Loss(describe(element), "a temperature with an offset is not kept: read as kelvin"))
            kind = "kelvin"
        exponent, scale, multiplier = (
            file.double(unit, name) for name in ("exponent", "scale", "multiplier")
        )
        if scale is not None and not (scale.is_integer() and abs(scale) < 1000):
            raise ModelError(
                "E-UNIT", f"the scale {scale:g}", needed="a small integer", where=file.where(element)
            )
        factors.append(
            UnitFactor(
                kind,
                1.0 if exponent is None else exponent,
                0 if scale is None else int(scale),
                1.0 if multiplier is None else multiplier,
            )
        )
    return UnitDefinition(
        element.get("id", ""), tuple(factors), element.get("name", ""), file.annotation(element)
    )


def _is_base(text: str) -> bool:
    """Whether SBML itself defines the unit."""
    import libsbml

    return bool(libsbml.UnitKind_forName(text) != libsbml.UNIT_KIND_INVALID)
