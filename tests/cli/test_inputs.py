"""`--input` at the command line: what is asked, what is run, what is said where it cannot be."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

FED = """
model fed()
  compartment V = 2
  species A in V; A = 0
  feed = 1; k = 0.5
  infuse: -> A; feed
  clear: A -> ; k*A*V
end
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "fed.ant"
    path.write_text(FED)
    return str(path)


def test_a_dry_run_says_over_which_schedules(isthmus, model):
    steps = "feed=steps:0..8/4:0..10"
    arguments = ("reduce", model, "--observe", "A", "--horizon", "9", "--vary", "none", "--dry-run")
    ended = isthmus(*arguments, "--input", steps)
    assert ended.code == 0
    assert f"every schedule of feed in 4 steps from time 0 to 8, each from 0 to 10 ({steps})" in ended.out
    assert "vary" not in ended.out
    ended = isthmus(*arguments, "--input", steps, "--json")
    question = json.loads(ended.out)["question"]
    assert [entry["text"] for entry in question["inputs"]] == [steps]
    assert [span["quantity"] for span in question["domain"]] == [
        f"feed_step_{place}" for place in range(1, 5)
    ]


def test_one_schedule_is_simulated(isthmus, model):
    """Two doses of 3 into a volume of 2, the second left out: 1.5 e^(−t/2) from time 1."""
    ended = isthmus(
        "simulate",
        model,
        *("--input", "A=doses:1,2:0..6", "--input", "feed=steps:0,9:0..1"),
        *("--set", "A_dose_2=0", "--set", "feed_step_1=0", "--until", "4", "--points", "9"),
    )
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    times = np.array([float(row["time"]) for row in rows])
    curve = np.array([float(row["A"]) for row in rows])
    later = times > 1
    assert later.sum() == 6
    assert curve[later] == pytest.approx(1.5 * np.exp(-0.5 * (times[later] - 1)), rel=1e-4)
    assert not curve[times < 1].any()


@pytest.mark.parametrize("command", ["reduce", "simulate"])
def test_a_refusal_says_what_was_found_and_what_to_try(isthmus, model, command):
    question = ("--observe", "A", "--horizon", "9", "--dry-run") if command == "reduce" else ("--until", "9")
    ended = isthmus(command, model, *question, "--input", "fed=steps:0..8/4:0..10")
    assert ended.code == 2
    assert "nothing is called 'fed'" in ended.err
    assert "did you mean feed?" in ended.err
    assert "[E-INPUT-UNKNOWN]" in ended.err


def test_the_command_for_the_next_time_names_the_input(isthmus, model, tmp_path):
    arguments = (
        "reduce",
        model,
        "--observe",
        "A",
        "--tolerance",
        "0.00001%",
        "--horizon",
        "2",
        "--vary",
        "none",
    )
    isthmus(*arguments, "--input", "feed=steps:0..8/1:0..10", "--out", str(tmp_path / "out"))
    command = json.loads((tmp_path / "out" / "study.json").read_text())["provenance"]["command"]
    assert "--vary none --input feed=steps:0..8/1:0..10" in command
