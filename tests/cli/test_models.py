"""The commands that look at a model and run it, on a shipped example."""

import csv
import io
import json
import math

import pytest


@pytest.fixture
def enzyme(examples):
    return str(examples / "michaelis_menten.ant")


def test_inspect_says_what_is_in_it_and_what_to_ask(isthmus, enzyme):
    ended = isthmus("inspect", enzyme)
    assert ended.code == 0
    for words in (
        "S + E <-> C",
        "S + C + P",
        "observe P: made, and used by nothing",
        f"isthmus reduce {enzyme} --observe P",
    ):
        assert words in ended.out


def test_inspect_as_json(isthmus, enzyme):
    document = json.loads(isthmus("inspect", enzyme, "--json").out)
    assert document["schema"] == "isthmus-inspection"
    assert {entry["id"]: entry["value"] for entry in document["parameters"]} == {
        "k1": 1,
        "km1": 0.5,
        "k2": 0.25,
    }
    assert document["size"]["states"] == 4


def test_simulate_writes_csv_that_reads_back(isthmus, enzyme):
    ended = isthmus("simulate", enzyme, "--until", "100", "--points", "11", "--set", "k2=0", "--set", "E=1")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [float(row["time"]) for row in rows] == pytest.approx([10.0 * i for i in range(11)])
    # Without catalysis binding comes to rest at k1 S E = km1 C.
    last = {name: float(value) for name, value in rows[-1].items()}
    assert last["P"] == 0
    assert last["S"] * last["E"] == pytest.approx(0.5 * last["C"], rel=1e-4)


def test_the_end_has_the_name_that_reduce_has_for_it(isthmus, enzyme):
    until, horizon = (
        isthmus("simulate", enzyme, name, "7", "--points", "3") for name in ("--until", "--horizon")
    )
    assert until.code == horizon.code == 0
    assert until.out == horizon.out
    assert until.out.splitlines()[-1].startswith("7.0,")


def test_simulate_adds_a_formula(isthmus, enzyme):
    ended = isthmus("simulate", enzyme, "--until", "1", "--points", "2", "--observe", "S + C + P")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [float(row["S + C + P"]) for row in rows] == pytest.approx([10.0, 10.0])


@pytest.mark.parametrize("name", ["x.csv", "x.nc"])
def test_simulate_writes_a_file(isthmus, enzyme, tmp_path, name):
    ended = isthmus("simulate", enzyme, "--until", "1", "--points", "3", "--out", str(tmp_path / name))
    assert ended.code == 0
    assert ended.out == ""
    assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["--until", "-1"], "E-HORIZON", 2),
        (["--until", "soon"], "E-TIME", 2),
        (["--set", "E"], "E-SETTING", 2),
        (["--set", "E=nan"], "E-SETTING", 2),
        (["--until", "1", "--set", "nothing=1"], "E-UNKNOWN-QUANTITY", 2),
        (["--until", "1", "--method", "magic"], "E-METHOD", 2),
        (["--until", "1", "--out", "x.png"], "E-OUTPUT-FORMAT", 2),
        (["--until", "1", "--observe", "Q"], "E-OBSERVE", 2),
    ],
)
def test_simulate_refuses(isthmus, enzyme, arguments, code, exit_code):
    ended = isthmus("simulate", enzyme, *arguments)
    assert ended.code == exit_code
    assert f"[{code}]" in ended.err


def test_scales_finds_the_fast_and_the_slow_mode(isthmus, enzyme):
    document = json.loads(isthmus("scales", enzyme, "--horizon", "700", "--json").out)
    taus = sorted(mode["tau"] for mode in document["modes"])
    # Both ends of the run are known: 1/(k1 S0 + km1 + k2) at the start, and the slow mode far from it.
    assert 1 / (10 + 0.5 + 0.25) * 0.9 <= taus[0] <= 1 / 0.75
    assert taus[1] > 50 * taus[0]
    assert document["conserved"] == 2
    assert "cut" not in isthmus("scales", enzyme, "--horizon", "700").err


def test_dry_run_shows_the_question_and_writes_nothing(isthmus, enzyme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = isthmus("reduce", enzyme, "--observe", "P", "--tolerance", "2%", "--horizon", "100", "--dry-run")
    assert ended.code == 0
    assert "within 2 %" in ended.out
    assert "from 0 to 100 (asked for)" in ended.out
    assert "0.5 … 2 × its value" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_dry_run_as_json(isthmus, enzyme):
    question = json.loads(
        isthmus("reduce", enzyme, "--observe", "P", "--horizon", "9", "--dry-run", "--json").out
    )["question"]
    assert question["horizon"] == 9
    assert math.isclose(question["tolerance"], 0.01)
