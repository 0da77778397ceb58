"""Forward sensitivities of Huang and Ferrell's cascade to all rate constants and initial values.

Prints milliseconds and achieved errors at several tolerances, and, where ISTHMUS_PEERS_PYTHON names the
interpreter of an environment that has pydiffsol, the same for pydiffsol in the same run, and the ratio at
equal error. An error is the largest over quantities of the largest deviation of any state at any output time
from a run at rtol 1e-11, relative to the peak of that quantity's sensitivities over states and times; the
reference is isthmus' own, and the peer's tightest run says how far the two agree.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

MODEL = Path(__file__).resolve().parent.parent / "examples" / "huang_ferrell_1996.ant"
HORIZON = 100.0
TIMES = np.linspace(0.0, HORIZON, 11)
TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
REPETITIONS = 100
SECONDS = 1.0
ERROR = 1e-4


def best_of(call: Callable[[], Any]) -> float:
    """The best milliseconds of many calls, or of as many as fit into a second."""
    best, end = float("inf"), time.perf_counter() + SECONDS
    for _ in range(REPETITIONS):
        if time.perf_counter() > end:
            break
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def measure_peer(task: str) -> None:
    """Run in the peer's interpreter: print [rtol, ms] as JSON, and save the arrays beside the task."""
    import pydiffsol  # type: ignore[import-not-found, unused-ignore]

    work = json.loads(Path(task).read_text())
    values, times = np.array(work["values"]), np.array(work["times"])
    rows = []
    for rtol in work["tolerances"]:
        ode = pydiffsol.Ode(
            work["code"],
            matrix_type=pydiffsol.faer_sparse,
            ode_solver=pydiffsol.bdf,
            jit_backend=pydiffsol.llvm,
        )
        ode.rtol, ode.atol = rtol, rtol * work["atol"]
        if work["control"]:
            ode.sens_rtol, ode.sens_atol = rtol, rtol * work["sens_atol"]
        found = ode.solve_fwd_sens(values, times)
        # (quantities, states, times) → (times, states, quantities)
        np.save(
            f"{task}.{rtol:g}.npy", np.transpose(np.array([np.asarray(s) for s in found.sens]), (2, 1, 0))
        )
        rows.append([rtol, best_of(partial(ode.solve_fwd_sens, values, times))])
    sys.stdout.write(json.dumps(rows) + "\n")


