"""The door itself: help in time, exit codes, errors as text and as JSON, faults without a traceback."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = "import sys; from isthmus.cli import main; main()"


def start(*arguments: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    """`isthmus` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120
    )


def test_help_lists_every_command(isthmus):
    ended = isthmus("--help")
    assert ended.code == 0
    for name in ("inspect", "reduce", "scales", "simulate", "verify", "compare", "explain"):
        assert f"  {name} " in ended.out


def test_help_is_quick():
    """Processor time, so that a busy machine does not matter: at most 0.4 s, about half of it used."""

    def used() -> float:
        before = os.times()
        assert start("--help").returncode == 0
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(used() for _ in range(3)) <= 0.4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["reduce"], "E-COMMAND-LINE"),
        (["nonsense"], "E-COMMAND-LINE"),
        (["reduce", "m.xml"], "E-COMMAND-LINE"),
        (["reduce", "m.xml", "--observe", "P", "--seed", "x"], "E-COMMAND-LINE"),
        (["reduce", "m.xml", "--observe", "P", "--tolerance", "0"], "E-TOLERANCE"),
        (["reduce", "m.xml", "--observe", "P", "--tolerance", "200%"], "E-TOLERANCE"),
        (["reduce", "m.xml", "--observe", "P", "--tolerance", "much"], "E-TOLERANCE"),
        (["compare", "a.xml", "b.xml", "--observe", "P", "--tolerance", "100%"], "E-TOLERANCE"),
        (["explain", "E-NOTHING"], "E-CODE"),
    ],
)
def test_a_question_that_cannot_be_asked_ends_with_2(isthmus, arguments, code):
    ended = isthmus(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert f"[{code}]" in ended.err


@pytest.mark.parametrize(
    "command", [["inspect"], ["simulate"], ["scales"], ["reduce", "--observe", "P", "--tolerance", "1%"]]
)
def test_a_missing_file_ends_with_4_and_nothing_written(isthmus, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = isthmus(*command, "missing.xml")
    assert ended.code == 4
    assert "[E-FILE]" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_errors_are_json_too(isthmus):
    ended = isthmus("inspect", "missing.xml", "--json")
    error = json.loads(ended.out)["error"]
    assert error["code"] == "E-FILE"
    assert error["exit_code"] == ended.code == 4
    assert error["where"]["file"] == "missing.xml"


FAULTY = """
import sys, isthmus.cli.app as app
def broken(arguments):
    raise ZeroDivisionError("oh")
app.run = broken
app.main()
"""


def test_a_fault_of_ours_ends_with_1_and_asks_for_a_report():
    ended = start("inspect", "m.xml", program=FAULTY)
    assert ended.returncode == 1
    assert "a fault in isthmus itself: ZeroDivisionError: oh" in ended.stderr
    assert "please report it" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_debug_shows_the_traceback():
    ended = start("inspect", "m.xml", "--debug", program=FAULTY)
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


def test_a_reader_that_leaves_is_no_fault(examples: Path):
    command = f"{sys.executable} -c '{PROGRAM}' explain | true"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0
    assert ended.stderr == ""


def test_a_version_is_shown(isthmus):
    ended = isthmus("--version")
    assert ended.code == 0
    assert ended.out.startswith("isthmus ")


def test_explain(isthmus):
    assert "What to do:" in isthmus("explain", "e-tolerance").out
    assert "E-DTD  " in isthmus("explain").out
    assert json.loads(isthmus("explain", "E-DTD", "--json").out)[0]["code"] == "E-DTD"


def test_ctrl_c_ends_with_130(isthmus, monkeypatch):
    import isthmus.study.inspect as door

    def interrupted(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "inspect", interrupted)
    ended = isthmus("inspect", "m.xml")
    assert ended.code == 130
    assert ended.err == "stopped\n"


def test_lines_of_progress(monkeypatch):
    import io

    from isthmus.cli.progress import Lines

    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    lines = Lines(stream)
    for seconds, text, done, total in [
        (0, "reading", 0, 0),
        (1, "certifying", 1, 100),
        (2, "certifying", 20, 100),
        (7, "certifying", 60, 100),
        (8, "certifying", 100, 100),
    ]:
        now[0] = float(seconds)
        lines(text, done, total)
    assert stream.getvalue().splitlines() == [
        "reading",
        "certifying 1/100",
        "certifying 60/100",
        "certifying 100/100",
    ]
