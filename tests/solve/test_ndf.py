"""The NDF integrator against published values, closed forms and its slow twin."""

import numpy as np
import pytest
from scipy.linalg import expm
from tests.reference.ndf import integrate as integrate_plainly
from tests.solve import problems

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.solve import SparseMatrix, solve_ndf


def test_robertson_published():
    solution = solve_ndf(
        problems.robertson(), 0, 40, [1, 0, 0], problems.ROBERTSON_P, 1e-8, [1e-10, 1e-14, 1e-10]
    )
    assert solution.ok
    # Ten digits are published; a global error of 30 times the tolerance is usual for BDF.
    np.testing.assert_allclose(solution.x[-1], problems.ROBERTSON_40, rtol=3e-7)
    np.testing.assert_allclose(solution.x.sum(axis=1), 1.0, rtol=1e-12)


def test_hires_published():
    solution = solve_ndf(problems.hires(), 0, problems.HIRES_END, problems.HIRES_START, [], 1e-8, 1e-12)
    assert solution.ok
    np.testing.assert_allclose(solution.x[-1], problems.HIRES_VALUES, rtol=1e-5)


def test_van_der_pol_published():
    solution = solve_ndf(problems.van_der_pol(1e-6), 0, 2, [2, 0], [], 1e-8, 1e-8)
    assert solution.ok
    np.testing.assert_allclose(solution.x[-1], problems.VAN_DER_POL_VALUES, rtol=1e-5)


@pytest.mark.parametrize("with_mass", [False, True])
def test_linear_against_exponential(with_mass):
    random = np.random.Generator(np.random.Philox(7))
    size = 12
    matrix = random.normal(size=(size, size)) - 4.0 * np.eye(size)
    mass = np.eye(size) + 0.2 * random.normal(size=(size, size)) if with_mass else None
    start = random.normal(size=size)
    solution = solve_ndf(problems.linear(matrix, mass), 0.0, 2.0, start, [], 1e-9, 1e-11)
    exponent = matrix if mass is None else np.linalg.solve(mass, matrix)
    times = np.linspace(0.0, 2.0, 23)
    exact = np.array([expm(exponent * t) @ start for t in times])
    np.testing.assert_allclose(solution.at(times), exact, atol=1e-7 * np.abs(exact).max())


def test_time_dependent_rates():
    # x' = -50 (x - cos t): x = (2500 cos t + 50 sin t) / 2501 + c exp(-50 t)
    system = problems.single(lambda t, x: -50 * (x - np.cos(t)), lambda t, x: -50.0)
    solution = solve_ndf(system, 0.0, 3.0, [0.0], [], 1e-9, 1e-11)
    times = np.linspace(0, 3, 40)
    exact = (2500 * np.cos(times) + 50 * np.sin(times) - 2500 * np.exp(-50 * times)) / 2501
    np.testing.assert_allclose(solution.at(times)[:, 0], exact, atol=1e-7)


def test_error_follows_tolerance():
    tolerances = 10.0 ** np.arange(-4, -11, -1)
    errors = []
    for tolerance in tolerances:
        x = solve_ndf(
            problems.hires(), 0, problems.HIRES_END, problems.HIRES_START, [], tolerance, 1e-3 * tolerance
        ).x
        errors.append(np.abs(x[-1] / problems.HIRES_VALUES - 1).max())
    # Tolerance proportionality of an error-per-step code: slope k/(k+1) to 1 for orders 1 to 5 .
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert 0.6 < slope < 1.2
    assert errors[-1] < 1e-4 * errors[0]


def test_dense_output_as_accurate_as_the_steps():
    loose, tight = (
        solve_ndf(problems.hires(), 0, 20, problems.HIRES_START, [], rtol, 1e-3 * rtol)
        for rtol in (1e-6, 1e-11)
    )
    at_steps = np.abs(loose.x - tight.at(loose.t)).max()
    middle = 0.5 * (loose.t[1:] + loose.t[:-1])
    between = np.abs(loose.at(middle) - tight.at(middle)).max()
    assert at_steps < 1e-4
    assert between < 3 * at_steps


