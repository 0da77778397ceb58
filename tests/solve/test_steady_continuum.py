"""The limit of a trajectory among rests without number, against invariants that no stoichiometry shows."""

import numpy as np
import pytest
from scipy.special import lambertw

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.simulate.steady_state import conserved_totals
from isthmus.solve.steady import How, find_root, root_at
from isthmus.solve.steady_continuum import continuum_at, limit_on
from isthmus.solve.steady_search import Found, follow_to_rest


def dynamics_of(body: str):
    return read_rates(read_model(f"model m()\n{body}\nend\n"))


def rest_of(body: str) -> Found:
    dynamics = dynamics_of(body)
    x, p = dynamics.start()
    found = follow_to_rest(dynamics.system(), conserved_totals(dynamics), x, p)
    assert isinstance(found, Found)
    assert found.how is How.INTEGRATION
    assert found.root.stable is None
    return found


# Rest where 0.6 B = 0.3 A, and A + B = 2: a law of the rates, not of the stoichiometry.
HIDDEN_SUM = "A = 0; B = 2; A' = {0}*(0.6*B - 0.3*A); B' = -{0}*(0.6*B - 0.3*A)"


@pytest.mark.parametrize("speed", ["1", "1e-6", "1e8"])
def test_a_hidden_linear_invariant_is_kept(speed):
    found = rest_of(HIDDEN_SUM.format(speed))
    # The integration keeps the sum to rounding, and so do the last steps.
    np.testing.assert_allclose(found.root.x, [4 / 3, 2 / 3], rtol=1e-11)


def test_beside_a_mode_that_is_slower_by_ten_decades():
    found = rest_of(HIDDEN_SUM.format("1e8") + "; F = 1; F' = 0.01 - 0.01*F + 0.003*A")
    np.testing.assert_allclose(found.root.x, [4 / 3, 2 / 3, 1.4], rtol=1e-10)


def test_a_hidden_circle_is_kept():
    # A² + B² stays 4.25 and the line B = 2 A rests; the integrator's tolerance is 1e-10.
    found = rest_of("A = 0.5; B = 2; A' = B*(B - 2*A); B' = -A*(B - 2*A)")
    a = np.sqrt(4.25 / 5)
    np.testing.assert_allclose(found.root.x, [a, 2 * a], rtol=1e-8)


def test_the_final_size_of_an_epidemic():
    # S + I - ln S stays what it is; I dies out where the lesser root is.
    found = rest_of("S = 3; I = 0.01; bite: S -> I; I*S; die: I -> ; I")
    kept = 3.01 - np.log(3.0)
    assert found.root.x[0] == pytest.approx(-lambertw(-np.exp(-kept)).real, rel=1e-8)


def test_a_plane_of_rests():
    # Two hidden sums at once: A + B = 3 at A = B, C + D = 1 at C = 3 D.
    found = rest_of("A = 3; B = 0; C = 1; D = 0; A' = B - A; B' = A - B; C' = 3*D - C; D' = C - 3*D")
    np.testing.assert_allclose(found.root.x, [1.5, 1.5, 0.75, 0.25], rtol=1e-11)


def test_a_state_that_stays_at_zero_does_not_hide_that_all_else_stands_still():
    # D = 0 throughout, and unstable there: C = 3 > 1 would let it grow.
    dynamics = dynamics_of(
        "species A = 0, B = 2, C = 3, D = 0; A -> B; 0.3*A - 0.6*B; C + D -> 2 D; C*D; D -> ; D"
    )
    x, p = dynamics.start()
    found = follow_to_rest(dynamics.system(), conserved_totals(dynamics), x, p)
    assert isinstance(found, Found)
    np.testing.assert_allclose(found.root.x, [4 / 3, 2 / 3, 3.0, 0.0], rtol=1e-6)
    assert found.root.stable is False


def continuum(body: str, state):
    dynamics = dynamics_of(body)
    system, totals, p = dynamics.system(), conserved_totals(dynamics), dynamics.start()[1]
    return continuum_at(system, totals, np.array(state), p, 0.0, np.ones(len(state))), system, totals, p


def test_the_group_inverse():
    found, system, totals, p = continuum(HIDDEN_SUM.format("1"), [4 / 3, 2 / 3])
    assert found is not None
    matrix = np.array([[-0.3, 0.6], [0.3, -0.6]])
    np.testing.assert_allclose(matrix @ found.inverse @ matrix, matrix, atol=1e-15)
    np.testing.assert_allclose(found.inverse @ matrix, matrix @ found.inverse, atol=1e-15)
    np.testing.assert_allclose(found.across.T @ found.along, [[1.0]], rtol=1e-14)
    # What Newton's iteration alone makes of it: the nearest rest, on another total.
    shortest = find_root(system, totals, [1.33, 0.67], p, np.array([1.33, 0.67]))
    assert shortest is not None
    assert abs(shortest.x.sum() - 2.0) > 1e-4
    limit = limit_on(found, system, totals, np.array([1.33, 0.67]), p, 0.0, 0.1)
    assert limit is not None
    np.testing.assert_allclose(limit, [4 / 3, 2 / 3], rtol=1e-13)


def test_a_limit_that_is_far_is_none():
    found, system, totals, p = continuum(HIDDEN_SUM.format("1"), [4 / 3, 2 / 3])
    assert found is not None
    assert limit_on(found, system, totals, np.array([0.0, 2.0]), p, 0.0, 0.1) is None


def test_no_continuum_where_the_rest_is_one():
    assert continuum("A = 0; A' = 1 - A; B = 0; B' = A - B", [1.0, 1.0])[0] is None


def test_no_limit_where_what_rests_is_also_what_feeds():
    # A' = B, B' = -B²: at zero a push along B makes A run away, and there is no projection on the line.
    assert continuum("A = 0; A' = B; B = 0; B' = -B^2", [0.0, 0.0])[0] is None


def test_known_totals_are_no_continuum():
    dynamics = dynamics_of("species A = 0, B = 2; A -> B; 0.3*A - 0.6*B")
    x, p = dynamics.start()
    found = follow_to_rest(dynamics.system(), conserved_totals(dynamics), x, p)
    assert isinstance(found, Found)
    assert found.root.stable is True
    root = root_at(dynamics.system(), conserved_totals(dynamics), found.root.x, p)
    assert root is not None
    np.testing.assert_allclose(root.eigenvalues, [-0.9], rtol=1e-12)
