"""What a file says beside its mathematics is read from the XML alone, and every loss of it is seen."""

import pytest

from isthmus.formats import read_bytes, sbml_text
from isthmus.testing.said import count_said, lost, read_said

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <model id="m" name="Model" metaid="m0">
  <notes><body xmlns="http://www.w3.org/1999/xhtml"><p>About <b>it</b>.</p></body></notes>
  <listOfUnitDefinitions><unitDefinition id="per_s" metaid="u0" name="per second">
   <listOfUnits><unit kind="second" exponent="-1"/></listOfUnits></unitDefinition></listOfUnitDefinitions>
  <listOfCompartments>
   <compartment id="cell" size="1" units="volume" sboTerm="SBO:0000290"/></listOfCompartments>
  <listOfSpecies><species id="S" name="substrate" metaid="s0" compartment="cell" initialConcentration="1">
   <annotation><rdf:RDF xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">
    <rdf:Description rdf:about="#s0"><bqbiol:is><rdf:Bag>
     <rdf:li rdf:resource="http://identifiers.org/chebi/CHEBI:17925"/></rdf:Bag></bqbiol:is></rdf:Description>
   </rdf:RDF></annotation></species></listOfSpecies>
  <listOfReactions><reaction id="r" name="decay" reversible="false">
   <listOfReactants><speciesReference species="S"/></listOfReactants>
   <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>
     <ci>cell</ci><ci>k</ci><ci>S</ci></apply></math>
    <listOfParameters>
     <parameter id="k" name="rate constant" metaid="k0" value="2" units="per_s"/></listOfParameters>
   </kineticLaw></reaction></listOfReactions>
 </model></sbml>
"""


def written() -> str:
    return sbml_text(read_bytes(SBML.encode(), "m.xml").model)


def test_nothing_that_is_said_is_lost_by_writing():
    assert lost(SBML.encode(), written().encode()) == ()
    # Model: 3; unit: 3; compartment: 2; species: 3; reaction: 1; local parameter: 3.
    assert count_said(SBML.encode()) == 15


def test_units_are_compared_by_what_they_mean():
    said = read_said(SBML.encode())
    assert said["compartment cell"].unit == "litre 1 0 1"
    assert said["local r/k"].unit == "second -1 0 1"
    assert read_said(written().encode())["local r/k"].name == "rate constant"


@pytest.mark.parametrize(
    ("what", "instead", "gone"),
    [
        ("rate constant", "constant", "local r/k: name"),
        ('metaid="u0"', "", "unitDefinition per_s: metaid"),
        ("About ", "", "model m: notes"),
        ("CHEBI:17925", "CHEBI:1", "species S: annotation"),
        ("SBO:0000290", "SBO:0000410", "compartment cell: sbo"),
        ('exponent="-1"', 'exponent="-2"', "local r/k: unit"),
    ],
)
def test_every_loss_is_named(what, instead, gone):
    after = written()
    assert what in after
    assert gone in lost(SBML.encode(), after.replace(what, instead).encode())
