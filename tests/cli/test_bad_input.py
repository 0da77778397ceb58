"""Bad input through the real command line: exit code, a message that helps, no fault, nothing written."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isthmus.cli.app import run

ENZYME = """model enzyme()
  compartment cell = 1; species S in cell, E in cell, C in cell, P in cell
  S = 10; E = 0.1; C = 0; P = 0; P is "product"
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
  k1 = 1; km1 = 0.5; k2 = 0.25
end
"""
SBML = '<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{0}/core" {1} level="3" version="1">\n{2}</sbml>'
LEVEL_3 = "http://www.sbml.org/sbml/level3/version1"
SPATIAL = f'xmlns:spatial="{LEVEL_3}/spatial/version1" spatial:required="true"'
NOWHERE = (
    '<model id="m"><listOfSpecies>\n  <species id="P" compartment="nowhere" hasOnlySubstanceUnits="false"'
    ' boundaryCondition="false" constant="false"/></listOfSpecies></model>'
)
TWICE = (
    '<model id="m"><listOfParameters>\n<parameter id="P" value="1" constant="true"/>'
    '\n<parameter id="P" value="2" constant="true"/></listOfParameters></model>'
)


def antimony(reactions: str, values: str) -> str:
    return f"model m()\n{reactions}\n{values}\nend\n"


DECAY = "S -> P; k*S"
FILES = {
    "enzyme.ant": ENZYME,
    "empty.xml": "",
    "blank.ant": "  \n",
    "page.xml": "<html><body>Not found</body></html>",
    "cut.xml": '<?xml version="1.0"?>\n<sbml>\n<model id="m">',
    "headless.xml": SBML.format(LEVEL_3, "", ""),
    "table.csv": "hour,S\n0,1\n",
    "nowhere.xml": SBML.format(LEVEL_3, "", NOWHERE),
    "twice.xml": SBML.format(LEVEL_3, "", TWICE),
    "places.xml": SBML.format(LEVEL_3, SPATIAL, '<model id="m"/>'),
    "broken.ant": antimony("S -> P; k*S", "S = 1; P = 0; k = 1 +"),
    "prose.ant": "This is not a model.\n",
    "no_parameter.ant": antimony(DECAY, "S = 1; P = 0"),
    "no_initial.ant": antimony(DECAY, "P = 0; k = 1"),
    "divides.ant": antimony("turn: S -> P; k*S/P", "S = 1; P = 0; k = 1"),
    "divides_rule.ant": antimony("-> P; k\nX' = k/z", "P = 0; X = 0; z = 0; k = 1; species X"),
    "divides_initial.ant": antimony("S -> P; k*S", "S = 1/z; P = 0; z = 0; k = 1"),
    "root.ant": antimony("S -> P; k*sqrt(S - 2)", "S = 1; P = 0; k = 1"),
    "explodes.ant": antimony("-> P; k*P^2", "P = 1; k = 1"),
    "delay.ant": antimony("late: S -> P; k*delay(S, 1)", "S = 1; P = 0; k = 1"),
    "grows.ant": antimony("-> P; k", "P = 0; k = 1"),
    "steady.ant": antimony("-> P; k\nP -> ; d*P", "P = 1; k = 1; d = 1"),
    "nothing.ant": antimony(DECAY, "S = 0; P = 0; k = 1"),
    "no_reaction.ant": "model m()\nP = 1\nend\n",
    "elsewhere.ant": antimony("S -> Q; k1*S", "S = 10; Q = 0; k1 = 1"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The current folder, with all the files and a folder of somebody else."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.xml").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(isthmus, folder: Path, arguments, exit_code: int, code: str, words) -> None:
    """Run a command that must be refused with this code and these words, and leave nothing behind."""
    before = contents(folder)
    ended = isthmus(*arguments)
    *progress, message = ended.err.rstrip("\n").split("\n")
    assert ended.code == exit_code, ended.err
    assert ended.out == ""
    assert message.startswith("error: ")
    assert message.endswith(f"[{code}]")
    for word in words:
        assert word in message
    assert not any("rror" in line for line in progress)
    assert contents(folder) == before
    assert {p.name for p in folder.iterdir() if p.is_dir()} <= {"thesis", "study"}


@pytest.mark.parametrize(
    ("model", "exit_code", "code", "words"),
    [
        ("missing.xml", 4, "E-FILE", ["missing.xml: no such file", "needed:", "try:"]),
        ("enzymes.ant", 4, "E-FILE", ["no such file", "did you mean enzyme.ant?"]),
        ("thesis", 4, "E-FILE", ["thesis: a folder"]),
        ("empty.xml", 4, "E-EMPTY", ["empty.xml: an empty file"]),
        ("blank.ant", 4, "E-EMPTY", ["blank.ant: an empty file"]),
        ("page.xml", 4, "E-NOT-SBML", ["page.xml:1:1", "<html>", "needed: SBML"]),
        ("cut.xml", 4, "E-XML", ["cut.xml:3:15: not well-formed XML", "needed: whole XML", "cut short"]),
        ("headless.xml", 4, "E-NO-MODEL", ["headless.xml:2:1", "needed: a <model>"]),
        ("table.csv", 4, "E-ANTIMONY", ["table.csv:1", "needed: Antimony, as which every text"]),
        ("binary.xml", 4, "E-ENCODING", ["binary.xml", "needed: UTF-8 text"]),
        ("nowhere.xml", 4, "E-UNKNOWN-ID", ["nowhere.xml:4:3 species 'P'", "compartment 'nowhere'"]),
        ("twice.xml", 4, "E-SBML", ["twice.xml:", "'P'"]),
        ("places.xml", 4, "E-PACKAGE", ["places.xml:2:1", "required package 'spatial'"]),
        ("broken.ant", 4, "E-ANTIMONY", ["broken.ant:3", "unexpected end"]),
        ("prose.ant", 4, "E-ANTIMONY", ["prose.ant:1"]),
        ("delay.ant", 4, "E-DELAY-ANALYSIS", ["delay.ant", "'late'", "delay()"]),
        ("no_parameter.ant", 4, "E-VALUE-MISSING", ["parameter 'k'", "needed: a number"]),
        ("no_initial.ant", 4, "E-VALUE-MISSING", ["species 'S'", "no initial value"]),
        ("divides.ant", 4, "E-NOT-FINITE-AT-START", ["reaction 'turn'", "infinite at time 0", "try:"]),
        ("divides_rule.ant", 4, "E-NOT-FINITE-AT-START", ["'X'", "division by zero"]),
        ("divides_initial.ant", 4, "E-NOT-FINITE-AT-START", ["initial assignment of 'S'"]),
        ("root.ant", 4, "E-NOT-FINITE-AT-START", ["not a number at time 0", "root of a negative number"]),
        ("explodes.ant", 5, "E-INTEGRATION", ["stopped at t = 0.99", "grows without bound"]),
        ("grows.ant", 2, "E-NO-HORIZON", ["P still grows", "--horizon"]),
        ("steady.ant", 2, "E-STILL", ["nothing moves", "needed:", "try:"]),
        ("no_reaction.ant", 2, "E-STILL", ["nothing moves"]),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_by_name(isthmus, folder, model, exit_code, code, words):
    refused(isthmus, folder, ["reduce", model, "--observe", "P", "--out", "out"], exit_code, code, words)


@pytest.mark.parametrize("command", ["simulate", "scales"])
@pytest.mark.parametrize(
    ("model", "exit_code", "code"),
    [
        ("missing.xml", 4, "E-FILE"),
        ("cut.xml", 4, "E-XML"),
        ("no_parameter.ant", 4, "E-VALUE-MISSING"),
        ("divides.ant", 4, "E-NOT-FINITE-AT-START"),
        ("explodes.ant", 5, "E-INTEGRATION"),
        ("no_reaction.ant", 2, "E-STILL"),
    ],
)
def test_every_command_refuses_it_alike(isthmus, folder, command, model, exit_code, code):
    refused(isthmus, folder, [command, model], exit_code, code, [])


OBSERVE = ["--observe", "P"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--observe", "Q"], "E-OBSERVE", ["'Q' is not in the model", "needed:", "isthmus inspect"]),
        (["--observe", "p"], "E-OBSERVE", ["did you mean P?"]),
        (["--observe", "prodct"], "E-OBSERVE", ["did you mean product?"]),
        (["--observe", "S + Cc"], "E-OBSERVE", ["'Cc'", "did you mean C?"]),
        (["--observe", " "], "E-OBSERVE", ["an empty text"]),
        (["--observe", "P +* S"], "E-FORMULA", ["'*'", "column 4"]),
        (["--observe", "k1", "--horizon", "5"], "E-STILL", ["influence k1"]),
        (["--observe", "S + C + P", "--horizon", "5"], "E-STILL", ["S + C + P stays the same"]),
        ([*OBSERVE, "--tolerance", "0"], "E-TOLERANCE", ["'0'", "needed: more than 0", "--tolerance 1%"]),
        ([*OBSERVE, "--tolerance", "200%"], "E-TOLERANCE", ["'200%'", "less than 100 %"]),
        ([*OBSERVE, "--tolerance", "-1%"], "E-TOLERANCE", ["'-1%'"]),
        ([*OBSERVE, "--tolerance", "nan"], "E-TOLERANCE", ["'nan'"]),
        ([*OBSERVE, "--tolerance", "strict"], "E-TOLERANCE", ["'strict'"]),
        ([*OBSERVE, "--tolerance", "1e-9"], "E-TOLERANCE", ["at least 1e-08"]),
        ([*OBSERVE, "--horizon", "-1"], "E-HORIZON", ["a horizon of -1", "a positive time"]),
        ([*OBSERVE, "--horizon", "0"], "E-HORIZON", ["a horizon of 0"]),
        ([*OBSERVE, "--horizon", "soon"], "E-TIME", ["'soon' is not a time", "1.5h"]),
        ([*OBSERVE, "--horizon", "5 km"], "E-TIME", ["'5 km'"]),
        ([*OBSERVE, "--horizon", "1e400"], "E-TIME", ["a finite time"]),
        ([*OBSERVE, "--horizon", "inf"], "E-TIME", ["'inf'"]),
        ([*OBSERVE, "--horizon", "1h"], "E-TIME-UNIT", ["1h", "does not say what its unit of time is"]),
        ([*OBSERVE, "--horizon", "9", "--after", "9"], "E-AFTER", ["from 9 to 9", "a smaller --after"]),
        ([*OBSERVE, "--horizon", "9", "--after", "-1"], "E-AFTER", ["from -1 to 9"]),
        ([*OBSERVE, "--horizon", "9", "--after", ""], "E-TIME", ["'' is not a time"]),
        (
            [*OBSERVE, "--horizon", "9", "--vary", "km2=2x"],
            "E-VARY-UNKNOWN",
            ["'km2'", "did you mean k2 or km1?"],
        ),
        ([*OBSERVE, "--horizon", "9", "--vary", "k1"], "E-VARY", ["--vary k1", "k1=0.5..2x"]),
        ([*OBSERVE, "--horizon", "9", "--vary", "k1=a..b"], "E-VARY", ["'a..b'"]),
        ([*OBSERVE, "--horizon", "9", "--vary", "k1=2..1"], "E-VARY", ["low < high"]),
        ([*OBSERVE, "--horizon", "9", "--vary", "P=2x"], "E-VARY", ["absolute bounds: P=0..1"]),
        ([*OBSERVE, "--metric", "peek"], "E-METRIC", ["'peek'", "--metric peak"]),
        ([*OBSERVE, "--seed", "one"], "E-COMMAND-LINE", ["--seed", "integer"]),
        ([*OBSERVE, "--seed", "-1"], "E-COMMAND-LINE", ["--seed"]),
        ([*OBSERVE, "--out", "thesis"], "E-OUT", ["thesis", "not written by isthmus", "--out"]),
        ([*OBSERVE, "--out", "enzyme.ant"], "E-OUT", ["a file or a link of that name"]),
        ([*OBSERVE, "--out", "enzyme.ant/mm"], "E-OUT", ["no folder can be made", "Not a directory"]),
        ([*OBSERVE, "--out", "."], "E-OUT", ["current folder"]),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(isthmus, folder, options, code, words):
    given = options if "--out" in options else [*options, "--out", "out"]
    refused(isthmus, folder, ["reduce", "enzyme.ant", *given], 2, code, words)


def test_an_observable_that_is_zero_throughout_is_refused(isthmus, folder):
    arguments = ["reduce", "nothing.ant", "--observe", "P", "--horizon", "9", "--out", "out"]
    refused(isthmus, folder, arguments, 2, "E-STILL", ["P stays the same from 0 to 9"])


def test_a_place_that_takes_no_files_is_refused_before_any_work(isthmus, folder, monkeypatch):
    def full(**where: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    arguments = ["reduce", "missing.xml", "--observe", "P", "--out", "out"]
    refused(isthmus, folder, arguments, 2, "E-OUT", ["No space left on device", "another folder"])


def test_curves_that_cannot_be_written_are_no_fault_of_ours(isthmus, folder, monkeypatch):
    def full(**where: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    arguments = ["simulate", "enzyme.ant", "--until", "1", "--out", "x.csv"]
    refused(isthmus, folder, arguments, 2, "E-OUT", ["x.csv", "No space left on device"])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code", "words"),
    [
        (
            ["simulate", "enzyme.ant", "--until", "1", "--out", "/"],
            2,
            "E-OUTPUT-FORMAT",
            ["/: unknown ending"],
        ),
        (["simulate", "enzyme.ant", "--until", "1", "--points", "1"], 2, "E-COMMAND-LINE", ["--points", "2"]),
        (["convert", "enzyme.ant", "gone/m.xml"], 2, "E-OUTPUT-FOLDER", ["no folder gone", "needed:"]),
        (["run", "gone.omex", "--out", "out"], 4, "E-FILE", ["gone.omex", "needed: a COMBINE archive"]),
        (["run", "enzyme.ant", "--out", "out"], 4, "E-OMEX", ["enzyme.ant", "needed: a COMBINE archive"]),
        (["petab", "empty.xml"], 4, "E-PETAB", ["an empty file", "needed: the YAML file of a PEtab problem"]),
        (["petab", "prose.ant"], 4, "E-PETAB", ["no keys with values", "format_version"]),
        (["petab", "thesis"], 4, "E-FILE", ["thesis", "YAML file"]),
        (["explain", "E-FIEL"], 2, "E-CODE", ["did you mean E-FILE"]),
    ],
)
def test_a_wrong_file_for_a_command_is_told(isthmus, folder, arguments, exit_code, code, words):
    refused(isthmus, folder, arguments, exit_code, code, words)


def test_an_oscillation_has_its_horizon_derived(isthmus, examples):
    ended = isthmus("reduce", str(examples / "goldbeter_1991.ant"), "--observe", "C", "--dry-run")
    assert ended.code == 0
    assert "four peaks of C" in ended.out


def test_inspect_tells_why_a_model_cannot_be_run(isthmus, folder):
    document = json.loads(isthmus("inspect", "divides.ant", "--json").out)
    assert "E-NOT-FINITE-AT-START" in document["problems"][0]
    assert document["command"] == ""


def test_compare_needs_the_observable_in_both_models(isthmus, folder):
    arguments = ["compare", "enzyme.ant", "elsewhere.ant", "--observe", "P", "--horizon", "9"]
    refused(isthmus, folder, arguments, 2, "E-CERT-OBSERVABLE", ["'P'", "reduced model"])


def test_compare_refuses_a_missing_second_model(isthmus, folder):
    arguments = ["compare", "enzyme.ant", "missing.ant", "--observe", "P"]
    refused(isthmus, folder, arguments, 4, "E-FILE", ["missing.ant"])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A folder that `reduce` wrote: a total eliminated is exact, so its certificate takes no draw."""
    place = tmp_path_factory.mktemp("written")
    (place / "chain.ant").write_text(antimony("A -> P; k*A", "A = 1; P = 0; k = 1"))
    arguments = ["--observe", "P", "--horizon", "5", "--out", str(place / "study"), "--json"]
    assert run(["reduce", str(place / "chain.ant"), *arguments]) == 0
    return place / "study"


