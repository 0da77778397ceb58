"""What libSBML's check of its own reading would refuse is refused, in its words, though it only runs then."""

from __future__ import annotations

import pytest

from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml
from isthmus.formats.sbml_validity import Validity, needless_annotations
from isthmus.formats.xml_tree import parse_document

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


PLAIN = '<annotation><a xmlns="urn:a"><b/>text</a><c xmlns="urn:c"/></annotation>'
NOTES = '<notes><p xmlns="http://www.w3.org/1999/xhtml">n</p></notes>'
NOT_PLAIN = {
    "no namespace": '<annotation><a xmlns=""/></annotation>',
    "one namespace twice": '<annotation><a xmlns="urn:a"/><b xmlns="urn:a"/></annotation>',
    "the file's own namespace": "<annotation><species/></annotation>",
    "a namespace of SBML": '<annotation><a xmlns="http://www.sbml.org/sbml/level1"/></annotation>',
    "text": '<annotation>text<a xmlns="urn:a"/></annotation>',
    "text behind": '<annotation><a xmlns="urn:a"/>text</annotation>',
    "an attribute": '<annotation id="a"><a xmlns="urn:a"/></annotation>',
    "two": PLAIN + PLAIN,
    "notes behind": PLAIN + NOTES,
}


def annotated(level, inside):
    return text(*level).replace(
        'constant="false"/></listOfP', f'constant="false">{inside}</parameter></listOfP'
    )


def needless(written):
    document = parse_document(written.encode())
    return [document.places.start(element) for element in needless_annotations(document.root)]


@pytest.mark.parametrize("before", ["", NOTES])
def test_libsbml_need_not_see_plain_annotations(before):
    written = annotated((3, 1), before + PLAIN)
    assert needless(written) == [written.index("<annotation>")]
    Validity(written, "f.xml").refuse_malformed()
    annotation = read_sbml(written.encode(), "f.xml").model.parameters[0].annotation
    assert annotation.xml == PLAIN


@pytest.mark.parametrize("namespace", ["urn:a b", " urn:a", "urn:\n a"])
@pytest.mark.parametrize(
    "inside", ['<a xmlns="{}"/>', "<p:a xmlns:p = '{}'/>", '<a xmlns="urn:a"><b xmlns="{}"/></a>']
)
def test_a_blank_in_a_namespace_is_refused_on_reading_not_on_writing(namespace, inside):
    """libSBML takes it for malformed XML, so such a model could never be written."""
    written = annotated((3, 1), f"<annotation>{inside.format(namespace)}</annotation>")
    with pytest.raises(ModelError) as caught:
        read_sbml(written.encode(), "f.xml")
    assert caught.value.code == "E-SBML"
    assert caught.value.needed == "XML namespaces without blanks"


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_what_may_be_wrong_with_an_annotation_is_left_to_libsbml(what):
    assert needless(annotated((3, 1), NOT_PLAIN[what])) == []


@pytest.mark.parametrize("level", sorted(NAMESPACES))
@pytest.mark.parametrize("what", sorted(set(NOT_PLAIN) - {"text", "text behind", "an attribute"}))
def test_wrong_annotations_are_still_refused(level, what):
    written = annotated(level, NOT_PLAIN[what])
    try:
        Validity(written, "f.xml").refuse_inconsistent(True)
    except ModelError as error:
        with pytest.raises(ModelError) as found:
            read_sbml(written.encode(), "f.xml")
        assert found.value.where.line == error.where.line
    else:
        assert read_sbml(written.encode(), "f.xml").model.parameters
