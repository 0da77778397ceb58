"""The linearised dynamics on arrays: exact eigenvalues, exact zero modes, participations that add up."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.errors import NumericalError
from isthmus.scales.linearised import network, spectrum


def gain(*dense):
    return [{j: Fraction(v) for j, v in enumerate(row) if v} for row in dense]


def chain(rates):
    """X1 → X2 → … → Xn → nothing, one term a step."""
    n = len(rates)
    rows = [[0] * n for _ in range(n)]
    for i in range(n):
        rows[i][i] = -1
        if i + 1 < n:
            rows[i + 1][i] = 1
    return gain(*rows), np.diag(np.asarray(rates, dtype=float))


def test_open_chain_has_its_rates_as_eigenvalues():
    rates = [1e6, 3.0, 1e-7, 40.0]
    rows, slopes = chain(rates)
    found = spectrum(network(rows, 4, [False] * 4), slopes)
    # A triangular matrix: LAPACK's permutation isolates its eigenvalues, which are then its diagonal exactly.
    np.testing.assert_allclose(found.values.real, [-1e6, -40.0, -3.0, -1e-7], rtol=1e-12)
    np.testing.assert_array_equal(found.values.imag, 0.0)


def test_closed_isomerisation_has_one_mode_and_one_total():
    # A ⇌ B: λ = −(k₊ + k₋), right vector (1, −1), left vector ∝ (k₊, −k₋): participations k₊ and k₋ over
    # their sum.
    net = network(gain([-1, 1], [1, -1]), 2, [False, False])
    assert net.conserved == 1
    found = spectrum(net, np.array([[3.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_allclose(found.values, [-4.0], rtol=1e-14)
    np.testing.assert_allclose(found.species, [[0.75, 0.25]], rtol=1e-13)
    np.testing.assert_allclose(found.terms, [[-3.0, -1.0]], rtol=1e-13)
    np.testing.assert_allclose(found.diagonal, [-3.0, -1.0])


def test_slow_mode_beside_a_conserved_total_is_not_lost():
    # A threshold on |λ| would take the leak of 1e-9 for a zero mode beside rates of 1e6.
    rows = gain([-1, 1, -1, 0], [1, -1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1])
    slopes = np.zeros((4, 4))
    slopes[0, 0] = slopes[1, 1] = 1e6
    slopes[2, 0] = 1e-9
    slopes[3, 2] = 1.0
    found = spectrum(network(rows, 4, [False] * 4), slopes)
    # The fast block is [[−k, k], [k, −k − δ/…]]: the leak is seen through A alone, half of the pool, so δ/2.
    # Rounding: eps·k.
    assert len(found.values) == 3
    assert abs(found.values.real).min() == pytest.approx(5e-10, abs=1e6 * 4 * np.finfo(float).eps)


def test_oscillator_has_a_conjugate_pair():
    # x' = −y, y' = x as two terms: λ = ±i.
    found = spectrum(network(gain([-1, 0], [0, 1]), 2, [False, False]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_allclose(sorted(found.values.imag), [-1.0, 1.0], rtol=1e-14)
    np.testing.assert_allclose(found.species, 0.5, rtol=1e-13)


def test_a_product_that_nothing_feels_has_a_zero_mode_of_its_own():
    # Nothing → A → B: B only accumulates. No total is conserved, yet one eigenvalue is zero, and it is B.
    found = spectrum(network(gain([-1], [1]), 1, [False, False]), np.array([[2.0, 0.0]]))
    assert len(found.values) == 1
    found = spectrum(network(gain([1, -1], [0, 1]), 2, [False, False]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    np.testing.assert_allclose(found.values, [-2.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(found.species, [[1.0, 0.0], [0.0, 1.0]], atol=1e-15)


def test_an_algebraic_state_is_followed_along_its_constraint():
    # x' = −z with 0 = 2x − z: the eigenvalue is −2, and z is no mode.
    net = network(gain([-1, 0], [0, 1]), 2, [False, True])
    found = spectrum(net, np.array([[0.0, 1.0], [2.0, -1.0]]))
    np.testing.assert_allclose(found.values, [-2.0], rtol=1e-14)
    with pytest.raises(NumericalError, match="E-SINGULAR-CONSTRAINT"):
        spectrum(net, np.array([[0.0, 1.0], [2.0, 0.0]]))


def test_not_finite_is_refused():
    with pytest.raises(NumericalError, match="E-NOT-FINITE"):
        spectrum(network(gain([-1]), 1, [False]), np.array([[np.nan]]))


def test_nothing_that_moves_has_no_modes():
    found = spectrum(network([{}], 0, [False]), np.empty((0, 1)))
    assert found.values.shape == (0,)
    assert found.species.shape == (0, 1)


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_participations_and_eigenvalues_of_random_networks(states, terms, seed):
    random = np.random.default_rng(seed)
    dense = random.integers(-2, 3, (states, terms))
    slopes = random.normal(size=(terms, states))
    net = network(gain(*dense.tolist()), terms, [False] * states)
    found = spectrum(net, slopes)
    jacobian = dense @ slopes
    full = np.linalg.eigvals(jacobian)
    # The reduced matrix has the eigenvalues of J but for one zero a conserved total.
    everything = np.concatenate([found.values, np.zeros(net.conserved)])
    assert len(everything) == states
    for power in (1, 2, 3):
        np.testing.assert_allclose(
            (everything**power).sum(), (full**power).sum(), atol=1e-9 * (1 + np.abs(full).max()) ** power
        )
    sums = found.species.sum(axis=1)
    np.testing.assert_allclose(sums[sums > 0], 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.diagonal, np.diagonal(jacobian), atol=1e-12)


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_term_contributions_add_up_to_the_eigenvalue(states, seed):
    random = np.random.default_rng(seed)
    dense = np.eye(states, dtype=int).tolist()
    slopes = random.normal(size=(states, states))
    found = spectrum(network(gain(*dense), states, [False] * states), slopes)
    # Σ (w·N_j)(∂v_j/∂x·u) = wᵀJu = λ; the error is eps·κ(λ)·‖J‖, and κ stays below 1e4 in these examples.
    np.testing.assert_allclose(found.terms.sum(axis=1), found.values, atol=1e-10 * np.abs(slopes).sum())
