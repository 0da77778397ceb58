"""Steady states of small systems with known roots, and the reasons given where there are none."""

import numpy as np
import pytest
from tests.reference.networks import michaelis_menten, network

from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError
from isthmus.simulate.steady_state import conserved_totals
from isthmus.solve.steady import How, Totals, find_root, root_at
from isthmus.solve.steady_search import Found, NotFound, follow_to_rest


def binding():
    """A + B ⇌ C: two totals; with K = 2, A = 3, B = 1 the root of C² - (4 + K) C + 3 = 0 is C = 3 - √6."""
    return read_rates(
        network({"A": 3.0, "B": 1.0, "C": 0.0}, {"on": 1.0, "off": 2.0}, {"r": "A + B -> C ; on*A*B - off*C"})
    )


def search(dynamics, **arguments):
    x, p = dynamics.start()
    return follow_to_rest(dynamics.system(), conserved_totals(dynamics), x, p, **arguments)


def rest_of(dynamics, **arguments) -> Found:
    found = search(dynamics, **arguments)
    assert isinstance(found, Found)
    return found


def test_reversible_binding_against_its_quadratic():
    found = rest_of(binding())
    bound = 3.0 - np.sqrt(6.0)
    np.testing.assert_allclose(found.root.x, [3 - bound, 1 - bound, bound], rtol=1e-12)
    # One mode is left: -(on (A + B) + off).
    np.testing.assert_allclose(found.root.eigenvalues, [-(4 - 2 * bound + 2)], rtol=1e-12)
    assert found.root.stable
    assert found.residual < 1e-12
    assert found.root.x[0] + found.root.x[2] == pytest.approx(3.0, rel=1e-15)


def test_at_rest_already_needs_no_integration():
    dynamics = binding()
    x, p = rest_of(dynamics).root.x * (1 + 1e-4), dynamics.start()[1]
    again = follow_to_rest(dynamics.system(), conserved_totals(dynamics), x, p)
    assert isinstance(again, Found)
    assert again.how is How.NEWTON
    assert again.time == 0.0
    # The disturbed totals are held, not the old ones.
    assert again.root.x[0] + again.root.x[2] == pytest.approx(x[0] + x[2], rel=1e-15)


def test_the_root_is_refused_when_it_lies_elsewhere():
    dynamics = binding()
    x, p = dynamics.start()
    assert find_root(dynamics.system(), conserved_totals(dynamics), x, p, np.abs(x)) is None


def switch(x):
    """x' = x (1 - x²): stable at 1, unstable at 0."""
    return read_rates(network({"X": x}, {}, {"up": "-> X ; X", "down": "X -> ; X^3"}))


@pytest.mark.parametrize("start", [1e-9, 0.3, 5.0])
def test_the_stable_branch_is_found_from_near_the_unstable_one(start):
    found = rest_of(switch(start))
    np.testing.assert_allclose(found.root.x, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.root.eigenvalues, -2.0, rtol=1e-10)


def test_exactly_on_an_unstable_root_it_says_so():
    found = rest_of(switch(0.0))
    assert found.root.x[0] == 0.0
    assert found.root.stable is False


@pytest.mark.parametrize(("start", "expected"), [(0.49, 0.0), (0.51, 1.0)])
def test_two_basins_end_where_the_trajectory_ends(start, expected):
    # x' = x (x - 1/2) (1 - x)
    model = network({"X": start}, {}, {"up": "-> X ; 1.5*X^2", "down": "X -> ; 0.5*X + X^3"})
    np.testing.assert_allclose(rest_of(read_rates(model)).root.x, expected, atol=1e-12)


def test_a_trajectory_that_lingers_at_an_unstable_root_moves_on():
    # The fast decay of F makes the first spans short, so that they end within 1 % of the root at 1/2.
    model = network(
        {"X": 0.501, "F": 1.0},
        {},
        {"up": "-> X ; 1.5*X^2", "down": "X -> ; 0.5*X + X^3", "fast": "F -> ; 100*F"},
    )
    np.testing.assert_allclose(rest_of(read_rates(model)).root.x, [1.0, 0.0], atol=1e-12)


def test_oscillation_is_the_reason():
    # Brusselator, a = 1, b = 3: an unstable focus inside a limit cycle.
    model = network(
        {"X": 1.2, "Y": 3.0},
        {"a": 1.0, "b": 3.0},
        {"in": "-> X ; a", "turn": "X -> Y ; b*X", "back": "2 X + Y -> 3 X ; X^2*Y", "out": "X -> ; X"},
    )
    answer = search(read_rates(model))
    assert isinstance(answer, NotFound)
    assert "oscillating" in answer.reason


