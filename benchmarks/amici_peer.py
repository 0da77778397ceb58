"""AMICI as a peer: forward sensitivities of an SBML model to its parameters, in an interpreter of its own.

ISTHMUS_AMICI_PYTHON names the interpreter (ISTHMUS_PEERS_PYTHON where it is not set), ISTHMUS_AMICI_MODELS a
folder that keeps the compiled models; compiling one takes minutes. The sensitivities are error-controlled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

INTERPRETER = os.environ.get("ISTHMUS_AMICI_PYTHON") or os.environ.get("ISTHMUS_PEERS_PYTHON", "")
LONGEST = 3600.0


def run_amici(job: dict[str, Any]) -> tuple[list[tuple[float, float, Any]], tuple[str, ...], str]:
    """((rtol, CPU ms, values (times, states, parameters)) each tolerance, the parameters, why there is none).

    job: sbml (text), name, states (the order wanted), times, tolerances, atol (times rtol), seconds.
    """
    if not Path(INTERPRETER).is_file():
        return [], (), f"not installed: ISTHMUS_AMICI_PYTHON is {INTERPRETER!r}"
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task"
        task.write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run(
            [INTERPRETER, __file__, str(task)], capture_output=True, text=True, timeout=LONGEST
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            return [], (), (done.stderr.strip().splitlines() or ["it ended"])[-1]
        answer = json.loads(lines[-1])
        rows = [(rtol, ms, np.load(f"{task}.{rtol:g}.npy")) for rtol, ms in answer["rows"]]
        return rows, tuple(answer["parameters"]), answer["failure"]


def serve(path: str) -> None:
    """Be the peer: print the parameters and a row a tolerance, and save the arrays beside the task."""
    answer: dict[str, Any] = {"rows": [], "parameters": [], "failure": ""}
    try:
        import amici.sim.sundials as sundials  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        answer["failure"] = f"AMICI is not installed ({error})"
    else:
        _measure(sundials, path, answer)
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def _measure(sundials: Any, path: str, answer: dict[str, Any]) -> None:
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    model = _compiled(job, Path(path).parent).get_model()
    answer["parameters"] = list(model.get_free_parameter_ids())
    order = [list(model.get_state_ids()).index(name) for name in job["states"]]
    model.set_timepoints(np.array(job["times"]))
    solver = model.create_solver()
    solver.set_sensitivity_order(sundials.SensitivityOrder.first)
    solver.set_sensitivity_method(sundials.SensitivityMethod.forward)
    for rtol in job["tolerances"]:
        solver.set_relative_tolerance(rtol)
        solver.set_absolute_tolerance(rtol * job["atol"])
        best, end = float("inf"), time.process_time() + job["seconds"]
        found = None
        while found is None or time.process_time() < end:
            begun = time.process_time()
            found = sundials.run_simulation(model, solver)
            best = min(best, time.process_time() - begun)
        if found["status"] != sundials.AMICI_SUCCESS:
            answer["failure"] = f"it failed at rtol {rtol:g}"
            continue
        # (times, parameters, states) → (times, states, parameters)
        values = np.transpose(np.array(found["sx"]), (0, 2, 1))[:, order]
        np.save(f"{path}.{rtol:g}.npy", values)
        answer["rows"].append([rtol, 1e3 * best])


def _compiled(job: dict[str, Any], folder: Path) -> Any:
    from amici import import_model_module  # type: ignore[import-not-found, unused-ignore]

    kept = Path(os.environ.get("ISTHMUS_AMICI_MODELS") or folder) / job["name"]
    # Its builder calls programs that may lie beside the interpreter only.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    if not kept.exists():
        from amici.importers.sbml import SbmlImporter  # type: ignore[import-not-found, unused-ignore]

        SbmlImporter(job["sbml"], from_file=False).sbml2amici(job["name"], str(kept), verbose=False)
    return import_model_module(job["name"], str(kept))


if __name__ == "__main__":
    serve(sys.argv[1])
