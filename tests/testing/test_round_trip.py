"""A round trip that keeps everything passes; one that changes a number, a word or an id does not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from isthmus import formats
from isthmus.formats import read_model
from isthmus.testing.__main__ import main
from isthmus.testing.antimony_words import find_renamed, find_unsaid
from isthmus.testing.round_trip import (
    DIFFERS,
    PASS,
    judge_curves,
    relative_gaps,
    round_trip_one,
    states_of,
    written_file,
)

# gamma is a function in Antimony, so that text must name the parameter otherwise.
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
 <model id="m" name="decay">
  <listOfCompartments>
   <compartment id="cell" size="1" spatialDimensions="3" constant="true"/></listOfCompartments>
  <listOfSpecies><species id="A" name="substrate" sboTerm="SBO:0000247" compartment="cell"
    initialConcentration="10" hasOnlySubstanceUnits="false" boundaryCondition="false"
    constant="false"/></listOfSpecies>
  <listOfParameters><parameter id="gamma" value="0.1" constant="true"/></listOfParameters>
  <listOfReactions><reaction id="lose" reversible="false">
   <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
   <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>
     <ci>cell</ci><ci>gamma</ci><ci>A</ci></apply></math></kineticLaw></reaction></listOfReactions>
 </model></sbml>
"""


@pytest.fixture
def model_file(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(MODEL)
    return path


def made(path):
    return round_trip_one(str(path), path.parent, "", lambda *_: None)


def test_a_model_comes_back_as_it_was(model_file):
    row = made(model_file)
    assert (row["status"], row["antimony"], row["detail"]) == (PASS, PASS, "")
    assert (row["difference"], row["lost"], row["invalid"], row["unsaid"]) == (0.0, 0, 0, 0)
    assert (row["elements"], row["renamed"]) == (3, 1)
    assert 'level="3" version="2"' in written_file(model_file.parent, "m").read_text()


@pytest.mark.parametrize(
    ("what", "instead", "told"),
    [
        ('value="0.1"', 'value="0.1000001"', "the model read back is another"),
        ('value="0.1"', 'value="0.1000001"', "A is "),
        ('name="substrate"', 'name="other"', "species A: name"),
        ('constant="false"', 'constant="perhaps"', None),
    ],
)
def test_a_writer_that_changes_something_is_found_out(model_file, monkeypatch, what, instead, told):
    right = formats.sbml_text
    monkeypatch.setattr(formats, "sbml_text", lambda model: right(model).replace(what, instead))
    row = made(model_file)
    assert row["status"] != PASS
    if told is not None:
        assert row["status"] == DIFFERS
        assert told in row["detail"]


def test_what_antimony_leaves_out_is_named():
    before = read_model(MODEL)
    (species,) = before.species
    notes = '<notes><p xmlns="http://www.w3.org/1999/xhtml">kept in glass</p></notes>'
    before = replace(
        before,
        species=(replace(species, annotation=replace(species.annotation, notes=notes)),),
    )
    after = replace(
        before,
        species=(replace(species, name="", annotation=replace(species.annotation, sbo="", notes="")),),
        parameters=(replace(before.parameters[0], id="gamma_"),),
    )
    renamed = find_renamed(before, after)
    assert renamed == {"gamma": "gamma_"}
    assert find_unsaid(before, before, {}) == ()
    assert find_unsaid(before, after, renamed) == (
        "name of A",
        "SBO term of A",
        "text of the notes of A",
    )


def test_curves_may_be_apart_by_a_few_times_their_own_error_only():
    expected = np.array([[1.0], [2.0]])
    found = expected + 4e-6
    largest, problem = judge_curves(found, expected, ("A",), lambda: expected + 1e-6)
    assert largest == pytest.approx(2e-6, rel=1e-5)
    assert not problem
    _, problem = judge_curves(found, expected, ("A",), lambda: expected + 1e-8)
    assert problem.startswith("A is 2e-06")
    assert judge_curves(expected + 1e-9, expected, ("A",), None)[1] == ""


def test_gaps_are_beside_the_peak_and_nan_agrees_with_nan_only():
    one = np.array([[0.0, np.nan, 1.0], [4.0, 1.0, np.nan]])
    other = np.array([[0.4, np.nan, 1.0], [4.0, 1.0, 2.0]])
    assert relative_gaps(one, other).tolist() == [0.1, 0.0, np.inf]
    assert relative_gaps(one, other, floor=1.0).tolist() == [0.0, 0.0, np.inf]


def test_a_model_that_does_not_integrate_tells_its_code():
    states, failure = states_of(read_model("species A; A = 1; r: -> A; A^2"), np.linspace(0.0, 2.0, 3))
    assert states.size == 0
    assert failure.startswith("E-")


def test_the_whole_run_counts(corpus, tmp_path, capsys):
    out = tmp_path / "rows.json"
    command = ["round-trip", str(corpus), "--models", "decay", "--json", str(out), "--verify-with", ""]
    assert main(command) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["status"] == {"pass": 1}
    assert summary["antimony"] == {"pass": 1}
    assert json.loads(out.read_text())["rows"][0]["difference"] == 0.0