def test_a_damped_oscillation_is_none():
    # The same with b = 1.9 < 1 + a²: a stable focus at (a, b/a) that spirals in slowly.
    model = network(
        {"X": 1.2, "Y": 3.0},
        {"a": 1.0, "b": 1.9},
        {"in": "-> X ; a", "turn": "X -> Y ; b*X", "back": "2 X + Y -> 3 X ; X^2*Y", "out": "X -> ; X"},
    )
    found = rest_of(read_rates(model))
    np.testing.assert_allclose(found.root.x, [1.0, 1.9], rtol=1e-10)
    # Trace b - 1 - a² = -0.1, determinant a² = 1.
    np.testing.assert_allclose(np.sort(found.root.eigenvalues.real), [-0.05, -0.05], rtol=1e-8)


def test_around_a_centre_nothing_rests():
    # Lotka and Volterra: the integrator's damping, however small, must not be taken for the model's.
    model = network(
        {"X": 2.0, "Y": 1.0}, {}, {"born": "X -> 2 X ; X", "eaten": "X + Y -> 2 Y ; X*Y", "die": "Y -> ; Y"}
    )
    assert isinstance(search(read_rates(model)), NotFound)


@pytest.mark.parametrize(
    "reactions",
    [{"make": "-> X ; 1"}, {"make": "-> X ; X"}, {"make": "-> X ; 1 + X", "loss": "X -> ; 0.1*X"}],
)
def test_growth_is_the_reason(reactions):
    answer = search(read_rates(network({"X": 1.0}, {}, reactions)))
    assert isinstance(answer, NotFound)
    assert "grows" in answer.reason or "became too small" in answer.reason
    assert answer.states in ((0,), ())


def test_blow_up_is_the_reason():
    answer = search(read_rates(network({"X": 1.0}, {}, {"make": "2 X -> 3 X ; X*X"})))
    assert isinstance(answer, NotFound)
    assert "without bound" in answer.reason


def test_a_continuum_of_rests_is_found_by_integration_and_left_undecided():
    # The enzyme dies before the substrate is gone: S at rest depends on the start, and dS'/dS = 0 there.
    model = network({"S": 1.0, "E": 1.0}, {}, {"use": "S -> ; E*S", "die": "E -> ; E"})
    found = rest_of(read_rates(model))
    assert found.how is How.INTEGRATION
    # S = exp(-(1 - e^-t)) → 1/e
    assert found.root.x[0] == pytest.approx(np.exp(-1.0), rel=1e-5)
    assert found.root.stable is None


def test_irreversible_conversion_empties_the_substrate():
    found = rest_of(read_rates(michaelis_menten()))
    s, e, c, p = found.root.x
    assert abs(s) < 1e-12 and abs(c) < 1e-12
    assert (e, p) == (pytest.approx(1.0, rel=1e-12), pytest.approx(10.0, rel=1e-12))
    assert len(found.root.eigenvalues) == 2


def test_pseudo_transient_takes_over_when_the_steps_run_out():
    found = rest_of(binding(), max_steps=3)
    assert found.how is How.PSEUDO_TRANSIENT
    np.testing.assert_allclose(found.root.x[2], 3.0 - np.sqrt(6.0), rtol=1e-9)


def test_reduction_removes_zero_modes_exactly():
    dynamics = read_rates(michaelis_menten())
    totals = conserved_totals(dynamics)
    x, p = dynamics.start()
    matrix = np.arange(16.0).reshape(4, 4)
    # Twice the same thing: the change of all states from that of the independent ones.
    lift = np.column_stack([totals.spread(column) for column in np.eye(len(totals.independent))])
    np.testing.assert_array_equal(totals.reduced(matrix), (matrix @ lift)[totals.independent])
    root = root_at(dynamics.system(), totals, x, p)
    assert root is not None
    assert len(root.eigenvalues) == 2
    assert Totals.of([0], {1: {0: -1.0}}).spread(np.array([2.0])).tolist() == [2.0, -2.0]


def test_constraints_are_refused():
    from tests.solve import problems

    system = problems.robertson(mass=np.diag([1.0, 1.0, 0.0]))
    with pytest.raises(NumericalError, match="E-SOLVE-CONSTRAINED"):
        follow_to_rest(system, Totals.of([0, 1, 2], {}), [1.0, 0, 0], problems.ROBERTSON_P)
