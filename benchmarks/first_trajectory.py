"""From a model file to its first trajectory: isthmus and libRoadRunner, one after the other, in turns.

Run as `python -m benchmarks first_trajectory`, with ISTHMUS_PEERS_PYTHON naming an interpreter that has
libRoadRunner; without it only isthmus is measured. Every repetition is a fresh process in which the library
is loaded and has run another model; what is timed is reading this file, compiling it and the first run with
101 output times at rtol 1e-6. isthmus is measured twice: with the file read and its kernels compiled before
(as in the second session with a model), and with neither; its drivers are cached, and where the file is new
its reader process runs. libRoadRunner runs with each of its two compilers. Seconds are CPU seconds, the
reader process' own among them, and wall-clock ones, which mean little on a busy machine; the best of the
repetitions counts, as noise only adds.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PEER = os.environ.get("ISTHMUS_PEERS_PYTHON", "")
REPETITIONS = int(os.environ.get("ISTHMUS_BENCH_REPETITIONS", "5"))
POINTS, RTOL = 101, 1e-6
COMPILERS = ("MCJIT", "LLJIT")
# The goal by name of the workload, against the peer's default compiler.
GOALS = {"Huang-Ferrell": 4.0, "cascade of 100 tiers": 15.0, "egfr_net": 15.0}


def workloads() -> dict[str, tuple[Any, float]]:
    """Source, or model, and horizon, by name."""
    from benchmarks.models import networks
    from benchmarks.sweep import signalling

    found: dict[str, tuple[Any, float]] = {
        "Huang-Ferrell": (str(EXAMPLES / "huang_ferrell_1996.ant"), 100.0),
        "cascade of 18 tiers": (signalling(18), 50.0),
        "cascade of 100 tiers": (signalling(100), 50.0),
    }
    return {**found, **{name: network for name, network in networks().items() if name == "egfr_net"}}


def main(options: Sequence[str] = ()) -> None:
    """Print seconds of each side, how far apart they are and the ratios.

    Of all workloads, or of a model of one's own: --model FILE --horizon T.
    """
    from benchmarks.models import own_model

    print(f"CPU s (wall s), best of {REPETITIONS}; the difference is in parts of each curve's peak")
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, horizon) in (own_model("first_trajectory", options) or workloads()).items():
            files = _write(source, Path(folder))
            sides: dict[str, list[dict[str, Any]]] = {}
            for _ in range(REPETITIONS):
                for side, command, cache in _sides(files, horizon, Path(folder)):
                    sides.setdefault(side, []).append(_run(command, cache))
            _report(name, sides)


def _write(source: Any, folder: Path) -> dict[str, str]:
    """The SBML files of a workload and of a model to warm up with."""
    from benchmarks.sweep import BRUSSELATOR
    from isthmus.formats import read_model, write_sbml

    files = {}
    for label, told in (("model", source), ("other", BRUSSELATOR)):
        files[label] = str(folder / f"{label}.xml")
        write_sbml(read_model(told) if isinstance(told, str) else told, files[label])
    return files


def _sides(files: dict[str, str], horizon: float, folder: Path) -> list[tuple[str, list[str], str]]:
    """(name, command, home of the caches) of everything that is measured."""
    from isthmus.algebra.code_store import cache_directory

    job = json.dumps({**files, "horizon": horizon})
    ours = [sys.executable, "-m", "benchmarks.first_trajectory", "--isthmus", job]
    # Drivers are cached in both; readings and kernels only where there have been some before.
    of_models = shutil.ignore_patterns("kernels-*", "reading-*")
    warm, cold = folder / "warm", folder / "cold"
    if not warm.exists():
        _run(ours, "")
        shutil.copytree(cache_directory(), warm / "isthmus", ignore=of_models)
    shutil.rmtree(cold, ignore_errors=True)
    shutil.copytree(warm, cold, ignore=of_models)
    _run(ours, str(warm))
    found = [("isthmus", ours, str(warm)), ("isthmus, file new", ours, str(cold))]
    if PEER:
        found += [(f"libRoadRunner {c}", [PEER, __file__, "--peer", job, c], "") for c in COMPILERS]
    return found


def _run(command: list[str], cache: str) -> dict[str, Any]:
    environment = {**os.environ, "XDG_CACHE_HOME": cache} if cache else dict(os.environ)
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{command[:4]} failed:\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _report(name: str, sides: dict[str, list[dict[str, Any]]]) -> None:
    best = {side: min(run["cpu"] for run in runs) for side, runs in sides.items()}
    walls = {side: min(run["wall"] for run in runs) for side, runs in sides.items()}
    print(f"{name}: " + "; ".join(f"{side} {best[side]:.3f} ({walls[side]:.3f})" for side in sides))
    ours = sides["isthmus"][0]
    for side in ("isthmus", "isthmus, file new"):
        parts = min(sides[side], key=lambda run: run["cpu"])["parts"]
        print(f"    {side}: " + ", ".join(f"{part} {cpu:.3f}" for part, cpu in parts.items()))
    for side, runs in sides.items():
        if side.startswith("libRoadRunner"):
            ratios = [best[side] / best[mine] for mine in ("isthmus", "isthmus, file new")]
            goal = f" (goal {GOALS[name]:g})" if name in GOALS else ""
            apart = _apart(ours["curves"], runs[0]["curves"])
            print(f"    against {side}: {ratios[0]:.1f}, {ratios[1]:.1f}{goal}; difference {apart:.0e}")
    sys.stdout.flush()


def _apart(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> float:
    """The largest difference between two sets of curves, in parts of each curve's peak."""
    worst = 0.0
    for name, curve in ours.items():
        peak = float(np.abs(curve).max())
        if peak > 0.0:
            worst = max(worst, float(np.abs(np.subtract(curve, theirs[name])).max()) / peak)
    return worst


