"""Forward sensitivities of Huang and Ferrell's cascade to all rate constants and initial values.

Prints CPU milliseconds and achieved errors at several tolerances, and, where ISTHMUS_PEERS_PYTHON names the
interpreter of an environment that has pydiffsol, the same for pydiffsol in the same run, and the ratio at
equal error; then the same beside AMICI (`amici_peer`), for the rate constants alone, since initial values
are no parameters there. An error is the largest over quantities of the largest deviation of any state at any
output time from a run at rtol 1e-11, relative to the peak of that quantity's sensitivities over states and
times; the reference is isthmus' own, and the peers' tightest runs say how far they agree.
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

# The peers' interpreters run this file too, from no package.
if __package__:
    from benchmarks.amici_peer import run_amici

MODEL = Path(__file__).resolve().parent.parent / "examples" / "huang_ferrell_1996.ant"
HORIZON = 100.0
TIMES = np.linspace(0.0, HORIZON, 11)
TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
REPETITIONS = 100
SECONDS = 1.0
ERROR = 1e-4
# Of the smallest peak among the states, some 1e-5, a tenth.
ATOL = 1e-6
GOALS = {"pydiffsol": 3.0, "AMICI": 15.0}


def best_of(call: Callable[[], Any]) -> float:
    """The best CPU milliseconds of many calls, or of as many as fit into a second."""
    best, end = float("inf"), time.process_time() + SECONDS
    for _ in range(REPETITIONS):
        if time.process_time() > end:
            break
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
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


def best_rows(rows: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """The rows that no other beats in both time and error."""
    return [row for row in rows if not any(o is not row and o[1] <= row[1] and o[2] <= row[2] for o in rows)]


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
                    "atol": ATOL,
                    "sens_atol": ATOL,
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


def our_rows(problem: Any, reference: Any, control: bool) -> list[tuple[float, float, float]]:
    """(rtol, ms, error) at each tolerance."""
    rows = []
    for rtol in TOLERANCES:
        atol = problem.run(HORIZON, TIMES[-1:], rtol=rtol).attributes["atol"]
        call = partial(problem.run, HORIZON, TIMES, rtol=rtol, atol=atol, control=control)
        rows.append((rtol, best_of(call), deviation(call().values, reference)))
    return rows


def print_ratio(
    peer: str, ours: list[tuple[float, float, float]], theirs: list[tuple[float, float, float]]
) -> None:
    """The ratio at an error that both reached: nothing is extrapolated."""
    if not theirs:
        return
    ours, theirs = best_rows(ours), best_rows(theirs)
    error = min(ERROR, max(e for _, _, e in ours), max(e for _, _, e in theirs))
    error = max(error, min(e for _, _, e in ours), min(e for _, _, e in theirs))
    mine, other = at_error(ours, error), at_error(theirs, error)
    print(
        f"at error {error:.1e}: isthmus {mine:.2f} ms, {peer} {other:.2f} ms, {other / mine:.1f}× "
        f"(goal {GOALS[peer]:g}×)",
        flush=True,
    )


def beside_amici(dynamics: Any) -> None:
    """The rate constants alone, the sensitivities controlled on both sides."""
    from isthmus.formats import sbml_text
    from isthmus.simulate.sensitivities import SensitivityProblem

    job = {
        "sbml": sbml_text(dynamics.model),
        "name": "hf",
        "states": list(dynamics.states),
        "times": TIMES.tolist(),
        "tolerances": TOLERANCES,
        "atol": ATOL,
        "seconds": SECONDS,
    }
    found, parameters, failure = run_amici(job)
    if failure:
        print(f"AMICI: {failure}")
    if not found:
        return
    problem = SensitivityProblem.of(dynamics, wrt=parameters)
    reference = problem.run(HORIZON, TIMES, rtol=1e-11).values
    print(f"{len(parameters)} rate constants")
    ours = our_rows(problem, reference, True)
    theirs = [(rtol, ms, deviation(values, reference)) for rtol, ms, values in found]
    print_rows("isthmus, both controlled", ours)
    print_rows("AMICI, both controlled", theirs)
    print_ratio("AMICI", ours, theirs)


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
        rows = our_rows(problem, reference, control)
        print_rows(f"isthmus, {label}", rows)
        if interpreter:
            theirs = peer_rows(interpreter, dynamics, quantities, reference, control)
            print_rows(f"pydiffsol, {label}", theirs)
            print_ratio("pydiffsol", rows, theirs)
    beside_amici(dynamics)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        measure_peer(sys.argv[2])
    else:
        main()
