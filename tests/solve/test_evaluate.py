"""Kernels as Python functions."""

import numpy as np
import pytest
from tests.solve import problems

from isthmus.errors import NumericalError
from isthmus.solve import (
    evaluate_jacobian,
    evaluate_many,
    evaluate_rate_jacobian,
    evaluate_rates,
    evaluate_slopes,
)

P = np.array(problems.ROBERTSON_P)
X = np.array([0.7, 1e-5, 0.3])


def test_rates_and_jacobian_by_hand():
    system = problems.robertson()
    np.testing.assert_allclose(evaluate_rates(system, 0.0, X, P), [0.028, 0.03, 3e-3])
    np.testing.assert_allclose(evaluate_slopes(system, 0.0, X, P), [0.002, -0.005, 0.003], rtol=1e-12)
    rows = np.array([[0.04, 0, 0], [0, 3000.0, 0.1], [0, 600.0, 0]])
    np.testing.assert_allclose(evaluate_rate_jacobian(system, 0.0, X, P), rows)
    np.testing.assert_allclose(evaluate_jacobian(system, 0.0, X, P), system.gain.dense() @ rows)


def test_many_points_equal_one_by_one():
    system = problems.robertson()
    states = X * np.linspace(0.5, 2, 7)[:, None]
    many = evaluate_many(system.rates_address, np.arange(7.0), states, P, 3)
    assert np.array_equal(many, [evaluate_rates(system, t, x, P) for t, x in enumerate(states)])


def test_each_point_may_have_parameters_of_its_own():
    system = problems.robertson()
    sets = np.asarray(P) * np.linspace(0.5, 2, 7)[:, None]
    many = evaluate_many(system.rates_address, np.zeros(7), np.tile(X, (7, 1)), sets, 3)
    assert np.array_equal(many, [evaluate_rates(system, 0.0, X, p) for p in sets])
    with pytest.raises(NumericalError, match="parameters of shape"):
        evaluate_many(system.rates_address, np.zeros(7), np.tile(X, (7, 1)), sets[:2], 3)


def test_time_reaches_the_kernel():
    system = problems.single(lambda t, x: t + x, lambda t, x: 1.0)
    assert evaluate_many(system.rates_address, [1.0, 2.0], [[10.0], [20.0]], [], 1).tolist() == [
        [11.0],
        [22.0],
    ]


def test_wrong_shapes_are_refused():
    system = problems.robertson()
    with pytest.raises(NumericalError, match="shape"):
        evaluate_rates(system, 0.0, X[:2], P)
    with pytest.raises(NumericalError, match="rows"):
        evaluate_many(system.rates_address, [0.0], np.ones((2, 3)), P, 3)
