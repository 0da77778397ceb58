"""What libSBML's check of its own reading would refuse is refused, in its words, though it only runs then."""

from __future__ import annotations

import pytest

from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml
from isthmus.formats.sbml_validity import Validity

MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"><cn>1</cn></math>'
NAMESPACES = {
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
    (3, 1): "http://www.sbml.org/sbml/level3/version1/core",
}
TRUTHS = 'hasOnlySubstanceUnits="false" boundaryCondition="true" constant="false"'


def text(level, version, compartment="c", functions="", rules="", parameter="p"):
    constant = 'constant="true"' if level == 3 else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="{NAMESPACES[level, version]}" level="{level}" version="{version}"><model id="m">
{functions}
<listOfCompartments><compartment id="c" size="1" {constant}/></listOfCompartments>
<listOfSpecies><species id="A" compartment="{compartment}" initialAmount="1" {TRUTHS}/></listOfSpecies>
<listOfParameters><parameter id="{parameter}" value="1" constant="false"/></listOfParameters>
{rules}
</model></sbml>"""


CHANGES = {
    "a blank compartment": {"compartment": ""},
    "a blank id": {"parameter": ""},
    "a function without a formula": {
        "functions": '<listOfFunctionDefinitions><functionDefinition id="f"/></listOfFunctionDefinitions>'
    },
    "a rule without a formula": {
        "rules": '<listOfRules><assignmentRule variable="p"></assignmentRule></listOfRules>'
    },
    "a rule without a variable": {
        "rules": f'<listOfRules><rateRule variable="">{MATH}</rateRule></listOfRules>'
    },
    "an event without assignments": {
        "rules": f'<listOfEvents><event id="e"><delay>{MATH}</delay></event></listOfEvents>'
    },
    "an empty unit": {
        "functions": '<listOfUnitDefinitions><unitDefinition id="u"><listOfUnits><unit kind=""/>'
        "</listOfUnits></unitDefinition></listOfUnitDefinitions>"
    },
}


# libSBML says nothing of these in Level 2, neither then nor later.
SILENT = {"a function without a formula", "a rule without a formula", "an empty unit"}
REFUSED = [(level, what) for level in NAMESPACES for what in CHANGES if level[0] == 3 or what not in SILENT]


@pytest.mark.parametrize(("level", "change"), REFUSED)
def test_what_the_full_check_refuses_is_refused_in_its_words(level, change):
    broken = text(*level, **CHANGES[change])
    with pytest.raises(ModelError) as full:
        Validity(broken, "f.xml").refuse_malformed()
    with pytest.raises(ModelError) as found:
        read_sbml(broken.encode(), "f.xml")
    assert str(found.value) == str(full.value)
    assert found.value.where.line == full.value.where.line


@pytest.mark.parametrize("level", sorted(NAMESPACES))
def test_what_is_in_order_is_read(level):
    valid = text(*level)
    Validity(valid, "f.xml").refuse_malformed()
    assert read_sbml(valid.encode(), "f.xml").model.species[0].initial == 1.0
