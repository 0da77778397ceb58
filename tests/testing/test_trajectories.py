"""Curves that agree are said to agree, and others by how much they differ."""

import json

import numpy as np

from isthmus.testing.__main__ import main
from isthmus.testing.trajectories import AGREES, DIFFERS, compare_one, differences, read_reference


def compared(corpus, name):
    return compare_one(
        str(corpus / f"{name}.ant"), str(corpus / "reference" / f"{name}.csv"), lambda *_: None
    )


def test_a_closed_form_is_met(corpus):
    row = compared(corpus, "decay")
    assert row["status"] == AGREES
    # NDF at 1e-8 controls the error of each step; a hundredfold margin for their sum.
    assert row["difference"] < 1e-6


def test_a_wrong_reference_is_noticed_and_measured(corpus):
    path = corpus / "reference" / "decay.csv"
    path.write_text(path.read_text().replace("0,10.0,", "0,10.02,", 1))
    row = compared(corpus, "decay")
    assert row["status"] == DIFFERS
    assert row["curve"] == "A"
    for method in ("difference", "tight", "cvode"):
        assert abs(row[method] - 0.02 / 10.02) < 1e-8
    assert row["apart"] < 1e-8
    assert row["radau"] is None


def test_what_cannot_be_run_is_refused_by_name(corpus):
    assert compared(corpus, "late")["status"] == "refused E-DELAY-METHOD"


def test_difference_is_beside_the_peak_and_nan_is_the_largest():
    expected = np.array([[1.0, 0.0], [4.0, 0.0]])
    assert differences(np.array([[1.0, 0.5], [3.0, 0.0]]), expected).tolist() == [0.25, 0.5]
    assert differences(np.array([[np.nan, 0.0], [4.0, 0.0]]), expected).tolist() == [np.inf, 0.0]


def test_a_reference_is_a_table(corpus):
    names, times, curves = read_reference(corpus / "reference" / "decay.csv")
    assert names == ("A", "B")
    assert times[-1] == 100
    assert curves.shape == (21, 2)


def test_the_whole_run_counts_and_explains(corpus, tmp_path, capsys):
    reasons = tmp_path / "explained.toml"
    reasons.write_text('late = "an event"\n')
    out = tmp_path / "table.tsv"
    command = ["trajectories", str(corpus), "--explained", str(reasons), "--out", str(out)]
    assert main(command) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["status"] == {"agrees": 1, "refused E-DELAY-METHOD": 1}
    assert "an event" in out.read_text()
    before = out.read_text()
    assert main([*command, "--resume"]) == 0
    assert "1/" not in capsys.readouterr().err
    assert out.read_text() == before
