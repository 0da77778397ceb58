"""Two thousand sets of parameters: isthmus on two threads, libRoadRunner in two processes.

Run as `python -m benchmarks.sweep`, with ISTHMUS_PEERS_PYTHON naming an interpreter that has libRoadRunner;
without it only isthmus is measured. All parameters and initial amounts vary on both sides, by up to ±30 %.
Each side runs at the loosest tolerance on a ladder whose worst error, over the first sets, curves and times
and in parts of each curve's peak, is within the target; the reference is NDF at 1e-10. isthmus's time is that
of the whole call on a model that has been swept before; libRoadRunner's that of its loop alone, model loaded
and integrator warm.
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

SETS, CHECKED, WORKERS, REPETITIONS, SPREAD = 2000, 64, 2, 2, 0.3
TARGETS = (1e-3, 1e-5)
LADDER = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PEER = os.environ.get("ISTHMUS_PEERS_PYTHON", "")

ROBERTSON = """model robertson
  compartment cell = 1; species A in cell, B in cell, C in cell; A = 1; B = 0; C = 0;
  A -> B; cell * k1 * A; B + C -> A + C; cell * k2 * B * C; B + B -> C + B; cell * k3 * B * B;
  k1 = 0.04; k2 = 1e4; k3 = 3e7;
end"""
BRUSSELATOR = """model brusselator
  compartment cell = 1; species X in cell, Y in cell; X = 1; Y = 1;
  -> X; cell * a; X -> Y; cell * b * X; Y + 2 X -> 3 X; cell * c * X^2 * Y; X -> ; cell * d * X;
  a = 1; b = 3; c = 1; d = 1;
end"""
# Tyson 1991, PNAS 88:7328, the cell-division cycle.
TYSON = """model tyson
  compartment cell = 1; species C2 in cell, CP in cell, M in cell, pM in cell, Y in cell, YP in cell;
  C2 = 0; CP = 0.75; M = 0; pM = 0.25; Y = 0; YP = 0;
  M -> C2 + YP; cell * k6 * M; C2 -> CP; cell * k8 * C2; CP -> C2; cell * k9 * CP;
  CP + Y -> pM; cell * k3 * CP * Y; pM -> M; cell * pM * (k4p + k4 * (M / (C2 + CP + M + pM))^2);
  -> Y; cell * k1; YP -> ; cell * k7 * YP;
  k1 = 0.015; k3 = 200; k4 = 180; k4p = 0.018; k6 = 1; k7 = 0.6; k8 = 1e6; k9 = 1e3;
end"""


def signalling(tiers: int = 5) -> str:
    """A cascade of kinases, five species each: two forms, two complexes, one phosphatase."""
    lines = ["model signalling", "  compartment cell = 1; species P0 in cell; P0 = 0.05;"]
    for i in range(1, tiers + 1):
        lines.append(
            f"""  species K{i} in cell, P{i} in cell, A{i} in cell, D{i} in cell, F{i} in cell;
  K{i} = 1; P{i} = 0; A{i} = 0; D{i} = 0; F{i} = 0.2;
  K{i} + P{i - 1} -> A{i}; cell * a{i} * K{i} * P{i - 1}; A{i} -> K{i} + P{i - 1}; cell * b{i} * A{i};
  A{i} -> P{i} + P{i - 1}; cell * c{i} * A{i};
  P{i} + F{i} -> D{i}; cell * d{i} * P{i} * F{i}; D{i} -> P{i} + F{i}; cell * e{i} * D{i};
  D{i} -> K{i} + F{i}; cell * f{i} * D{i};
  a{i} = 20; b{i} = 1; c{i} = 2; d{i} = 20; e{i} = 1; f{i} = 1;"""
        )
    return "\n".join([*lines, "end"])


def models() -> dict[str, tuple[str, float]]:
    """Source and horizon of each workload."""
    return {
        "Huang-Ferrell": (str(EXAMPLES / "huang_ferrell_1996.ant"), 100.0),
        "Robertson": (ROBERTSON, 100.0),
        "Tyson": (TYSON, 100.0),
        "Brusselator": (BRUSSELATOR, 50.0),
        "26-state signalling": (signalling(), 50.0),
    }


def worst(values: Any, reference: Any) -> float:
    """The worst error in parts of each curve's peak in its set."""
    count = len(reference)
    peaks = np.maximum(np.abs(reference).max(axis=1, keepdims=True), 1e-300)
    return float((np.abs(values[:count] - reference) / peaks).max())


def loosest(errors: dict[float, float], target: float) -> float:
    """The loosest tolerance within the target, that and all tighter ones; NaN for none."""
    good = float("nan")
    for rtol in sorted(errors):
        if not errors[rtol] <= target:
            break
        good = rtol
    return good


class Isthmus:
    """Our side."""

    def __init__(self, dynamics: Any, columns: dict[str, Any], horizon: float, times: Any) -> None:
        self.dynamics, self.columns, self.horizon, self.times = dynamics, columns, horizon, times

    def run(self, rtol: float, count: int, method: str = "lanes") -> tuple[float, Any]:
        """(seconds, curves of the first sets)."""
        from isthmus.simulate.sweep import sweep

        columns = {name: values[:count] for name, values in self.columns.items()}
        begun = time.perf_counter()
        found = sweep(
            self.dynamics, columns, self.horizon, self.times, workers=WORKERS, rtol=rtol, method=method
        )
        return time.perf_counter() - begun, found.values


