"""Tolerances from the size of each state, where sizes differ by orders of magnitude."""

import numpy as np
import pytest

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.rule import RateRule
from isthmus.simulate.rates import run
from isthmus.simulate.sweep import sweep

# Logistic growth from one cell to 1e14: x = K / (1 + (K - 1) exp(-r t)). An absolute tolerance of 1e-9 of
# the peak would be 1e5 cells.
CAPACITY, RATE, END = 1e14, 3.0, 15.0


def growth() -> Model:
    return Model(
        "growth",
        parameters=(
            Parameter("x", 1.0, constant=False),
            Parameter("r", RATE),
            Parameter("K", CAPACITY),
        ),
        rates=(RateRule("x", parse("r * x * (1 - x / K)")),),
    )


def exact(t, r=RATE):
    return CAPACITY / (1 + (CAPACITY - 1) * np.exp(-r * t))


@pytest.mark.parametrize("method", ["ndf", "radau", "cvode"])
def test_a_few_cells_that_grow_to_many(method):
    times = np.array([1.0, 5.0, 9.0, END])
    found = run(read_rates(growth()), END, times=times, rtol=1e-7, method=method).at(times)[:, 0]
    # Errors multiply with x until it saturates, r t of them: 45 times what a step may err, and some steps.
    np.testing.assert_allclose(found, exact(times), rtol=45 * 20 * 1e-7)


def test_a_sweep_of_such():
    rates = np.array([2.5, 2.8, 3.0, 3.3])
    times = np.array([1.0, 5.0, 9.0, END])
    dynamics = read_rates(growth())
    table = np.tile(dynamics.nominal, (len(rates), 1))
    table[:, dynamics.quantities.index("r")] = rates
    done = sweep(dynamics, table, END, times, rtol=1e-6, method="lanes")
    for row, rate in zip(np.asarray(done.values)[:, :, 0], rates, strict=True):
        np.testing.assert_allclose(row, exact(times, rate), rtol=50 * 20 * 1e-6)
