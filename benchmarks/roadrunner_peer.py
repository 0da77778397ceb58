"""libRoadRunner as a peer: trajectories of SBML models, timed in CPU seconds, in an interpreter of its own.

`run_peer` writes a job, runs this file under ISTHMUS_PEERS_PYTHON and reads the answers. Every job loads a
model once and runs it at each tolerance as often as the time allows; the best counts, since noise only adds.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

INTERPRETER = os.environ.get("ISTHMUS_PEERS_PYTHON", "")
# Its newer compiler makes faster code, and is what it is at its best with.
_BACKEND = "LLJIT"


@dataclass(frozen=True, slots=True)
class Ran:
    """What the peer did: seconds to load, the best seconds and the curves by tolerance, or why not."""

    loading: float
    seconds: dict[float, float]
    curves: dict[float, Any]
    failure: str = ""


def run_peer(jobs: list[dict[str, Any]], timeout: float = 3600.0) -> list[Ran]:
    """Run jobs with the keys sbml, selections, times, rtols, atol (by species, times rtol) and budget (s)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.json"
        path.write_text(json.dumps(jobs), encoding="utf-8")
        done = subprocess.run(
            [INTERPRETER, __file__, str(path)], capture_output=True, text=True, timeout=timeout
        )
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if len(rows) != len(jobs):
            rows += [{"failure": done.stderr.strip()[-300:] or "it ended"}] * (len(jobs) - len(rows))
        return [_read(Path(folder), number, row) for number, row in enumerate(rows)]


def _read(folder: Path, number: int, row: dict[str, Any]) -> Ran:
    seconds = {float(rtol): value for rtol, value in row.get("seconds", {}).items()}
    curves = {rtol: np.load(folder / f"{number}.{rtol:g}.npy") for rtol in seconds}
    return Ran(row.get("loading", float("nan")), seconds, curves, row.get("failure", ""))


def serve(path: str) -> None:
    """Be the peer."""
    import roadrunner  # type: ignore[import-not-found, unused-ignore]

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    if hasattr(roadrunner.Config, "LLVM_BACKEND"):
        roadrunner.Config.setValue(
            roadrunner.Config.LLVM_BACKEND, getattr(roadrunner.Config, _BACKEND, roadrunner.Config.MCJIT)
        )
    for number, job in enumerate(json.loads(Path(path).read_text(encoding="utf-8"))):
        row: dict[str, Any] = {"seconds": {}}
        try:
            _measure(roadrunner, job, row, f"{Path(path).parent}/{number}")
        except RuntimeError as error:
            row["failure"] = str(error)[:300]
        row["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


def _measure(roadrunner: Any, job: dict[str, Any], row: dict[str, Any], target: str) -> None:
    begun = time.process_time()
    runner = roadrunner.RoadRunner(job["sbml"])
    row["loading"] = time.process_time() - begun
    integrator = runner.getIntegrator()
    floating = list(runner.model.getFloatingSpeciesIds())
    runner.timeCourseSelections = job["selections"]
    for rtol in job["rtols"]:
        integrator.setValue("relative_tolerance", rtol)
        atol = job["atol"]
        if isinstance(atol, dict):
            integrator.setValue("absolute_tolerance", [rtol * atol.get(name, 1e-3) for name in floating])
        else:
            integrator.setValue("absolute_tolerance", atol)
        integrator.setValue("maximum_num_steps", 1_000_000)
        best, spent = float("inf"), 0.0
        for _ in range(job.get("repetitions", 50)):
            runner.reset()
            begun = time.process_time()
            found = runner.simulate(times=job["times"])
            took = time.process_time() - begun
            best, spent = min(best, took), spent + took
            if spent > job["budget"]:
                break
        np.save(f"{target}.{rtol:g}.npy", np.array(found))
        row["seconds"][str(rtol)] = best


if __name__ == "__main__":
    serve(sys.argv[1])