def _used(children: bool) -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _of_process(number: int) -> float:
    """The CPU seconds of a running process; NaN where the system does not tell."""
    path = Path(f"/proc/{number}/schedstat")
    return int(path.read_text(encoding="ascii").split()[0]) / 1e9 if path.exists() else float("nan")


def isthmus_side(job: dict[str, Any]) -> dict[str, Any]:
    """Measure this process, and the reader's."""
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import read_model
    from isthmus.formats.sandbox import READER
    from isthmus.simulate import simulate

    simulate(read_rates(read_model(job["other"])), 10.0, points=POINTS)
    # The other file may have been read before; the reader process is to have read one.
    READER.ask("read", Path(job["other"]).read_bytes())
    assert READER._process is not None
    reader = READER._process.pid
    wall, before = time.perf_counter(), _of_process(reader)
    marks = [_used(False)]
    model = read_model(job["model"])
    marks.append(_used(False))
    dynamics = read_rates(model)
    dynamics.system()
    marks.append(_used(False))
    found = simulate(dynamics, job["horizon"], points=POINTS)
    marks.append(_used(False))
    wall = time.perf_counter() - wall
    child = _of_process(reader) - before
    curves = {name: found[name].tolist() for name in found.states}
    parts = {
        "reader process": child,
        "receiving": marks[1] - marks[0],
        "equations and code": marks[2] - marks[1],
        "first run": marks[3] - marks[2],
    }
    return {"cpu": marks[3] - marks[0] + child, "wall": wall, "parts": parts, "curves": curves}


def peer_side(job: dict[str, Any], compiler: str) -> dict[str, Any]:
    """Measure libRoadRunner in this process."""
    import roadrunner  # type: ignore[import-not-found, unused-ignore]

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    if hasattr(roadrunner.Config, "LLVM_BACKEND"):
        roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, getattr(roadrunner.Config, compiler))
    roadrunner.RoadRunner(job["other"]).simulate(0, 10, POINTS)
    wall, begun = time.perf_counter(), _used(False)
    runner = roadrunner.RoadRunner(job["model"])
    runner.getIntegrator().setValue("relative_tolerance", RTOL)
    names = list(runner.model.getFloatingSpeciesIds())
    runner.timeCourseSelections = [f"[{name}]" for name in names]
    found = np.array(runner.simulate(0, job["horizon"], POINTS))
    cpu, wall = _used(False) - begun, time.perf_counter() - wall
    curves = {name: found[:, i].tolist() for i, name in enumerate(names)}
    return {"cpu": cpu, "wall": wall, "curves": curves}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--isthmus"]:
        print(json.dumps(isthmus_side(json.loads(sys.argv[2]))))
    elif sys.argv[1:2] == ["--peer"]:
        print(json.dumps(peer_side(json.loads(sys.argv[2]), sys.argv[3])))
    else:
        main()
