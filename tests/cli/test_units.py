"""`isthmus units` and `--units`: the table, the line of a mistake, and what the policies do."""

import json
from pathlib import Path

import pytest

WRONG = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4">
  <model id="wrong">
    <listOfUnitDefinitions>
      <unitDefinition id="per_second">
        <listOfUnits><unit kind="second" exponent="-1"/></listOfUnits>
      </unitDefinition>
    </listOfUnitDefinitions>
    <listOfCompartments><compartment id="c" size="1"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="c" initialConcentration="1"/>
      <species id="B" compartment="c" initialConcentration="1"/>
    </listOfSpecies>
    <listOfParameters><parameter id="k" value="1" units="per_second"/></listOfParameters>
    <listOfReactions>
      <reaction id="bind" reversible="false">
        <listOfReactants><speciesReference species="A"/><speciesReference species="B"/></listOfReactants>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>c</ci><ci>k</ci><ci>A</ci><ci>B</ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """A first-order constant in a second-order law; Level 2 has moles, litres and seconds by default."""
    path = tmp_path / "wrong.xml"
    path.write_text(WRONG)
    return str(path)


def test_a_mistake_is_told_with_its_line(isthmus, wrong):
    ended = isthmus("units", wrong, "--json")
    assert ended.code == 0
    document = json.loads(ended.out)
    (formula,) = document["formulas"]
    assert (formula["element"], formula["id"], formula["check"], formula["line"]) == (
        "reaction",
        "bind",
        "mismatch",
        16,
    )
    assert (formula["needed"], formula["found"], formula["why"]) == ("mol/s", "mol^2/(L·s)", "off by M")
    assert {q["id"]: q["declared"] for q in document["quantities"]} == {
        "A": "M",
        "B": "M",
        "c": "L",
        "k": "1/s",
    }
    assert document["counts"] == {"ok": 0, "mismatch": 1, "unknown": 0}


def test_the_table_for_people(isthmus, wrong, examples):
    out = isthmus("units", wrong).out
    assert "mol^2/(L·s)" in out and "1 do not" in out
    assert "30 of 30 formulas agree" in isthmus("units", str(examples / "huang_ferrell_1996.ant")).out
    assert "cannot be checked" in isthmus("units", str(examples / "michaelis_menten.ant")).out


def test_strict_is_an_error_everywhere(isthmus, wrong):
    for command in (("units", wrong), ("simulate", wrong, "--until", "1"), ("inspect", wrong)):
        ended = isthmus(*command, "--units", "strict")
        assert ended.code == 4
        assert "wrong.xml:16:7 reaction 'bind'" in ended.err and "[E-UNITS]" in ended.err
    ended = isthmus("reduce", wrong, "--observe", "A", "--units", "strict")
    assert ended.code == 4


def test_warn_says_it_and_goes_on(isthmus, wrong):
    ended = isthmus("simulate", wrong, "--until", "1", "--points", "2", "--units", "warn")
    assert ended.code == 0 and ended.out.startswith("time,")
    assert ended.err.startswith(
        "warning: the units of reaction 'bind' do not fit: mol^2/(L·s) instead of mol/s"
    )
    assert not isthmus("simulate", wrong, "--until", "1", "--points", "2").err


def test_an_unknown_policy_is_refused(isthmus, wrong):
    for command in (("units", wrong), ("simulate", wrong)):
        ended = isthmus(*command, "--units", "maybe")
        assert ended.code == 2 and "E-UNITS-POLICY" in ended.err


def test_convert_and_run_by_hand(isthmus, wrong, tmp_path):
    target = tmp_path / "out.ant"
    ended = isthmus("convert", wrong, str(target), "--json")
    assert ended.code == 0 and json.loads(ended.out)["target"] == str(target)
    assert "bind" in target.read_text()
    assert isthmus("convert", wrong, str(target)).code == 2
    assert isthmus("run", wrong).code == 4
