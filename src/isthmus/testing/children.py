"""One piece of work in a process of its own: a crash or a hang is an answer, never the end of the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

ANSWER: Final = "answer: "
STAGE: Final = "stage: "

_GRACE = 15.0
_DEEPEST = 4
_FRAME = re.compile(r'File "(?P<file>[^"]*isthmus[^"]*)", line (?P<line>\d+) in (?P<function>\S+)')
_RAISED = re.compile(r'File "(?P<file>[^"]*isthmus[^"]*)", line (?P<line>\d+), in (?P<function>\S+)')


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: "done", "crash" or "timeout".

    answer: what it found. detail: of a crash the error, of a timeout the innermost calls; empty when done.
    stage: the last it began.
    """

    outcome: str
    answer: Mapping[str, Any]
    detail: str
    stage: str
    seconds: float


def run_child(job: str, arguments: Sequence[str], seconds: float) -> Ending:
    """Run `python -m isthmus.testing JOB ARGUMENTS`; when its time is up it tells its own stack."""
    command = [sys.executable, "-m", "isthmus.testing", job, *arguments, "--seconds", f"{seconds:g}"]
    began = perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(),
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds + _GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return Ending("timeout", {}, "does not answer", _stage(err), perf_counter() - began)
    return judge_ending(process.returncode, out, err, perf_counter() - began)


def child_environment() -> dict[str, str]:
    """The environment in which a child finds this package."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def judge_ending(code: int, out: str, err: str, seconds: float) -> Ending:
    """How a child ended, from its exit code and what it printed."""
    answers = [line[len(ANSWER) :] for line in out.splitlines() if line.startswith(ANSWER)]
    stage = _stage(err)
    if code == 0 and answers:
        return Ending("done", json.loads(answers[-1]), "", stage, seconds)
    if "Timeout (" in err:
        return Ending("timeout", {}, _innermost(_FRAME, err.rpartition("Timeout (")[2]), stage, seconds)
    if code < 0:
        return Ending("crash", {}, f"signal {signal.Signals(-code).name}", stage, seconds)
    last = next((line for line in reversed(err.splitlines()) if line.strip()), f"exit code {code}")
    return Ending("crash", {}, f"{last} {_innermost(_RAISED, err, last_first=True)}".strip(), stage, seconds)


def _stage(err: str) -> str:
    stages = [line[len(STAGE) :] for line in err.splitlines() if line.startswith(STAGE)]
    return stages[-1] if stages else ""


def _innermost(frame: re.Pattern[str], text: str, last_first: bool = False) -> str:
    """The innermost calls inside isthmus; a time-out lists the main thread last and innermost call first."""
    if not last_first:
        text = text.rpartition("Thread 0x")[2]
    found = [
        f"{Path(match['file']).parent.name}/{Path(match['file']).name}:{match['line']} {match['function']}"
        for match in frame.finditer(text)
    ]
    if last_first:
        found.reverse()
    return " < ".join(found[:_DEEPEST])
