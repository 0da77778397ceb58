"""Every corpus model with a reference: our cold and warm trajectory and libRoadRunner's, at one tolerance.

Run as `python -m benchmarks corpus_time`, with ISTHMUS_CORPORA and ISTHMUS_PEERS_PYTHON; ISTHMUS_MODELS
limits the number. Tolerances are rtol 1e-6 and an absolute one of 1e-9 of peaks (each curve's here, the
median there); errors are the largest over curves and times against the reference, in parts of the peak.
Times are CPU seconds: cold from reading the file to the first curves (our reader process and integrator
loaded, as is the peer), warm the best of repeated runs.
"""

from __future__ import annotations

import csv
import os
import tarfile
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.roadrunner_peer import INTERPRETER, Ran, run_peer
from benchmarks.warm import best_of, worst

RTOL = 1e-6
BUDGET = 0.2
SLOWER = 2.0


@dataclass(frozen=True, slots=True)
class Ours:
    """CPU seconds and the curves of one model, or why there are none."""

    cold: float = float("nan")
    warm: float = float("nan")
    states: int = 0
    curves: Any = None
    refusal: str = ""


def reference_of(path: Path) -> tuple[list[str], Any, Any]:
    """(names, times, curves) of a reference file."""
    with path.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    table = np.array(rows, dtype=np.float64)
    return head[1:], table[:, 0], table[:, 1:]


def run_ours(path: Path, names: list[str], times: Any, peaks: Any) -> Ours:
    """Read and run one model."""
    from isthmus.algebra.expression import symbol
    from isthmus.dynamics.rates import read_rates
    from isthmus.errors import IsthmusError
    from isthmus.formats import read_model
    from isthmus.simulate.rates import run

    horizon = float(times[-1])
    begun = time.process_time()
    try:
        dynamics = read_rates(read_model(path))
        kernel = dynamics.kernel([symbol(name) for name in names])

        def call(atol: Any = None) -> Any:
            done = run(dynamics, horizon, times=times, rtol=RTOL, atol=atol)
            return done, done.observe(kernel.address, kernel.width, times)

        first, _ = call()
        cold = time.process_time() - begun
        again = partial(call, first.atol)
        return Ours(cold, best_of(again, BUDGET), len(dynamics.states), again()[1])
    except IsthmusError as error:
        return Ours(refusal=error.code)


def selections(names: list[str], text: str) -> list[str]:
    """How the peer calls the columns: concentrations of species, values of all else."""
    return [
        f"[{name}]" if f'<species id="{name}"' in text or _is_species(name, text) else name for name in names
    ]


def _is_species(name: str, text: str) -> bool:
    import re

    return re.search(rf'<species\b[^>]*\bid="{re.escape(name)}"', text) is not None


def main() -> None:
    """Print a line a model, the totals, and what is slower than twice the peer."""
    corpora = os.environ.get("ISTHMUS_CORPORA")
    if not corpora or not INTERPRETER:
        print("corpus_time needs ISTHMUS_CORPORA and ISTHMUS_PEERS_PYTHON")
        return
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(Path(corpora) / "biomodels/biomodels.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        references = sorted(Path(folder).rglob("reference/*.csv"))
        measure(Path(folder), references[: int(os.environ.get("ISTHMUS_MODELS", len(references)))])


def measure(folder: Path, references: list[Path]) -> None:
    """Both sides, model by model."""
    models = {path.stem: path for path in folder.rglob("*.xml")}
    known, jobs, ours = [], [], []
    for place, path in enumerate(references):
        names, times, curves = reference_of(path)
        peaks = np.abs(curves).max(axis=0)
        known.append((path.stem, curves))
        # The first run loads the integrator; it is not counted.
        for _ in range(2 if place == 0 else 1):
            found = run_ours(models[path.stem], names, times, peaks)
        ours.append(found)
        jobs.append(
            {
                "sbml": str(models[path.stem]),
                "selections": selections(names, models[path.stem].read_text()),
                "times": times.tolist(),
                "rtols": [RTOL],
                "atol": 1e-3 * RTOL * float(np.median(peaks[peaks > 0.0])) if peaks.any() else 1e-9,
                "budget": BUDGET,
            }
        )
    report(known, ours, run_peer(jobs))


def report(known: list[tuple[str, Any]], ours: list[Ours], theirs: list[Ran]) -> None:
    """Print the table and what it comes to."""
    print(
        f"{'model':<18}{'states':>7}{'cold ms':>9}{'warm ms':>9}{'error':>9}"
        f"{'peer cold':>10}{'warm':>9}{'error':>9}{'ratio':>7}"
    )
    totals = np.zeros(4)
    ratios: list[float] = []
    slow: list[str] = []
    for (name, reference), mine, peer in zip(known, ours, theirs, strict=True):
        if mine.curves is None or not peer.curves:
            print(f"{name:<18} not compared: {mine.refusal or peer.failure}")
            continue
        warm = peer.seconds[RTOL]
        ratio = warm / mine.warm
        row = np.array([mine.cold, mine.warm, peer.loading + warm, warm])
        totals, ratios = totals + row, [*ratios, ratio]
        cold, ms, peer_cold, peer_ms = 1e3 * row
        print(
            f"{name:<18}{mine.states:>7}{cold:>9.1f}{ms:>9.3f}{worst(mine.curves, reference):>9.0e}"
            f"{peer_cold:>10.1f}{peer_ms:>9.3f}{worst(peer.curves[RTOL], reference):>9.0e}{ratio:>7.2f}",
            flush=True,
        )
        if ratio < 1.0 / SLOWER:
            slow.append(f"{name} ({ratio:.2f})")
    if ratios:
        cold, ms, peer_cold, peer_ms = totals
        print(
            f"{len(ratios)} models, total s: cold {cold:.2f} and {peer_cold:.2f}, "
            f"warm {ms:.3f} and {peer_ms:.3f}"
        )
        print(f"warm ratio: median {np.median(ratios):.2f}, least {min(ratios):.2f}")
        print(f"slower than {SLOWER:g}×: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
