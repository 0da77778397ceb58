"""Work against precision on stiff problems with published solutions, for every integrator that is shipped.

Prints, for each problem and method, CPU milliseconds and the largest relative error of the states at the
published end, by tolerance, and the slope of log error against log tolerance: 1 where the error is in
proportion. The problems and their sources are in `tests/reference/stiff_problems.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tests.reference.stiff_problems import PROBLEMS, StiffProblem, dynamics_of, relative_error

TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
METHODS = ("ndf", "lanes", "cvode", "ida", "radau")
# SciPy's Radau is interpreted: its tightest runs take seconds.
SLOW = {"radau": TOLERANCES[:4]}


def runner(problem: StiffProblem, method: str, rtol: float) -> Callable[[], Any]:
    """What integrates to the end once and returns the states there."""
    from isthmus.simulate.rates import run
    from isthmus.simulate.sweep import sweep

    dynamics, atol, end = dynamics_of(problem), rtol * problem.atol, problem.end
    start = float(dynamics.nominal[dynamics.quantities.index("y1")])

    def alone() -> Any:
        return run(dynamics, end, times=[end], rtol=rtol, atol=atol, method=method).at([end])[0]

    def on_lanes() -> Any:
        found = sweep(dynamics, {"y1": [start]}, end, [end], rtol=rtol, atol=atol, method="lanes", workers=1)
        return np.asarray(found.values)[0, 0]

    return on_lanes if method == "lanes" else alone


def measured(call: Callable[[], Any]) -> tuple[float, Any]:
    """(the best CPU milliseconds of three calls, what they return)."""
    best, found = float("inf"), None
    for _ in range(3):
        begun = time.process_time()
        found = call()
        best = min(best, time.process_time() - begun)
    return 1e3 * best, found


def main() -> None:
    """Print a line a problem and method."""
    from isthmus.errors import NumericalError

    for problem in PROBLEMS:
        print(f"{problem.name}: ms (error) at rtol " + ", ".join(f"{rtol:.0e}" for rtol in TOLERANCES))
        for method in METHODS:
            cells: list[str] = []
            tolerances: list[float] = []
            errors: list[float] = []
            for rtol in SLOW.get(method, TOLERANCES):
                try:
                    milliseconds, found = measured(runner(problem, method, rtol))
                except NumericalError as error:
                    cells.append(error.code)
                    continue
                error_here = relative_error(problem, found)
                tolerances.append(float(np.log(rtol)))
                errors.append(float(np.log(error_here)))
                cells.append(f"{milliseconds:.2f} ({error_here:.0e})")
            slope = np.polyfit(tolerances, errors, 1)[0] if len(errors) > 1 else float("nan")
            print(f"  {method:<6} slope {slope:.2f}: {', '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