@pytest.fixture
def study(folder, written) -> Path:
    """A copy of it that may be spoilt."""
    return Path(shutil.copytree(written, folder / "study"))


def test_verify_refuses_what_was_changed(isthmus, folder, study):
    assert isthmus("verify", "study").code == 0
    for name in ("full.xml", "reduced.xml"):
        text = (study / name).read_text()
        (study / name).write_text(text.replace("</model>", " </model>"))
        refused(isthmus, folder, ["verify", "study"], 2, "E-VERIFY-CHANGED", [f"study/{name}", "SHA-256"])
        (study / name).write_text(text)
    document = json.loads((study / "study.json").read_text())
    document["question"]["horizon"] = 500.0
    (study / "study.json").write_text(json.dumps(document))
    refused(isthmus, folder, ["verify", "study"], 2, "E-VERIFY-CHANGED", ["study.json", "horizon"])


def test_verify_refuses_what_it_cannot_read(isthmus, folder, study):
    original = (study / "study.json").read_text()
    for text in ("{}", "[]", '{"question": {}}', "{"):
        (study / "study.json").write_text(text)
        refused(isthmus, folder, ["verify", "study"], 2, "E-VERIFY-FOLDER", ["study/study.json"])
    (study / "study.json").write_text(original)
    (study / "certificate.json").write_text('{"schema": "a letter"}')
    refused(isthmus, folder, ["verify", "study"], 2, "E-VERIFY-FOLDER", ["study/certificate.json"])
    (study / "certificate.json").unlink()
    refused(isthmus, folder, ["verify", "study"], 2, "E-VERIFY-FOLDER", ["No such file"])
    refused(isthmus, folder, ["verify", "thesis"], 2, "E-VERIFY-FOLDER", ["thesis/study.json"])


# A shell may start us with Ctrl-C ignored, which a child inherits; the program asks for the usual way.
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from isthmus.cli import main; main()"
)


def test_ctrl_c_during_the_search_keeps_the_rungs_found(examples, tmp_path):
    out = tmp_path / "out"
    question = ["--observe", "P", "--tolerance", "5%", "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "reduce", str(examples / "gene_expression.ant"), *question],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        told = []
        for line in running.stderr:
            told.append(line)
            if re.match(r"round 1: \d+ steps accepted", line):
                running.send_signal(signal.SIGINT)
        printed = running.stdout.read() if running.stdout is not None else ""
    seen = "".join(told)
    assert running.returncode == 130, seen
    assert "stopping: judging the rungs found so far" in seen
    assert "Traceback" not in seen
    assert "certifying" not in seen
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {path.name for path in out.iterdir()} == {"full.xml", "study.json", "report.html"}
    document = json.loads((out / "study.json").read_text())
    assert document["interrupted"] is True
    assert document["certificate"] is None
    assert len(document["ladder"]) >= 3
    assert "Stopped before the end" in printed