class RoadRunner:
    """The peer, one process a worker, all started at once."""

    def __init__(self, sbml: str, ours: Isthmus, atol: Any) -> None:
        self.sbml, self.ours, self.atol = sbml, ours, atol

    def run(self, rtol: float, count: int) -> tuple[float, Any]:
        """(seconds of the slowest process, curves of the first sets)."""
        with tempfile.TemporaryDirectory() as folder:
            running = [self._start(Path(folder), i, rtol, count) for i in range(WORKERS)]
            for process in running:
                if process.wait() != 0:
                    raise SystemExit("libRoadRunner failed")
            parts = [np.load(Path(folder) / f"{i}.npz") for i in range(WORKERS)]
            return max(float(part["seconds"]) for part in parts), np.concatenate([p["values"] for p in parts])

    def _start(self, folder: Path, number: int, rtol: float, count: int) -> subprocess.Popen[bytes]:
        bounds = [count * i // WORKERS for i in range(WORKERS + 1)]
        job = {
            "sbml": self.sbml,
            "columns": {
                n: v[bounds[number] : bounds[number + 1]].tolist() for n, v in self.ours.columns.items()
            },
            "times": self.ours.times.tolist(),
            "states": list(self.ours.dynamics.states),
            "rtol": rtol,
            "atol": {
                name: rtol * float(size)
                for name, size in zip(self.ours.dynamics.states, self.atol, strict=True)
            },
            "out": str(folder / f"{number}.npz"),
        }
        path = folder / f"{number}.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        return subprocess.Popen([PEER, __file__, "--peer", str(path)])


def peer(path: str) -> None:
    """Be one process of the peer."""
    import roadrunner

    job = json.loads(Path(path).read_text(encoding="utf-8"))
    runner = roadrunner.RoadRunner(job["sbml"])
    model, integrator = runner.model, runner.getIntegrator()
    species, parameters = list(model.getFloatingSpeciesIds()), list(model.getGlobalParameterIds())
    integrator.setValue("relative_tolerance", job["rtol"])
    integrator.setValue("absolute_tolerance", [job["atol"][name] for name in species])
    integrator.setValue("maximum_num_steps", 1_000_000)
    runner.timeCourseSelections = [f"[{name}]" for name in job["states"]]
    columns = job["columns"]
    of_species, of_parameters = ([n for n in ids if n in columns] for ids in (species, parameters))
    if len(of_species) + len(of_parameters) != len(columns):
        raise SystemExit("a quantity is neither a species nor a parameter")
    starts = np.array([columns[name] for name in of_species]).T
    values = np.array([columns[name] for name in of_parameters]).T
    places = [species.index(name) for name in of_species]
    slots = [parameters.index(name) for name in of_parameters]

    def run(i: int) -> Any:
        model.setGlobalParameterValues(slots, values[i])
        model.setFloatingSpeciesInitConcentrations(places, starts[i])
        runner.reset()
        return np.array(runner.simulate(times=job["times"]))

    run(0)
    begun = time.perf_counter()
    found = [run(i) for i in range(len(values))]
    np.savez(job["out"], seconds=time.perf_counter() - begun, values=np.array(found))


def columns_of(dynamics: Any, seed: int = 1) -> dict[str, Any]:
    """Every parameter and initial amount that is not zero, varied."""
    random = np.random.Generator(np.random.Philox(seed))
    compartments = {compartment.id for compartment in dynamics.model.compartments}
    return {
        name: value * np.exp(random.uniform(-SPREAD, SPREAD, SETS))
        for name, value in zip(dynamics.quantities, dynamics.nominal.tolist(), strict=True)
        if name not in compartments
    }


def sbml_of(model: Any) -> str:
    """The model as SBML, which the peer reads."""
    from isthmus.formats import write_sbml

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.xml"
        write_sbml(model, path)
        return path.read_text(encoding="utf-8")


def main() -> None:
    """Print a line a workload and target: microseconds a set, achieved errors, the ratio."""
    import isthmus
    from isthmus.dynamics.rates import read_rates

    ratios: dict[float, list[float]] = {target: [] for target in TARGETS}
    print(f"{SETS} sets, {WORKERS} workers; µs a set (rtol, achieved error)")
    for name, (source, horizon) in models().items():
        opened = isthmus.read(source)
        dynamics = read_rates(opened.model)
        times = np.linspace(0.0, horizon, 21)
        ours = Isthmus(dynamics, columns_of(dynamics), horizon, times)
        reference = ours.run(1e-10, CHECKED, "ndf")[1]
        sides: dict[str, Any] = {"isthmus": ours}
        if PEER:
            sizes = 1e-3 * np.maximum(np.abs(reference).max(axis=(0, 1)), 1e-12)
            sides["libRoadRunner"] = RoadRunner(sbml_of(opened.model), ours, sizes)
        errors = {
            side: {rtol: worst(runner.run(rtol, CHECKED)[1], reference) for rtol in LADDER}
            for side, runner in sides.items()
        }
        for target in TARGETS:
            cells, seconds = [], {}
            for side, runner in sides.items():
                rtol = loosest(errors[side], target)
                if rtol != rtol:
                    cells.append(f"{side}: target not met")
                    continue
                seconds[side] = min(runner.run(rtol, SETS)[0] for _ in range(REPETITIONS))
                cells.append(
                    f"{side} {seconds[side] / SETS * 1e6:.1f} ({rtol:.0e}, {errors[side][rtol]:.1e})"
                )
            if len(seconds) == 2:
                ratios[target].append(seconds["libRoadRunner"] / seconds["isthmus"])
                cells.append(f"ratio {ratios[target][-1]:.1f}")
            print(f"{name:<20} within {target:.0e}: {'; '.join(cells)}", flush=True)
    for target, found in ratios.items():
        if found:
            print(f"within {target:.0e}: median ratio {np.median(found):.1f}, least {min(found):.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2])
    else:
        main()
