"""libRoadRunner as a peer: trajectories of SBML models, timed in CPU seconds, in an interpreter of its own.

A `Peer` runs this file under ISTHMUS_PEERS_PYTHON and sends it one job at a time. Every job loads a model
once and runs it at each tolerance as often as the time allows; the best counts, since noise only adds.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
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


class Peer:
    """A process of the peer that answers jobs; one that dies or takes too long is replaced by the next job.

    timeout: wall-clock seconds a job.
    """

    def __init__(self, timeout: float = 3600.0) -> None:
        self._timeout = timeout
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop()
        self._folder.cleanup()

    def run(self, job: dict[str, Any]) -> Ran:
        """Run a job: sbml, selections, times, rtols, atol (by species, in parts of rtol), budget (s)."""
        target = f"{self._folder.name}/curves"
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        line = b""
        try:
            process.stdin.write(json.dumps({**job, "target": target}).encode() + b"\n")
            process.stdin.flush()
            if select.select([process.stdout], [], [], self._timeout)[0]:
                line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            told = "it took too long" if process.poll() is None else f"it ended with {process.returncode}"
            self._stop()
            return Ran(float("nan"), {}, {}, told)
        row = json.loads(line)
        seconds = {float(rtol): value for rtol, value in row["seconds"].items()}
        curves = {rtol: np.load(f"{target}.{rtol:g}.npy") for rtol in seconds}
        return Ran(row.get("loading", float("nan")), seconds, curves, row.get("failure", ""))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [INTERPRETER, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def run_peer(jobs: list[dict[str, Any]], timeout: float = 3600.0) -> list[Ran]:
    """Run several jobs in one process, one after the other."""
    with Peer(timeout) as peer:
        return [peer.run(job) for job in jobs]


def serve() -> None:
    """Be the peer: a job a line in, an answer a line out."""
    # The library writes to the standard output as well, which is for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import roadrunner  # type: ignore[import-not-found, unused-ignore]

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    if hasattr(roadrunner.Config, "LLVM_BACKEND"):
        roadrunner.Config.setValue(
            roadrunner.Config.LLVM_BACKEND, getattr(roadrunner.Config, _BACKEND, roadrunner.Config.MCJIT)
        )
    for line in sys.stdin:
        row: dict[str, Any] = {"seconds": {}}
        try:
            _measure(roadrunner, json.loads(line), row)
        except RuntimeError as error:
            row["failure"] = str(error)[:300]
        row["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answers.write(json.dumps(row) + "\n")
        answers.flush()


def _measure(roadrunner: Any, job: dict[str, Any], row: dict[str, Any]) -> None:
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
            # Parameters that events change keep their last values in a plain reset.
            runner.resetAll()
            begun = time.process_time()
            found = runner.simulate(times=job["times"])
            took = time.process_time() - begun
            best, spent = min(best, took), spent + took
            if spent > job["budget"]:
                break
        np.save(f"{job['target']}.{rtol:g}.npy", np.array(found))
        row["seconds"][str(rtol)] = best


if __name__ == "__main__":
    serve()
