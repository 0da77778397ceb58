"""Published solutions of stiff problems, proportion to the tolerance, orders of the fixed-step formulas."""

import math

import numpy as np
import pytest
from tests.reference.stiff_problems import (
    HIRES,
    OREGONATOR,
    POLLUTION,
    PROBLEMS,
    ROBERTSON,
    VAN_DER_POL,
    StiffProblem,
    dynamics_of,
    relative_error,
)

from isthmus.simulate.rates import run
from isthmus.simulate.sweep import sweep
from isthmus.solve.compiled import compiled
from isthmus.solve.native_call import floats_at
from isthmus.solve.ndf_formula import ALPHA, accept, predict

METHODS = ("ndf", "cvode", "ida", "lanes")
# Errors grow along a solution: by what every problem multiplies those of a step, to an order of magnitude.
# The relaxation oscillators turn an early error into a phase; elsewhere hundreds of steps add up.
AMPLIFIED = {ROBERTSON: 1e2, HIRES: 1e2, OREGONATOR: 1e3, VAN_DER_POL: 1e2, POLLUTION: 1e1}


def end_of(problem: StiffProblem, method: str, rtol: float) -> np.ndarray:
    dynamics, atol = dynamics_of(problem), rtol * problem.atol
    if method != "lanes":
        done = run(dynamics, problem.end, times=[problem.end], rtol=rtol, atol=atol, method=method)
        return done.at([problem.end])[0]
    start = float(dynamics.nominal[dynamics.quantities.index("y1")])
    found = sweep(
        dynamics, {"y1": [start]}, problem.end, [problem.end], rtol=rtol, atol=atol, method=method, workers=1
    )
    return np.asarray(found.values)[0, 0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_published_solutions_are_met_in_proportion_to_the_tolerance(
    problem: StiffProblem, method: str
) -> None:
    loose, tight = 1e-5, 1e-8
    coarse = relative_error(problem, end_of(problem, method, loose))
    fine = relative_error(problem, end_of(problem, method, tight))
    assert fine <= AMPLIFIED[problem] * tight * 10.0
    assert coarse <= AMPLIFIED[problem] * loose * 10.0
    # A thousandfold tolerance buys a tenfold error, however lucky the coarse run, or it was there already.
    assert fine <= max(0.1 * coarse, tight)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_the_third_opinion_agrees(problem: StiffProblem) -> None:
    assert relative_error(problem, end_of(problem, "radau", 1e-6)) <= AMPLIFIED[problem] * 1e-6


def test_a_wrong_constant_is_seen() -> None:
    wrong = StiffProblem("wrong", HIRES.text.replace("8.32", "8.33"), HIRES.end, HIRES.solution, HIRES.atol)
    assert relative_error(wrong, end_of(wrong, "ndf", 1e-8)) > 1e-4


STIFFNESS, END = -3.0, 2.0


def forced(t: float) -> float:
    """The solution of x' = -3 (x - s) + s', s = sin(2 t) + exp(-t), that starts on it."""
    return math.sin(2.0 * t) + math.exp(-t)


@compiled
def march(differences: int, scratch: int, order: int, h: float, steps: int) -> float:
    """Fixed steps of the shipped formula on a linear equation, whose step is solved exactly."""
    rows, work = floats_at(differences), floats_at(scratch)
    predicted, psi, correction = floats_at(scratch), floats_at(scratch + 8), floats_at(scratch + 16)
    c = h / ALPHA[order]
    for step in range(steps):
        t = (step + 1) * h
        predict(1, rows, order, predicted, psi)
        source = math.sin(2.0 * t) + math.exp(-t)
        slope = STIFFNESS * (work[0] - source) + 2.0 * math.cos(2.0 * t) - math.exp(-t)
        correction[0] = (c * slope - work[1]) / (1.0 - c * STIFFNESS)
        accept(1, rows, order, correction)
    return float(rows[0])


@pytest.mark.parametrize("order", range(1, 6))
def test_fixed_steps_have_the_order_of_the_formula(order: int) -> None:
    counts, errors = np.array([226, 320, 452, 640]), []
    for count in counts:
        h = END / count
        values = np.array([forced(-k * h) for k in range(8)])
        table, row = np.zeros(8), values
        for j in range(8):
            table[j], row = row[0], row[:-1] - row[1:]
        # Rows above the order hold what accept leaves there: the difference of corrections.
        table[order + 1 :] = 0.0
        scratch = np.zeros(3)
        found = march(table.ctypes.data, scratch.ctypes.data, order, h, int(count))
        errors.append(abs(found - forced(END)))
    measured = np.polyfit(np.log(END / counts), np.log(errors), 1)[0]
    assert abs(measured - order) < 0.2
