"""CPU times of what a search does most: a trajectory, a relaxation, the set-up of a trial, a whole trial.

On Huang and Ferrell 1996 (22 states, 30 rate terms), observing K_PP to 5 % over 100 time units, with the
candidates that a greedy descent tries on the nominal condition. A row is the best of a few repetitions,
since noise only adds. The first rows are a fresh process with an empty code cache.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from isthmus.dynamics.constrained import Constrained, constrain
from isthmus.dynamics.rates import read_rates
from isthmus.dynamics.system import Floats, System
from isthmus.formats import read
from isthmus.model.reduction import Reduction
from isthmus.solve.equations import packed
from isthmus.solve.ndf import solve_ndf
from isthmus.solve.relax import relax
from isthmus.solve.result import Solution
from isthmus.study.bench import make_bench, read_core
from isthmus.study.question import Asked, ask
from isthmus.study.search.conditions import Bench, Condition, settle
from isthmus.study.search.landscape import all_steps, promising, survey
from isthmus.study.search.trial import attempt

MODEL = Path(__file__).resolve().parent.parent / "examples" / "huang_ferrell_1996.ant"
QUESTION = Asked(("K_PP",), "5%", "100")
TOLERANCE, BOUND = 0.05, 0.04
REPETITIONS = 15
COLD = """
import time
from isthmus.solve import solve_ndf, relax
from tests.solve.problems import ROBERTSON_P, robertson
system, start = robertson(), time.process_time()
solve_ndf(system, 0, 40, [1, 0, 0], ROBERTSON_P).at([1.0])
middle = time.process_time()
relax(system, [1.0, 0.0, 0.0], ROBERTSON_P)
print(middle - start, time.process_time() - middle)
"""


def cold_seconds() -> tuple[float, float]:
    """CPU seconds to compile the integrator, and then the relaxation, with nothing cached."""
    with tempfile.TemporaryDirectory() as folder:
        root = str(MODEL.parent.parent)
        environment = os.environ | {"XDG_CACHE_HOME": folder, "PYTHONPATH": f"{root}/src:{root}"}
        done = subprocess.run(
            [sys.executable, "-c", COLD], env=environment, capture_output=True, text=True, check=True
        )
    first, second = done.stdout.split()
    return float(first), float(second)


def micros(works: Sequence[Callable[[], object]]) -> float:
    """Mean over pieces of work of the best CPU microseconds of each."""
    total = 0.0
    for work in works:
        best = float("inf")
        for _ in range(REPETITIONS):
            start = time.process_time()
            work()
            best = min(best, time.process_time() - start)
        total += best
    return 1e6 * total / len(works)


def prepare() -> tuple[Bench, Condition, list[Reduction]]:
    """The bench, the nominal condition and the candidates of a descent, failures included."""
    model = read(str(MODEL)).model
    question = ask(read_rates(model), QUESTION)
    dynamics = read_core(model, question)
    bench, _ = make_bench(dynamics, question)
    conditions = settle(bench, [dynamics.nominal])
    steps = all_steps(survey(bench, conditions), [str(term.owner) for term in dynamics.terms])
    accepted, tried = Reduction(), []
    for step in promising(bench, conditions, steps, 3 * TOLERANCE):
        candidate = step.on(accepted)
        if candidate is not None:
            tried.append(candidate)
            if attempt(bench, candidate, conditions, BOUND).worst <= BOUND:
                accepted = candidate
    return bench, conditions[0], tried


def main() -> None:
    """Print one line a row."""
    compile_ndf, compile_relax = cold_seconds()
    bench, condition, tried = prepare()
    states, gain, full = bench.dynamics.states, bench.dynamics.gain_by_state, bench.system
    start, p, scale = condition.start, condition.parameters, bench.atol

    def made(candidate: Reduction) -> Constrained | None:
        return constrain(states, gain, full, candidate)

    def trajectory() -> Solution:
        return solve_ndf(full, 0.0, bench.question.horizon, start, p, bench.rtol, scale)

    runnable = [candidate for candidate in tried if made(candidate) is not None]
    known = [one for candidate in runnable if (one := made(candidate)) is not None]
    implicit = [one.relaxing for one in known if one.relaxation.shape[1]]
    rows: dict[str, Sequence[Callable[[], object]]] = {
        f"constrain ({len(tried)} candidates)": [partial(made, candidate) for candidate in tried],
        "set-up of a system": [partial(_fresh, one.system) for one in known],
        "relax, system known": [partial(relax, one, start, p, scale=scale) for one in implicit],
        "relax, new system": [partial(_relax_fresh, one, start, p, scale) for one in implicit],
        "full trajectory": [trajectory] * 5,
        f"trial ({len(runnable)} that can run)": [
            partial(attempt, bench, one, [condition], float("inf")) for one in runnable
        ],
    }
    print(f"{'compile integrator, nothing cached':<40} {compile_ndf:>10.1f} s")
    print(f"{'compile relaxation after that':<40} {compile_relax:>10.1f} s")
    for label, works in rows.items():
        print(f"{label:<40} {micros(works):>10.0f} µs")


def _fresh(system: System) -> object:
    return packed(replace(system))


def _relax_fresh(system: System, start: Floats, p: Floats, scale: Floats) -> object:
    return relax(replace(system), start, p, scale=scale)


if __name__ == "__main__":
    main()
