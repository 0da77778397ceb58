"""A trajectory of a model that has been run before, at 22 to 501 states: isthmus and libRoadRunner.

Run as `python -m benchmarks warm`, with ISTHMUS_PEERS_PYTHON naming an interpreter that has libRoadRunner and
ISTHMUS_CORPORA the folder of the public corpora (the largest model is BioNetGen's egfr_net). Each side runs
at the loosest tolerance on a ladder whose worst error, over curves and times and in parts of each curve's
peak, is within the target; the reference is NDF at 1e-11, and the peer's tightest run says how far the two
agree. Times are CPU seconds of a whole call with 21 output times; absolute tolerances are each state's peak
times 1e-3 rtol on both sides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models import networks, own_model
from benchmarks.roadrunner_peer import INTERPRETER, Ran, run_peer
from benchmarks.sweep import signalling

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LADDER = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7, 1e-8, 3e-9, 1e-9)
TARGETS = (1e-3, 1e-5)
BUDGET = 2.0
# The goal by number of states.
GOALS = {"Huang-Ferrell": 3.0, "cascade of 18 tiers": 4.0, "cascade of 100 tiers": 30.0}


def workloads() -> dict[str, tuple[Any, float]]:
    """Name → (model, horizon)."""
    from isthmus.formats import read_model

    return {
        "Huang-Ferrell": (read_model(EXAMPLES / "huang_ferrell_1996.ant"), 100.0),
        "cascade of 18 tiers": (read_model(signalling(18)), 100.0),
        "cascade of 100 tiers": (read_model(signalling(100)), 100.0),
        **networks(),
    }


def best_of(call: Callable[[], Any], budget: float = BUDGET) -> float:
    """The best CPU seconds of calls for as long as the budget lasts."""
    best, spent = float("inf"), 0.0
    while spent < budget:
        begun = time.process_time()
        call()
        took = time.process_time() - begun
        best, spent = min(best, took), spent + took
    return best


def worst(values: Any, reference: Any) -> float:
    """The largest error in parts of each curve's peak."""
    peaks = np.abs(reference).max(axis=0)
    return float((np.abs(values - reference).max(axis=0) / np.where(peaks > 0.0, peaks, 1.0)).max())


def loosest(errors: dict[float, float], target: float) -> float:
    """The loosest tolerance within the target, that and all tighter ones; NaN for none."""
    good = float("nan")
    for rtol in sorted(errors):
        if not errors[rtol] <= target:
            break
        good = rtol
    return good


def trajectory(dynamics: Any, kernel: Any, horizon: float, times: Any, peaks: Any, rtol: float) -> Any:
    """What the ids of the states stand for, at the times."""
    from isthmus.simulate.rates import run

    done = run(dynamics, horizon, times=times, rtol=rtol, atol=1e-3 * rtol * peaks)
    return done.observe(kernel.address, kernel.width, times)


def measure(name: str, model: Any, horizon: float) -> None:
    """Print a line a target."""
    from isthmus.algebra.expression import symbol
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import sbml_text
    from isthmus.simulate.rates import run

    dynamics = read_rates(model)
    times = np.linspace(0.0, horizon, 21)
    kernel = dynamics.kernel([symbol(state) for state in dynamics.states])
    peaks = np.abs(run(dynamics, horizon).solution.x).max(axis=0)
    peaks = np.maximum(peaks, 1e-15 * peaks.max())
    ours = partial(trajectory, dynamics, kernel, horizon, times, peaks)
    reference = ours(1e-11)
    errors = {rtol: worst(ours(rtol), reference) for rtol in LADDER}
    theirs: Ran | None = None
    if INTERPRETER:
        # One species at a time in one volume: concentrations and amounts differ by a factor of 1 here.
        job = {
            "sbml": sbml_text(model),
            "selections": [f"[{state}]" for state in dynamics.states],
            "times": times.tolist(),
            "rtols": LADDER,
            "atol": {s: 1e-3 * float(size) for s, size in zip(dynamics.states, peaks, strict=True)},
            "budget": BUDGET,
        }
        theirs = run_peer([job])[0]
    print(f"{name}: {len(dynamics.states)} states, {len(dynamics.terms)} terms", flush=True)
    if theirs is not None and theirs.curves:
        print(f"  the references agree to {worst(theirs.curves[min(theirs.curves)], reference):.1e}")
    for target in TARGETS:
        report(name, target, ours, errors, theirs, reference)


def report(
    name: str, target: float, ours: Any, errors: dict[float, float], theirs: Ran | None, reference: Any
) -> None:
    """Print the times at one target."""
    rtol = loosest(errors, target)
    if rtol != rtol:
        print(f"  within {target:.0e}: isthmus does not reach it")
        return
    seconds = best_of(partial(ours, rtol))
    text = f"  within {target:.0e}: isthmus {1e3 * seconds:.3f} ms ({rtol:.0e}, {errors[rtol]:.1e})"
    if theirs is not None:
        reached = {r: worst(curves, reference) for r, curves in theirs.curves.items()}
        chosen = loosest(reached, target)
        if chosen == chosen:
            ratio = theirs.seconds[chosen] / seconds
            text += (
                f", libRoadRunner {1e3 * theirs.seconds[chosen]:.3f} ms ({chosen:.0e}, {reached[chosen]:.1e})"
            )
            text += f", ratio {ratio:.1f}" + (f" (goal {GOALS[name]:g})" if name in GOALS else "")
        else:
            text += f", libRoadRunner does not reach it {theirs.failure}"
    print(text, flush=True)


def main(options: Sequence[str] = ()) -> None:
    """All workloads, or a model of one's own: --model FILE --horizon T."""
    for name, (model, horizon) in (own_model("warm", options) or workloads()).items():
        measure(name, model, horizon)


if __name__ == "__main__":
    main()
