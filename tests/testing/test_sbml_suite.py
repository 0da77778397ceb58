"""The runner of the SBML Test Suite, on cases of our own in its format."""

import json
from math import exp
from pathlib import Path

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.testing.__main__ import main
from isthmus.testing.batch import BatchChild
from isthmus.testing.sbml_suite import JOB, summarise
from isthmus.testing.suite_case import Settings, find_cases, read_settings
from isthmus.testing.suite_run import SuiteRow, excesses, run_model

DECAY = """
model decay()
  compartment cell = 2;
  species A in cell, B in cell;
  A = 10; B = 0;
  convert: A -> B; cell * k * A;
  k = 0.1;
end
"""
LATE = DECAY.replace("k * A", "k * delay(A, A)")
SETTINGS = """start: 0
duration: 10
steps: 5
variables: A, B, k
absolute: 1e-6
relative: 1e-5
amount: {amount}
concentration: {concentration}
"""
ROWS = [(float(t), 10 * exp(-0.1 * t), 10 - 10 * exp(-0.1 * t)) for t in range(0, 11, 2)]


def write_case(
    folder: Path, number: str, text: str, scale: float = 1.0, settings: str = SETTINGS
) -> tuple[str, str, str]:
    """A case whose expected curves are those of the decay times `scale`; amounts where scale is 2."""
    case = folder / number
    case.mkdir()
    species = {"amount": "A, B", "concentration": ""}
    if scale == 1.0:
        species = {"amount": "", "concentration": "A, B"}
    paths = [case / f"{number}-{end}" for end in ("sbml-l3v2.xml", "settings.txt", "results.csv")]
    xml = text if text.startswith("<") else sbml(text)
    for path, content in zip(
        paths,
        (xml, settings.format(**species), "\n".join(["time, A, B, k", *curves(scale)]) + "\n"),
        strict=True,
    ):
        path.write_text(content)
    return str(paths[0]), str(paths[1]), str(paths[2])


def curves(scale: float) -> list[str]:
    return [f"{t},{scale * a!r},{scale * b!r},0.1" for t, a, b in ROWS]


def sbml(text: str) -> str:
    import antimony

    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0
    return str(antimony.getSBMLString("decay"))


def test_concentrations_and_amounts_are_told_apart(tmp_path: Path) -> None:
    for number, scale in (("00001", 1.0), ("00002", 2.0)):
        row = run_model(*write_case(tmp_path, number, DECAY, scale), 1)
        assert row["status"] == "pass" and row["excess"] < 1
    wrong = run_model(*write_case(tmp_path, "00003", DECAY, 1.5), 1)
    assert (wrong["status"], wrong["variable"], wrong["time"]) == ("wrong", "A", 0.0)
    # Amounts of 20 where 15 are expected, within 10⁻⁶ + 15·10⁻⁵.
    assert wrong["excess"] == pytest.approx(5 / 151e-6, rel=1e-9)


def test_a_finer_output_is_the_same_answer(tmp_path: Path) -> None:
    files = write_case(tmp_path, "00001", DECAY)
    rows = [run_model(*files, grid) for grid in (1, 10)]
    assert all(row.pop("seconds") > 0 for row in rows) and rows[0] == rows[1]


def test_what_is_not_handled_is_refused_with_its_code(tmp_path: Path) -> None:
    assert run_model(*write_case(tmp_path, "00001", LATE), 1)["by"] == "E-DELAY-LAG"
    flux = SETTINGS.replace("duration: 10", "duration:")
    row = run_model(*write_case(tmp_path, "00002", DECAY, settings=flux), 1)
    assert (row["status"], row["by"]) == ("refused", "flux balance")


def judged() -> Settings:
    return Settings(0.0, 1.0, 1, ("A",), 0.1, 0.01, frozenset(), frozenset())


def test_infinities_and_nan_are_themselves_and_nothing_else() -> None:
    ours = np.array([[np.inf], [np.nan], [np.nan], [np.inf], [100.0], [1.0]])
    expected = np.array([[np.inf], [np.nan], [1.0], [-np.inf], [101.1], [np.inf]])
    found = excesses(ours, expected, judged())[:, 0]
    # 1.1 apart where 0.1 + 1.011 is allowed.
    np.testing.assert_allclose(found, [0, 0, np.inf, np.inf, 1.1 / 1.111, np.inf])


def test_cases_are_chosen_by_number_and_range(tmp_path: Path) -> None:
    for number in ("00001", "00002", "00930"):
        write_case(tmp_path, number, "<sbml/>")
    (tmp_path / "00007").mkdir()
    assert [case.number for case in find_cases(tmp_path)] == ["00001", "00002", "00930"]
    assert [case.number for case in find_cases(tmp_path, "2-930, 7")] == ["00002", "00930"]
    for chosen in ("7", "five"):
        with pytest.raises(UsageError):
            find_cases(tmp_path, chosen)


def test_settings_are_read_whatever_separates_the_names(tmp_path: Path) -> None:
    path = tmp_path / "settings.txt"
    path.write_text("start: 0\r\nduration: 5\nsteps: 50\nvariables: S1 S2,S3\nabsolute: 1e-7\namount: S1\n")
    settings = read_settings(path)
    assert settings.variables == ("S1", "S2", "S3") and settings.amounts == {"S1"}
    assert (settings.duration, settings.steps, settings.absolute) == (5.0, 50, 1e-7)


def test_the_summary_counts() -> None:
    rows = [
        SuiteRow("a", "pass"),
        SuiteRow("b", "refused", "E-DELAY-LAG"),
        SuiteRow("c", "wrong"),
        SuiteRow("d", "crash"),
    ]
    found = summarise(rows)
    assert found["summary"] == {"pass": 1, "refused": 1, "wrong": 1, "crash": 1}
    assert found["refused_by"] == {"E-DELAY-LAG": 1} and found["wrong"] == ["c"] and found["crash"] == ["d"]


def test_the_command_writes_rows_and_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "cases", tmp_path / "out.json"
    folder.mkdir()
    write_case(folder, "00001", DECAY)
    write_case(folder, "00002", LATE)
    assert main(["sbml-suite", str(folder), "--json", str(out)]) == 0
    document = json.loads(out.read_text())
    assert document["summary"] == {"pass": 1, "refused": 1, "wrong": 0, "crash": 0}
    assert [row["model"] for row in document["rows"]] == ["00001-sbml-l3v2", "00002-sbml-l3v2"]
    assert json.loads(capsys.readouterr().out)["refused_by"] == {"E-DELAY-LAG": 1}


def test_a_crash_costs_one_case(tmp_path: Path) -> None:
    files = write_case(tmp_path, "00001", DECAY)
    child = BatchChild(JOB, 60)
    try:
        crash = child.ask([*files[:2], str(tmp_path / "nowhere.csv"), 1])
        assert crash.outcome == "crash" and "FileNotFoundError" in crash.detail
        assert child.ask([*files, 1]).answer["status"] == "pass"
    finally:
        child.close()


def test_a_hang_costs_its_time(tmp_path: Path) -> None:
    child = BatchChild(JOB, 0.01)
    try:
        assert child.ask([*write_case(tmp_path, "00001", DECAY), 1]).outcome == "timeout"
    finally:
        child.close()
