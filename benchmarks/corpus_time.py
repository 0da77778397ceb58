"""Every corpus model with a reference: our cold and warm trajectory and libRoadRunner's, at one tolerance.

Run as `python -m benchmarks corpus_time [--models N] [--seconds S]`, with ISTHMUS_CORPORA and
ISTHMUS_PEERS_PYTHON. Both sides run a model one right after the other. Tolerances are rtol 1e-6 and an
absolute one of 1e-9 of peaks (each state's here, the median of the curves' there); errors are the largest
over curves and times against the reference, in parts of the peak, a peak below 1e-8 counting as that: the
references have an absolute tolerance of 1e-12. Times are CPU seconds: cold from reading the file to the first
curves, the reader process' among them, with integrators loaded and no kernel cached; warm the best of
repeated runs.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cpu_seconds import forget_kernels, with_reader
from benchmarks.roadrunner_peer import INTERPRETER, Peer, Ran
from benchmarks.warm import best_of

RTOL = 1e-6
BUDGET = 0.2
SLOWER = 2.0
# The smallest peak of which the references, at an absolute tolerance of 1e-12, are right to 1e-4.
SMALLEST_PEAK = 1e-8
# Wall-clock seconds that the peer may take for one model.
LONGEST = 120.0


@dataclass(frozen=True, slots=True)
class Ours:
    """CPU seconds and the curves of one model, or why there are none. jumps: events and rates that switch."""

    cold: float = float("nan")
    warm: float = float("nan")
    states: int = 0
    jumps: bool = False
    curves: Any = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A model that both sides ran: seconds (our cold and warm, then theirs), errors (ours, theirs)."""

    name: str
    jumps: bool
    seconds: tuple[float, float, float, float]
    errors: tuple[float, float]

    @property
    def ratio(self) -> float:
        """The peer's warm time by ours."""
        return self.seconds[3] / self.seconds[1]


def reference_of(path: Path) -> tuple[list[str], Any, Any]:
    """(names, times, curves) of a reference file."""
    with path.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    table = np.array(rows, dtype=np.float64)
    return head[1:], table[:, 0], table[:, 1:]


def run_ours(path: Path, names: list[str], times: Any) -> Ours:
    """Read and run one model."""
    from isthmus.algebra.expression import symbol
    from isthmus.dynamics.rates import read_rates
    from isthmus.errors import IsthmusError
    from isthmus.formats import read_model
    from isthmus.simulate.rates import run

    horizon = float(times[-1])
    begun = with_reader()
    try:
        dynamics = read_rates(read_model(path))
        kernel = dynamics.kernel([symbol(name) for name in names])

        def call(atol: Any = None) -> Any:
            done = run(dynamics, horizon, times=times, rtol=RTOL, atol=atol)
            return done, done.observe(kernel.address, kernel.width, times)

        first, _ = call()
        cold = with_reader() - begun
        again = partial(call, first.atol)
        jumps = dynamics.switched() is not None
        return Ours(cold, best_of(again, BUDGET), len(dynamics.states), jumps, again()[1])
    except IsthmusError as error:
        return Ours(refusal=error.code)


def selections(names: list[str], text: str) -> list[str]:
    """How the peer calls the columns: concentrations of species, values of all else."""
    return [f"[{name}]" if _is_species(name, text) else name for name in names]


def _is_species(name: str, text: str) -> bool:
    return re.search(rf'<species\b[^>]*\bid="{re.escape(name)}"', text) is not None


