"""Units as people write them."""

import pytest

from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits, UnitDefinition, UnitFactor
from isthmus.study.unit_labels import species_unit, unit_label


def definition(*factors: UnitFactor) -> Model:
    return Model("m", unit_definitions=(UnitDefinition("u", factors),))


@pytest.mark.parametrize(
    ("factors", "label"),
    [
        ((UnitFactor("mole", 1, -6), UnitFactor("litre", -1)), "µM"),
        ((UnitFactor("second", -1),), "1/s"),
        ((UnitFactor("second", 1, 0, 60),), "min"),
        ((UnitFactor("second", -1, 0, 3600),), "1/h"),
        ((UnitFactor("litre"), UnitFactor("mole", -1, -9), UnitFactor("second", -1)), "L/(nmol·s)"),
        ((UnitFactor("dimensionless"),), ""),
        ((UnitFactor("metre", 2, -3),), "mm^2"),
        ((UnitFactor("second", 1, 0, 7),), "(7 s)"),
        ((UnitFactor("mole", 1, -5),), "(1e-05 mol)"),
    ],
)
def test_labels(factors, label):
    assert unit_label(definition(*factors), "u") == label


def test_basic_kinds_and_unknown_names():
    assert unit_label(Model("m"), "second") == "s"
    assert unit_label(Model("m"), "furlong") == "furlong"
    assert unit_label(Model("m"), "") == ""


def test_a_species_is_a_concentration_unless_it_says_otherwise():
    model = Model(
        "m",
        compartments=(Compartment("cell"),),
        units=ModelUnits(substance="mole", volume="litre"),
    )
    assert species_unit(model, Species("S", "cell")) == "M"
    assert species_unit(model, Species("S", "cell", substance_only=True)) == "mol"
    assert species_unit(model, Species("S", "cell", unit="item")) == "item/L"
