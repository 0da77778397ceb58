"""Simulators written by others, run in an environment of their own."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

VARIABLE = "ISTHMUS_VERIFY_PYTHON"
SCRIPTS = {"libroadrunner": "run_roadrunner.py", "copasi": "run_copasi.py"}
SECONDS = 300

needs_other_tools = pytest.mark.skipif(
    not os.environ.get(VARIABLE),
    reason=f"{VARIABLE} must name a Python with libroadrunner and copasi-basico; `make verify` makes one",
)


@dataclass(frozen=True)
class Change:
    """One quantity set to a value: a parameter, a compartment, or a species' initial concentration."""

    id: str
    value: float
    is_species: bool


def run_elsewhere(
    tool: str, sbml: Path, observe: str, times: np.ndarray, changes: list[Change]
) -> np.ndarray:
    """(changes, times): the observable's curve under each change alone."""
    job = {
        "sbml": str(sbml),
        "times": times.tolist(),
        "observe": observe,
        "changes": [{"id": c.id, "value": c.value, "species": c.is_species} for c in changes],
    }
    done = subprocess.run(
        [os.environ[VARIABLE], str(Path(__file__).parent / SCRIPTS[tool])],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return np.array(json.loads(done.stdout.splitlines()[-1]))