def main(options: Sequence[str] = ()) -> None:
    """Print a line a model, the totals, and what is slower than twice the peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks corpus_time")
    parser.add_argument("--models", type=int, help="at most this many models")
    parser.add_argument("--seconds", type=float, help="begin no model after this many wall-clock seconds")
    asked = parser.parse_args(options)
    corpora = os.environ.get("ISTHMUS_CORPORA")
    if not corpora or not INTERPRETER:
        print("corpus_time needs ISTHMUS_CORPORA and ISTHMUS_PEERS_PYTHON")
        return
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(Path(corpora) / "biomodels/biomodels.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        forget_kernels(Path(folder) / "cache")
        references = sorted(Path(folder).rglob("reference/*.csv"))
        report(measure(Path(folder), references[: asked.models], asked.seconds or float("inf")))


def measure(folder: Path, references: list[Path], seconds: float) -> list[Row]:
    """Both sides, model by model, a line each."""
    print(
        f"{'model':<18}{'states':>7}{'cold ms':>9}{'warm ms':>9}{'error':>9}"
        f"{'peer cold':>10}{'warm':>9}{'error':>9}{'ratio':>7}"
    )
    models = {path.stem: path for path in folder.rglob("*.xml")}
    found: list[Row] = []
    end = time.monotonic() + seconds
    with Peer(LONGEST) as peer:
        for place, path in enumerate(references):
            if time.monotonic() > end:
                print(f"stopped after {place} of {len(references)} models, as asked")
                break
            names, times, curves = reference_of(path)
            # The first run loads the integrator on either side; it is not counted.
            for _ in range(2 if place == 0 else 1):
                mine = run_ours(models[path.stem], names, times)
                theirs = peer.run(_job(models[path.stem], names, times, np.abs(curves).max(axis=0)))
            row = _row(path.stem, mine, theirs, curves)
            if row is not None:
                found.append(row)
    return found


def _job(path: Path, names: list[str], times: Any, peaks: Any) -> dict[str, Any]:
    return {
        "sbml": str(path),
        "selections": selections(names, path.read_text(encoding="utf-8")),
        "times": times.tolist(),
        "rtols": [RTOL],
        "atol": 1e-3 * RTOL * float(np.median(peaks[peaks > 0.0])) if peaks.any() else 1e-9,
        "budget": BUDGET,
    }


def _row(name: str, mine: Ours, peer: Ran, reference: Any) -> Row | None:
    """Print a model's line."""
    if mine.curves is None or not peer.curves:
        print(f"{name:<18} not compared: {mine.refusal or peer.failure}", flush=True)
        return None
    theirs = peer.seconds[RTOL]
    seconds = (mine.cold, mine.warm, peer.loading + theirs, theirs)
    errors = (_error(mine.curves, reference), _error(peer.curves[RTOL], reference))
    row = Row(name, mine.jumps, seconds, errors)
    cold, warm, peer_cold, peer_warm = (1e3 * value for value in seconds)
    print(
        f"{name:<18}{mine.states:>7}{cold:>9.1f}{warm:>9.3f}{errors[0]:>9.0e}"
        f"{peer_cold:>10.1f}{peer_warm:>9.3f}{errors[1]:>9.0e}{row.ratio:>7.2f}"
        + (" jumps" if mine.jumps else ""),
        flush=True,
    )
    return row


def _error(values: Any, reference: Any) -> float:
    peaks = np.maximum(np.abs(reference).max(axis=0), SMALLEST_PEAK)
    return float((np.abs(values - reference).max(axis=0) / peaks).max())


def report(rows: list[Row]) -> None:
    """Print what it comes to: all models, those whose rates or states jump, those without."""
    for label, chosen in (
        ("all", rows),
        ("smooth", [row for row in rows if not row.jumps]),
        ("with jumps", [row for row in rows if row.jumps]),
    ):
        if not chosen:
            continue
        table = np.array([row.seconds for row in chosen])
        cold, warm, peer_cold, peer_warm = table.sum(axis=0)
        ours, theirs = np.array([row.errors for row in chosen]).T
        ratios = np.array([row.ratio for row in chosen])
        print(
            f"{label}: {len(chosen)} models; total s: cold {cold:.2f} and {peer_cold:.2f}, "
            f"warm {warm:.3f} and {peer_warm:.3f}"
        )
        print(
            f"  ratios: cold median {np.median(table[:, 2] / table[:, 0]):.2f}, "
            f"warm median {np.median(ratios):.2f}, from {ratios.min():.2f} to {ratios.max():.2f}; "
            f"median errors {np.median(ours):.0e} and {np.median(theirs):.0e}, "
            f"above 1e-3 in {(ours > 1e-3).sum()} and {(theirs > 1e-3).sum()}"
        )
    slow = [f"{row.name} ({row.ratio:.2f})" for row in rows if row.ratio < 1.0 / SLOWER]
    print(f"slower than {SLOWER:g}×: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
