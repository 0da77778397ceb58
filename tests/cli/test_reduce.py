"""`isthmus reduce` as a door: what it hands to the recipe, what it writes, how it ends."""

import json
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from isthmus.errors import NumericalError
from isthmus.records.ladder import ErrorQuantiles, Rung, Size
from isthmus.records.progress import Progress
from isthmus.records.study import Study
from isthmus.records.trajectory import Trajectory
from isthmus.study import recipe
from isthmus.study.question import Asked

QUESTION = ("--observe", "P", "--tolerance", "1%")


@pytest.fixture
def reduced(monkeypatch, study):
    """The recipe replaced by one that returns the study given, and what it was called with."""
    calls: list[dict] = []

    def prepare(answer: Study | Exception) -> list[dict]:
        def reduce(source: str, asked: Asked, **options: object) -> recipe.Result:
            calls.append({"source": source, "asked": asked, **options})
            if isinstance(answer, Exception):
                raise answer
            cast(Progress, options["progress"])("searching", 1, 2)
            trajectory = Trajectory(np.array([0.0, 1.0]), ("P",), np.array([[0.0], [1.0]]))
            return recipe.Result(answer, b"<full/>", "<reduced/>", "model m", trajectory)

        monkeypatch.setattr(recipe, "reduce", reduce)
        return calls

    return prepare


def test_a_certified_study_is_written_and_printed(isthmus, reduced, study, tmp_path):
    calls = reduced(study)
    out = tmp_path / "out"
    ended = isthmus(
        "reduce", "m.ant", *QUESTION, "--vary", "k1=0.5..2x", "--horizon", "1h", "--out", str(out)
    )
    assert ended.code == 0
    assert {path.name for path in out.iterdir()} == {
        "full.xml",
        "reduced.xml",
        "reduced.ant",
        "certificate.json",
        "study.json",
        "report.html",
        "trajectories.nc",
    }
    assert (out / "full.xml").read_bytes() == b"<full/>"
    assert json.loads((out / "study.json").read_text())["chosen"] == 2
    assert "Certified: 4 states become 1" in ended.out
    assert f"open {out / 'report.html'}" in ended.out
    assert ended.err == "searching 1/2\n"
    (call,) = calls
    assert call["source"] == "m.ant"
    assert call["asked"] == Asked(("P",), "1%", "1h", vary=("k1=0.5..2x",))
    assert call["command"] == (
        f"isthmus reduce m.ant --observe P --tolerance 1% --horizon 1h --vary k1=0.5..2x --seed 1 --out {out}"
    )


def test_json_is_the_study_and_nothing_else(isthmus, reduced, study, tmp_path):
    reduced(study)
    ended = isthmus("reduce", "m.ant", *QUESTION, "--json", "--out", str(tmp_path / "out"))
    assert ended.err == ""
    assert json.loads(ended.out) == json.loads((tmp_path / "out" / "study.json").read_text())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chosen": 0, "certificate": None}, 3),
        ({"verdict": "broken"}, 3),
        ({"verdict": "undecided"}, 3),
        ({"interrupted": True, "certificate": None}, 130),
    ],
)
def test_what_is_not_certified_is_no_success(isthmus, reduced, study, tmp_path, changes, code):
    verdict = changes.pop("verdict", None)
    if verdict is not None:
        changes = {"certificate": replace(study.certificate, verdict=verdict)}
    reduced(replace(study, **changes))
    ended = isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path / "out"))
    assert ended.code == code
    assert (tmp_path / "out" / "report.html").exists()
    assert "Certified" not in ended.out


def test_an_interrupted_study_keeps_its_rungs(isthmus, reduced, study, tmp_path):
    reduced(replace(study, chosen=0, certificate=None, interrupted=True))
    isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path / "out"))
    document = json.loads((tmp_path / "out" / "study.json").read_text())
    assert len(document["ladder"]) == 5
    assert document["interrupted"] is True
    assert not (tmp_path / "out" / "reduced.xml").exists()
    assert not (tmp_path / "out" / "certificate.json").exists()


def test_a_failure_writes_nothing(isthmus, reduced, tmp_path):
    reduced(NumericalError("E-INTEGRATION", "the integration stopped"))
    ended = isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path / "out"))
    assert ended.code == 5
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_others_is_refused_before_any_work(isthmus, reduced, study, tmp_path):
    calls = reduced(study)
    (tmp_path / "thesis.tex").write_text("years")
    ended = isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path))
    assert ended.code == 2
    assert "[E-OUT]" in ended.err
    assert calls == []


def test_the_default_folder_is_named_after_the_model(isthmus, reduced, study, tmp_path, monkeypatch):
    reduced(study)
    monkeypatch.chdir(tmp_path)
    isthmus("reduce", "models/enzyme.ant", *QUESTION)
    assert [path.name for path in tmp_path.iterdir()] == ["enzyme-reduced"]


def test_a_counterexample_is_written(isthmus, reduced, study, tmp_path):
    from isthmus.records.certificate import Counterexample

    broken = replace(
        study.certificate, verdict="broken", counterexample=Counterexample({"k1": 0.5}, 0.1, 3.0, "P")
    )
    reduced(replace(study, certificate=broken))
    isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "counterexample.json").read_text())["values"] == {"k1": 0.5}


def test_a_rung_beyond_json_numbers_is_printed(isthmus, reduced, study, tmp_path):
    endless = Rung(Size(1, 1, 1, 1), ErrorQuantiles(0.5, 0.5, float("inf"), float("inf")), float("nan"))
    reduced(replace(study, ladder=(*study.ladder, endless)))
    assert "∞" in isthmus("reduce", "m.ant", *QUESTION, "--out", str(tmp_path / "out")).out
