"""`isthmus petab`: figures, JSON, a table, and refusals with their place."""

import json

import pytest
from tests.reference.petab import write_problem

from isthmus.cli.app import run


def test_figures_and_the_table(tmp_path, capsys) -> None:
    path, out = write_problem(tmp_path), tmp_path / "simulations.tsv"
    assert run(["petab", str(path), "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "log-likelihood  -0.8475" in shown.out and "chi-squared     0.7918" in shown.out
    assert "2 simulations in" in shown.err and out.read_text().startswith("observableId\t")


def test_json_with_another_value(tmp_path, capsys) -> None:
    assert run(["petab", str(write_problem(tmp_path)), "--set", "k1=0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parameters"] == {"k1": 0.0}
    assert [c["simulation"] for c in document["compared"]] == pytest.approx([1.0, 1.0], rel=1e-6)


def test_refusals_have_a_code_and_a_place(tmp_path, capsys) -> None:
    path = write_problem(tmp_path, conditions="conditionId\nc9")
    assert run(["petab", str(path), "--json"]) == 4
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["where"]["line"], error["where"]["column"]) == ("E-PETAB", 2, 2)
    assert run(["petab", str(tmp_path / "none.yaml")]) == 4
    assert run(["petab", str(path), "--set", "k1"]) == 2
    assert run(["petab", str(write_problem(tmp_path)), "--out", str(tmp_path / "no" / "x.tsv")]) == 2
