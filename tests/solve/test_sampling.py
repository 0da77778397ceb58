"""What is kept in place of steps: the dense solution's own values, to the bit."""

import numpy as np
import pytest

from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UsageError
from isthmus.formats import read_model
from isthmus.simulate.rates import run
from isthmus.solve.ndf import sample_ndf, solve_ndf
from isthmus.solve.result import ResultCode, Samples, Solution

OSCILLATOR = "-> X; A + X*X*Y - (B + 1)*X; -> Y; B*X - X*X*Y; A = 1; B = 3; X = 1; Y = 1"
BLOW_UP = "-> S; S*S; S = 1"


def problem(text):
    dynamics = read_rates(read_model(text))
    return dynamics, dynamics.live_system, *dynamics.start()


def test_values_are_those_of_the_dense_solution():
    _, system, start, p = problem(OSCILLATOR)
    dense = solve_ndf(system, 0.0, 20.0, start, p, 1e-6, 1e-9)
    # Ends, steps' own times, one time twice, and many between.
    times = np.sort([0.0, 20.0, dense.t[7], dense.t[7], *np.linspace(0.0, 20.0, 333)])
    sampled = sample_ndf(system, 0.0, 20.0, start, p, 1e-6, 1e-9, times=times)
    np.testing.assert_array_equal(sampled.at_times, dense.at(times))
    assert (sampled.code, sampled.counts, sampled.steps) == (dense.code, dense.counts, dense.steps)
    np.testing.assert_array_equal(sampled.t, [0.0, 20.0])
    np.testing.assert_array_equal(sampled.x, [dense.x[0], dense.x[-1]])


def test_no_times_at_all():
    _, system, start, p = problem(OSCILLATOR)
    sampled = sample_ndf(system, 0.0, 20.0, start, p, times=[])
    assert sampled.ok
    assert sampled.at_times.shape == (0, 2)


def test_times_that_were_not_reached_are_no_numbers():
    _, system, start, p = problem(BLOW_UP)
    times = np.array([0.0, 0.5, 0.9, 1.5, 2.0])
    sampled = sample_ndf(system, 0.0, 2.0, start, p, 1e-8, 1e-10, times=times)
    dense = solve_ndf(system, 0.0, 2.0, start, p, 1e-8, 1e-10)
    assert sampled.code == dense.code != ResultCode.SUCCESS
    assert sampled.t[-1] == dense.t[-1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_array_equal(sampled.x[-1], dense.x[-1])
    np.testing.assert_allclose(sampled.at_times[:3, 0], 1.0 / (1.0 - times[:3]), rtol=1e-5)
    assert np.isnan(sampled.at_times[3:]).all()


def test_constraints_put_the_first_value_in_its_place():
    dynamics = read_rates(read_model("S -> ; k*T; T := S^2; k = 1; S = 2"))
    found = run(dynamics, 3.0, times=[0.0, 1.0, 3.0])
    # S' = -S^2
    np.testing.assert_allclose(found.at([0.0, 1.0, 3.0])[:, 0], [2.0, 2.0 / 3.0, 2.0 / 7.0], rtol=1e-5)


@pytest.mark.parametrize("times", [[1.0, 0.5], [-1.0], [21.0], [0.0, np.nan]])
def test_times_out_of_order_or_of_the_run_are_refused(times):
    _, system, start, p = problem(OSCILLATOR)
    with pytest.raises(NumericalError, match="times"):
        sample_ndf(system, 0.0, 20.0, start, p, times=times)


def test_an_empty_span_and_a_system_that_stands():
    _, system, start, p = problem(OSCILLATOR)
    done = sample_ndf(system, 1.0, 1.0, start, p, times=[1.0])
    np.testing.assert_array_equal(done.at_times, [start])


def test_peaks_are_those_of_the_steps():
    _, system, start, p = problem(OSCILLATOR)
    dense = solve_ndf(system, 0.0, 20.0, start, p, 1e-6, 1e-9)
    sampled = sample_ndf(system, 0.0, 20.0, start, p, 1e-6, 1e-9, times=[3.0])
    np.testing.assert_array_equal(sampled.peaks, np.abs(dense.x).max(axis=0))
    np.testing.assert_array_equal(dense.peaks, sampled.peaks)
    standing = sample_ndf(system, 2.0, 2.0, start, p, times=[])
    np.testing.assert_array_equal(standing.peaks, np.abs(start))


def test_a_run_knows_the_times_that_it_was_asked_for():
    dynamics, *_ = problem(OSCILLATOR)
    dense, sampled = run(dynamics, 20.0), run(dynamics, 20.0, times=[15.0, 5.0])
    assert isinstance(dense.solution, Solution)
    assert isinstance(sampled.solution, Samples)
    np.testing.assert_array_equal(sampled.at([15.0, 5.0]), dense.at([15.0, 5.0]))
    with pytest.raises(UsageError, match="not asked for"):
        sampled.at([6.0])
    kernel = dynamics.kernel([symbol("X")])
    assert len(dense.observe_steps(kernel.address, kernel.width)) == dense.solution.steps + 1
    with pytest.raises(UsageError, match="kept none"):
        sampled.observe_steps(kernel.address, kernel.width)
