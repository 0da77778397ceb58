"""Units as people write them: µM, 1/s, mol, from the definitions of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from isthmus.algebra.expression import SYMBOL
from isthmus.model.model import Model
from isthmus.model.question import Observable
from isthmus.model.species import Species
from isthmus.model.unit import UnitDefinition, UnitFactor

_SYMBOLS: Final[Mapping[str, str]] = {
    "second": "s",
    "mole": "mol",
    "litre": "L",
    "liter": "L",
    "metre": "m",
    "meter": "m",
    "gram": "g",
    "kilogram": "kg",
    "kelvin": "K",
    "joule": "J",
    "volt": "V",
    "ampere": "A",
    "hertz": "Hz",
    "newton": "N",
    "pascal": "Pa",
    "watt": "W",
    "coulomb": "C",
    "item": "item",
    "dimensionless": "",
}
_PREFIXES: Final = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}
_TIMES: Final = {60.0: "min", 3600.0: "h", 86400.0: "d"}


def unit_label(model: Model, unit: str) -> str:
    """The label of a unit id or a basic kind; "" for dimensionless and for none."""
    definition = next((entry for entry in model.unit_definitions if entry.id == unit), None)
    if definition is not None:
        return definition_label(definition)
    return _SYMBOLS.get(unit, unit)


def species_unit(model: Model, species: Species) -> str:
    """The unit of what a species' id stands for: substance, per compartment size for a concentration."""
    substance = unit_label(model, species.unit or model.units.substance)
    if species.substance_only or not substance:
        return substance
    compartment = model.compartments_by_id.get(species.compartment)
    if compartment is None:
        return substance
    default = {3.0: model.units.volume, 2.0: model.units.area, 1.0: model.units.length}.get(
        compartment.dimensions, ""
    )
    size = unit_label(model, compartment.unit or default)
    if not size:
        return substance
    return (
        f"{substance.removesuffix('mol')}M"
        if substance.endswith("mol") and size == "L"
        else f"{substance}/{size}"
    )


def observable_unit(model: Model, observable: Observable) -> str:
    """The unit of an observable that is a species or a parameter itself; "" for formulas."""
    if observable.formula.op != SYMBOL:
        return ""
    name = str(observable.formula.value)
    species = model.species_by_id.get(name)
    if species is not None:
        return species_unit(model, species)
    parameter = model.parameters_by_id.get(name)
    return unit_label(model, parameter.unit) if parameter is not None and parameter.unit else ""


def definition_label(definition: UnitDefinition) -> str:
    """The label of a product of factors; "" for a pure number."""
    above = [_factor(factor) for factor in definition.factors if factor.exponent > 0]
    below = [_factor(factor) for factor in definition.factors if factor.exponent < 0]
    top, bottom = "·".join(filter(None, above)), "·".join(filter(None, below))
    if top.endswith("mol") and bottom == "L":
        return f"{top.removesuffix('mol')}M"
    if not bottom:
        return top
    return f"{top or '1'}/{f'({bottom})' if '·' in bottom else bottom}"


def _factor(factor: UnitFactor) -> str:
    if factor.kind == "kilogram" and factor.multiplier == 1:
        factor = replace(factor, kind="gram", scale=factor.scale + 3)
    symbol = _SYMBOLS.get(factor.kind, factor.kind)
    if not symbol:
        return ""
    if factor.kind == "second" and factor.scale == 0 and factor.multiplier in _TIMES:
        text = _TIMES[factor.multiplier]
    elif factor.multiplier == 1 and factor.scale in _PREFIXES:
        text = _PREFIXES[factor.scale] + symbol
    else:
        text = f"({factor.multiplier * 10.0**factor.scale:g} {symbol})"
    power = abs(factor.exponent)
    return text if power == 1 else f"{text}^{power:g}"