def letters(prefix: str, number: int) -> str:
    return prefix + chr(97 + number // 26) + chr(97 + number % 26)


def diffsl(dynamics: Any, quantities: tuple[str, ...]) -> str:
    """The model in pydiffsol's language: the same resolved rates, the states starting at quantities."""
    from isthmus.algebra.expression import number, symbol
    from isthmus.algebra.infix_printer import infix
    from isthmus.algebra.substitute import substitute

    nominal = dict(zip(dynamics.quantities, dynamics.nominal, strict=True))
    parameters = {str(node.value): node for node in dynamics.parameter_symbols}
    renamed = {node: symbol(letters("s", i)) for i, node in enumerate(dynamics.state_symbols)}
    renamed |= {
        node: symbol(letters("p", quantities.index(name)))
        if name in quantities
        else number(float(nominal[name]))
        for name, node in parameters.items()
        if name in nominal
    }
    rates = [infix(rate) for rate in substitute([term.formula for term in dynamics.terms], renamed)]
    slopes = [
        " + ".join(f"({float(weight)!r})*({rates[term]})" for term, weight in row.items()) or "0.0"
        for row in dynamics.gain
    ]
    given = ", ".join(f"{letters('p', i)} = {float(nominal[q])!r}" for i, q in enumerate(quantities))
    states = range(len(dynamics.states))
    starts = ", ".join(
        f"{letters('s', i)} = {letters('p', quantities.index(dynamics.states[i]))}" for i in states
    )
    shown = ", ".join(letters("s", i) for i in states)
    lines = [
        f"in_i {{ {given} }}",
        f"u_i {{ {starts} }}",
        f"F_i {{ {', '.join(slopes)} }}",
        f"out_i {{ {shown} }}",
    ]
    return "\n".join(lines).replace("^", "**")


def deviation(values: Any, reference: Any) -> float:
    """The largest error over quantities, each relative to its peak."""
    peak = np.abs(reference).max(axis=(0, 1))
    return float((np.abs(values - reference).max(axis=(0, 1)) / np.where(peak > 0.0, peak, 1.0)).max())


def at_error(rows: list[tuple[float, float, float]], error: float) -> float:
    """Milliseconds at an achieved error, between rows (rtol, ms, error) on logarithmic scales."""
    ordered = sorted((np.log(e), np.log(ms)) for _, ms, e in rows)
    return float(np.exp(np.interp(np.log(error), [e for e, _ in ordered], [ms for _, ms in ordered])))


def print_rows(label: str, rows: list[tuple[float, float, float]]) -> None:
    for rtol, milliseconds, error in rows:
        print(f"{label:<28} {rtol:>8.0e} {milliseconds:>9.2f} {error:>10.1e}", flush=True)


def peer_rows(
    interpreter: str, dynamics: Any, quantities: tuple[str, ...], reference: Any, control: bool
) -> Any:
    nominal = dict(zip(dynamics.quantities, dynamics.nominal, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task"
        task.write_text(
            json.dumps(
                {
                    "code": diffsl(dynamics, quantities),
                    "values": [float(nominal[q]) for q in quantities],
                    "times": TIMES.tolist(),
                    "tolerances": TOLERANCES,
                    # Of the smallest peak among the states, some 1e-5, a tenth.
                    "atol": 1e-6,
                    "sens_atol": 1e-6,
                    "control": control,
                }
            )
        )
        done = subprocess.run([interpreter, __file__, "--peer", str(task)], capture_output=True, text=True)
        if done.returncode:
            print(f"pydiffsol did not run: {done.stderr.strip().splitlines()[-1:]}")
            return []
        timed = json.loads(done.stdout.splitlines()[-1])
        return [(rtol, ms, deviation(np.load(f"{task}.{rtol:g}.npy"), reference)) for rtol, ms in timed]


def main() -> None:
    """Print one line a tolerance, and the ratios."""
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import read_model
    from isthmus.simulate.sensitivities import SensitivityProblem

    dynamics = read_rates(read_model(MODEL))
    compartments = {compartment.id for compartment in dynamics.model.compartments}
    quantities = tuple(name for name in dynamics.quantities if name not in compartments)
    problem = SensitivityProblem.of(dynamics, wrt=quantities)
    reference = problem.run(HORIZON, TIMES, rtol=1e-11).values
    print(f"{len(dynamics.states)} states, {len(quantities)} quantities, {len(TIMES)} times to {HORIZON:g}")
    print(f"{'':<28} {'rtol':>8} {'ms':>9} {'error':>10}")
    interpreter = os.environ.get("ISTHMUS_PEERS_PYTHON", "")
    for control in (False, True):
        label = "both controlled" if control else "states only"
        rows = []
        for rtol in TOLERANCES:
            atol = problem.run(HORIZON, TIMES[-1:], rtol=rtol).attributes["atol"]

            def call(rtol: float = rtol, atol: Any = atol, control: bool = control) -> Any:
                return problem.run(HORIZON, TIMES, rtol=rtol, atol=atol, control=control)

            rows.append((rtol, best_of(call), deviation(call().values, reference)))
        print_rows(f"isthmus, {label}", rows)
        if not interpreter:
            continue
        theirs = peer_rows(interpreter, dynamics, quantities, reference, control)
        print_rows(f"pydiffsol, {label}", theirs)
        if theirs:
            # An error that both reached: nothing is extrapolated.
            error = min(ERROR, max(e for _, _, e in rows), max(e for _, _, e in theirs))
            ours, peer = at_error(rows, error), at_error(theirs, error)
            print(f"at error {error:.1e}: isthmus {ours:.2f} ms, pydiffsol {peer:.2f} ms, {peer / ours:.1f}×")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        measure_peer(sys.argv[2])
    else:
        main()
