"""Conversion: what was written means the same, and what it does not keep is told."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, UsageError
from isthmus.formats import read_model
from isthmus.simulate.rates import simulate
from isthmus.study.convert import convert

ANNOTATED = """
model m
  compartment v = 2 litre; species A in v = 1; species B in v = 0
  k = 3; A -> B; k*A*v
  k is "the rate"
  A identity "http://identifiers.org/chebi/CHEBI:17234"
end
"""


@pytest.mark.parametrize("ending", [".xml", ".sbml", ".ant", ".txt"])
@pytest.mark.parametrize("name", ["huang_ferrell_1996", "repressilator_2000", "michaelis_menten"])
def test_a_model_runs_the_same_after_two_conversions(
    tmp_path: Path, examples: Path, name: str, ending: str
) -> None:
    first = convert(examples / f"{name}.ant", tmp_path / f"a{ending}").target
    second = convert(first, tmp_path / "b.xml").target
    before, after = read_model(examples / f"{name}.ant"), read_model(second)
    assert [s.id for s in before.species] == [s.id for s in after.species]
    runs = [simulate(read_rates(model), 10.0, points=5) for model in (before, after)]
    # The same formulas in the same order give the same steps; twice the tolerance of a run otherwise.
    np.testing.assert_allclose(runs[0].values, runs[1].values, rtol=2e-6, atol=1e-12)


def test_sbml_loses_nothing(tmp_path: Path) -> None:
    source = tmp_path / "m.ant"
    source.write_text(ANNOTATED)
    one = convert(source, tmp_path / "a.xml")
    two = convert(one.target, tmp_path / "b.xml")
    assert two.losses == ()
    assert one.target.read_bytes() == two.target.read_bytes()
    assert "CHEBI:17234" in one.target.read_text()


def test_reactions_declared_fast_are_slow_elsewhere_and_that_is_told(tmp_path: Path) -> None:
    before = tmp_path / "before.xml"
    before.write_text(
        '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">'
        '<listOfCompartments><compartment id="c" size="1"/></listOfCompartments>'
        '<listOfSpecies><species id="S" compartment="c" initialConcentration="1"/></listOfSpecies>'
        '<listOfReactions><reaction id="quick" fast="true"><listOfProducts><speciesReference species="S"/>'
        '</listOfProducts><kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><cn>2</cn>'
        "<ci>S</ci></apply></math></kineticLaw></reaction></listOfReactions></model></sbml>"
    )
    told = convert(before, tmp_path / "after.xml").losses
    assert [text for text in told if "declared fast (quick)" in text]
    assert read_model(tmp_path / "after.xml").reactions[0].fast


def test_what_antimony_does_not_keep_is_told(tmp_path: Path) -> None:
    """Notes are no part of Antimony's language as it writes it."""
    source = tmp_path / "a.ant"
    source.write_text(ANNOTATED)
    sbml = convert(source, tmp_path / "a.xml").target
    text = sbml.read_text()
    marked = text.replace('<species id="B"', '<species metaid="b" sboTerm="SBO:0000247" id="B"')
    assert marked != text
    (tmp_path / "c.xml").write_text(marked)
    done = convert(tmp_path / "c.xml", tmp_path / "c.ant")
    again = convert(done.target, tmp_path / "d.xml")
    kept = "SBO:0000247" in again.target.read_text()
    assert kept or any("species: annotation" in loss for loss in done.losses)


def test_a_file_is_not_replaced_unasked(tmp_path: Path, examples: Path) -> None:
    target = tmp_path / "a.xml"
    target.write_text("mine")
    with pytest.raises(UsageError, match="E-EXISTS"):
        convert(examples / "michaelis_menten.ant", target)
    assert target.read_text() == "mine"
    convert(examples / "michaelis_menten.ant", target, force=True)
    assert target.read_text().startswith("<?xml")
    assert [p.name for p in tmp_path.iterdir()] == ["a.xml"]


def test_an_unknown_ending_is_refused_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="E-OUTPUT-FORMAT"):
        convert(tmp_path / "not-there.xml", tmp_path / "a.docx")


@pytest.mark.corpora
def test_public_models_run_the_same_after_antimony(tmp_path: Path) -> None:
    """Every thirtieth model that can be read: what Antimony drops moves nothing."""
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    compared = 0
    with tarfile.open(Path(root) / "biomodels/biomodels.tar.xz") as tar:
        members = sorted((m for m in tar if m.name.endswith(".xml")), key=lambda m: m.name)[3::30]
        for member in members:
            stream = tar.extractfile(member)
            assert stream is not None
            source = tmp_path / "source.xml"
            source.write_bytes(stream.read())
            try:
                read_model(source)
            except ModelError:
                continue
            antimony = convert(source, tmp_path / "a.ant", force=True).target
            back = convert(antimony, tmp_path / "b.xml", force=True).target
            before, after = (
                simulate(read_rates(read_model(path)), 10.0, points=6) for path in (source, back)
            )
            assert set(before.states) == set(after.states), member.name
            for name in before.states:
                worst = np.abs(before[name] - after[name]).max()
                assert worst <= 2e-6 * np.abs(before[name]).max(), (member.name, name)
            compared += 1
    assert compared >= 5
