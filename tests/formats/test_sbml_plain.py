"""libSBML's verdict is the same without the reactions that are so plain that it need not see them."""

from __future__ import annotations

import random

import pytest

from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.sbml_file import SbmlFile
from isthmus.formats.sbml_plain import plain_reactions
from isthmus.formats.sbml_reader import read_sbml
from isthmus.formats.sbml_validity import Validity
from isthmus.formats.xml_scan import scan_document
from isthmus.testing.mutations import mutate_structure

NAMESPACES = {
    (2, 1): "http://www.sbml.org/sbml/level2",
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
    (3, 1): "http://www.sbml.org/sbml/level3/version1/core",
    (3, 2): "http://www.sbml.org/sbml/level3/version2/core",
}
# What every version writes differently is between bars.
TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="|home|" level="|level|" version="|version|"><model id="m">
<listOfFunctionDefinitions><functionDefinition id="f"><math xmlns="http://www.w3.org/1998/Math/MathML">
<lambda><bvar><ci>x</ci></bvar><apply><times/><ci>x</ci><cn>2</cn></apply></lambda>
</math></functionDefinition></listOfFunctionDefinitions>
<listOfUnitDefinitions><unitDefinition id="rate"><listOfUnits><unit kind="second"|unit|/></listOfUnits>
</unitDefinition></listOfUnitDefinitions>
<listOfCompartments><compartment id="c" size="1"|constant|/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="c" initialAmount="1"|truths|/>
<species id="B" compartment="c" initialAmount="2"|truths|/>
<species id="C" compartment="c" initialAmount="0"|truths|/>
</listOfSpecies>
<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters>
<listOfReactions>
<reaction id="first"|needed|><listOfReactants><speciesReference species="A"|part|/></listOfReactants>
<kineticLaw>|math|<apply><times/><ci>k</ci><ci>A</ci></apply></math></kineticLaw></reaction>
<reaction id="second" metaid="m2" name="the second"|needed|>
<annotation><a xmlns="urn:a"/></annotation>
<listOfReactants><speciesReference species="A" stoichiometry="2"|constant|/></listOfReactants>
<listOfProducts><speciesReference metaid="m3" species="B"|part|/></listOfProducts>
<listOfModifiers><modifierSpeciesReference species="C"/></listOfModifiers>
<kineticLaw metaid="m4">|math|
<apply><minus/><apply><times/><ci>q</ci><apply><power/><ci> A </ci><cn type="integer">2</cn></apply>
<ci>C</ci></apply><apply><divide/><apply><ci>f</ci><ci>B</ci></apply><ci>c</ci></apply></apply></math>
<|locals|><|local| id="q" value="1e-3" units="rate"/></|locals|></kineticLaw></reaction>
<reaction id="third"|needed|><listOfProducts><speciesReference species="B"|part|/></listOfProducts>
<kineticLaw>|math|<cn>0.5</cn></math></kineticLaw></reaction>
</listOfReactions>
</model></sbml>"""
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
TRUTHS = ' hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'


def written(level: int, version: int) -> str:
    is_new = level == 3
    words = {
        "home": NAMESPACES[level, version],
        "level": str(level),
        "version": str(version),
        "unit": ' exponent="-1" scale="0" multiplier="1"' if is_new else ' exponent="-1"',
        "constant": ' constant="true"' if is_new else "",
        "part": ' stoichiometry="1" constant="true"' if is_new else "",
        "truths": TRUTHS if is_new else "",
        "needed": ' reversible="false"' + (' fast="false"' if version == 1 else "") if is_new else "",
        "math": MATH,
        "locals": "listOfLocalParameters" if is_new else "listOfParameters",
        "local": "localParameter" if is_new else "parameter",
    }
    text = TEXT
    for word, value in words.items():
        text = text.replace(f"|{word}|", value)
    return text


def opened(text: str) -> SbmlFile:
    document = scan_document(text.encode())
    level, version = (int(document.root.attrib[name]) for name in ("level", "version"))
    return SbmlFile("f.xml", document, level, version)


def plain(text: str) -> list[str]:
    return [reaction.attrib["id"] for reaction in plain_reactions(opened(text))]


def verdict(text: str) -> str:
    try:
        Validity(text, "f.xml").refuse_inconsistent(True)
    except ModelError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("version", NAMESPACES)
def test_all_plain_reactions_but_the_first_are_found(version: tuple[int, int]) -> None:
    text = written(*version)
    assert verdict(text) == ""
    assert plain(text) == ["second", "third"]
    assert [reaction.id for reaction in read_sbml(text.encode()).model.reactions] == [
        "first",
        "second",
        "third",
    ]


# (what is written, what takes its place): each makes the second reaction one that libSBML has to see.
NOT_PLAIN = {
    "an attribute too many": ('id="second"', 'id="second" compartment="c"'),
    "an id that is none": ('id="second"', 'id="2nd"'),
    "an id that something else has": ('id="second"', 'id="k"'),
    "the id of another reaction": ('id="second"', 'id="third"'),
    "a reaction that a law names": ("<cn>0.5</cn>", "<ci>second</ci>"),
    "a metaid that is none": ('metaid="m2"', 'metaid="2 m"'),
    "a metaid twice": ('metaid="m2"', 'metaid="m3"'),
    "a truth that is none": (' name="the second"', ' fast="no"'),
    "notes": ('<a xmlns="urn:a"/></annotation>', '<a xmlns="urn:a"/></annotation><notes/>'),
    "an annotation with text": ('<a xmlns="urn:a"/>', "text"),
    "text": ('<a xmlns="urn:a"/></annotation>', '<a xmlns="urn:a"/></annotation>text'),
    "parts out of order": ("<annotation><a", "<listOfProducts/><annotation><a"),
    "two laws": ('<kineticLaw metaid="m4">', f"<kineticLaw>{MATH}<cn>1</cn></math></kineticLaw><kineticLaw>"),
    "an unknown species": ('species="A" stoichiometry="2"', 'species="X" stoichiometry="2"'),
    "an unknown modifier": ('<modifierSpeciesReference species="C"', '<modifierSpeciesReference species="X"'),
    "a modifier with a stoichiometry": ('Reference species="C"', 'Reference stoichiometry="1" species="C"'),
    "an empty list": ('<modifierSpeciesReference species="C"/>', ""),
    "a stoichiometry that is none": ('stoichiometry="2"', 'stoichiometry="two"'),
    "a reference with an id": ('stoichiometry="2"', 'id="r"'),
    "a stranger in a list": ('<modifierSpeciesReference species="C"/>', '<species id="D" compartment="c"/>'),
    "a species that the law may not name": (
        '<listOfModifiers><modifierSpeciesReference species="C"/></listOfModifiers>',
        "",
    ),
    "an unknown name": ("<ci> A </ci>", "<ci> X </ci>"),
    "an unknown function": ("<ci>f</ci>", "<ci>g</ci>"),
    "a function of two arguments": ("<ci>f</ci><ci>B</ci>", "<ci>f</ci><ci>B</ci><ci>B</ci>"),
    "a function as an argument": ("<ci>f</ci><ci>B</ci>", "<ci>f</ci><ci>f</ci>"),
    "a call of what is no function": ("<ci>f</ci><ci>B</ci>", "<ci>k</ci><ci>B</ci>"),
    "an operation without its arguments": ("<apply><ci>f</ci><ci>B</ci></apply>", ""),
    "an operation as an argument": ("<apply><ci>f</ci><ci>B</ci></apply>", "<plus/>"),
    "an unknown operation": ("<power/>", "<quotient/>"),
    "an empty application": ("<apply><ci>f</ci><ci>B</ci></apply>", "<apply/>"),
    "a number that is none": ('<cn type="integer">2</cn>', '<cn type="integer">2.5</cn>'),
    "a number in hexadecimal": ('<cn type="integer">2</cn>', '<cn base="16" type="integer">2</cn>'),
    "text in a formula": ("<power/>", "<power/>text"),
    "text in a law": ("</math>\n<", "</math>text<"),
    "a local parameter twice": ('units="rate"/>', 'units="rate"/><|local| id="q" value="1"/>'),
    "a local parameter that is no number": ('value="1e-3"', 'value="x"'),
    "a local parameter in an unknown unit": ('units="rate"', 'units="speed"'),
}


@pytest.mark.parametrize("version", [(2, 4), (3, 2)])
@pytest.mark.parametrize("what", NOT_PLAIN)
def test_what_is_not_plain_is_left_to_libsbml(version: tuple[int, int], what: str) -> None:
    before, after = NOT_PLAIN[what]
    whole = written(*version)
    local = "localParameter" if version[0] == 3 else "parameter"
    text = whole.replace(before, after.replace("|local|", local), 1)
    assert text != whole
    assert "second" not in plain(text)


@pytest.mark.parametrize("version", [(2, 4), (3, 2)])
def test_a_reaction_that_makes_a_constant_species_is_left_to_libsbml(version: tuple[int, int]) -> None:
    head, species, tail = written(*version).partition('<species id="B" compartment="c" initialAmount="2"')
    truths, end, tail = tail.partition("/>")
    constant = truths.replace('constant="false"', "") + ' constant="true"'
    assert "second" not in plain(head + species + constant + end + tail)
    assert "constant" in verdict(head + species + constant + end + tail)


@pytest.mark.parametrize("version", [(2, 4), (3, 1), (3, 2)])
def test_terms_of_an_ontology_are_plain_where_no_rule_says_where_they_belong(
    version: tuple[int, int],
) -> None:
    text = written(*version).replace('metaid="m2"', 'sboTerm="SBO:0000240"')
    assert verdict(text) == ""
    assert "second" in plain(text)
    assert "second" not in plain(text.replace("SBO:0000240", "SBO:240"))


def test_an_early_level_says_where_terms_belong() -> None:
    text = written(2, 4).replace("version4", "version3").replace('version="4"', 'version="3"')
    assert "second" in plain(text)
    assert "second" not in plain(text.replace('metaid="m2"', 'sboTerm="SBO:0000176"'))


@pytest.mark.parametrize("version", [(2, 4), (3, 1), (3, 2)])
@pytest.mark.parametrize("seed", range(40))
def test_the_verdict_on_a_damaged_file_is_the_same_without_them(version: tuple[int, int], seed: int) -> None:
    choice = random.Random(f"{version} {seed}")
    compared = 0
    while compared < 5:
        data = mutate_structure(choice, written(*version).encode())
        try:
            file = opened(data.decode())
            _ = file.model
        except (ModelError, UnsupportedFeature, UnicodeDecodeError, KeyError, ValueError):
            # It is no SBML of a known level, or has no model: the reader refuses it before.
            continue
        unseen = plain_reactions(file) if (file.level, file.version) in NAMESPACES else []
        # A namespace with a blank is malformed to libSBML, which then sees everything.
        if not unseen or file.has_blank_in_namespace:
            continue
        rest = file.document.without(unseen).decode()
        assert bool(verdict(rest)) == bool(verdict(data.decode())), data.decode()
        compared += 1