def test_dense_output_at_the_steps_is_the_steps():
    solution = solve_ndf(problems.robertson(), 0, 40, [1, 0, 0], problems.ROBERTSON_P)
    assert np.array_equal(solution.at(solution.t), solution.x)
    before = np.nextafter(solution.t[1:], 0)
    np.testing.assert_allclose(solution.at(before), solution.x[1:], rtol=1e-9, atol=1e-15)
    # The polynomial of a step also passes through the step's own start.
    after = np.nextafter(solution.t[:-1], np.inf)
    np.testing.assert_allclose(solution.at(after)[5:], solution.x[5:-1], rtol=1e-9, atol=1e-15)


def test_orders_reach_five_and_steps_outgrow_first_room():
    solution = solve_ndf(problems.van_der_pol(1e-3), 0, 2, [2, 0], [], 1e-9, 1e-9)
    assert solution.order.max() == 5
    assert solution.steps > 1000
    assert len(solution.differences) == solution.order.sum()
    assert (np.diff(solution.t) > 0).all()


@pytest.mark.parametrize("name", ["robertson", "hires", "cascade"])
def test_slow_twin(name):
    arguments: tuple
    if name == "cascade":
        dynamics = read_rates(read_model(problems.cascade(20)))
        system, (x, p) = dynamics.live_system, dynamics.start()
        arguments = (0.0, 50.0, x, p, 1e-4, np.full(len(x), 1e-8))
    elif name == "robertson":
        system = problems.robertson()
        arguments = (0.0, 40.0, [1.0, 0, 0], problems.ROBERTSON_P, 1e-6, np.full(3, 1e-9))
    else:
        system = problems.hires()
        arguments = (0.0, problems.HIRES_END, list(problems.HIRES_START), (), 1e-6, np.full(8, 1e-10))
    fast = solve_ndf(system, *arguments)
    times, states = integrate_plainly(system, *arguments)
    assert len(times) == len(fast.t)
    np.testing.assert_allclose(times, fast.t, rtol=1e-6)
    # Same decisions; rounding is all that differs.
    np.testing.assert_allclose(states, fast.x, rtol=1e-6, atol=1e-12)


def test_a_matrix_that_slows_iterations_is_made_anew():
    dynamics = read_rates(read_model(problems.cascade(40)))
    x, p = dynamics.start()
    counts = solve_ndf(dynamics.live_system, 0.0, 50.0, x, p, 1e-4, np.full(len(x), 1e-8)).counts
    # The signal passes tier by tier while the step stays: with one matrix for all, 1.5 iterations a step.
    assert counts.rates < 1.4 * counts.steps
    # And not a matrix a step, or two.
    assert counts.factorisations < 0.2 * counts.steps


def test_never_evaluates_past_the_end():
    latest = []

    def rate(t, x):
        latest.append(t)
        return -x / max(1.0 - t, 0.0) ** 0.5 if t <= 1.0 and t < 1.0 else -x

    system = problems.single(rate, lambda t, x: -1.0 / max(1.0 - t, 1e-12) ** 0.5)
    solve_ndf(system, 0.0, 1.0, [1.0], [], 1e-6, 1e-9)
    assert max(latest) <= 1.0


def test_dense_matrix_needs_pivoting():
    # The diagonal of A is zero, so elimination must exchange rows once the step is large.
    matrix = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-6e6, -1.1e5, -607.0]])
    start = np.array([1.0, 0.0, 0.0])
    solution = solve_ndf(problems.linear(matrix), 0.0, 1.0, start, [], 1e-8, [1e-10, 1e-9, 1e-8])
    np.testing.assert_allclose(solution.x[-1], expm(matrix) @ start, atol=1e-6)


def test_many_states():
    size = 150
    matrix = np.diag(np.full(size, -2.0)) + np.diag(np.ones(size - 1), 1) + np.diag(np.ones(size - 1), -1)
    start = np.sin(np.pi * np.arange(1, size + 1) / (size + 1))
    rate = 2.0 - 2.0 * np.cos(np.pi / (size + 1))
    solution = solve_ndf(problems.linear(matrix * 1e3), 0.0, 1.0, start, [], 1e-8, 1e-10)
    np.testing.assert_allclose(solution.x[-1], start * np.exp(-rate * 1e3), rtol=1e-6)


def test_sparse_matrix_round_trip():
    dense = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, -3.0]])
    sparse = SparseMatrix.from_dense(dense)
    assert np.array_equal(sparse.dense(), dense)
    assert np.array_equal(sparse.times(np.array([1.0, 2.0, 3.0])), dense @ [1.0, 2.0, 3.0])
