"""Every reduction method offers the steps that its theory names, and no others."""

from fractions import Fraction

import pytest
from tests.dynamics.test_coordinates import GAIN, STATES

from isthmus.model.reduction import Reduction
from isthmus.reduce import methods
from isthmus.reduce.base import Landscape
from isthmus.reduce.frozen import Frozen
from isthmus.reduce.negligible import Negligible
from isthmus.reduce.quasi_steady_state import QuasiSteadyState
from isthmus.reduce.rapid_equilibrium import RapidEquilibrium
from isthmus.reduce.total_quasi_steady_state import TotalQuasiSteadyState

LAWS = ({"E": Fraction(1), "C": Fraction(1)}, {"S": Fraction(1), "C": Fraction(1), "P": Fraction(1)})


@pytest.fixture
def landscape():
    flux = (10.0, 5.0, 1.0)
    return Landscape(
        STATES, frozenset(STATES), GAIN, flux, LAWS, dict.fromkeys(STATES, 1.0), frozenset({"P"})
    )


def labels(method, landscape):
    return {step.label for step in method.steps(landscape)}


def eliminations(method, landscape):
    """(elimination, its step) for each step that eliminates a species."""
    return [(step.elimination, step) for step in method.steps(landscape) if step.elimination is not None]


def test_total_qssa_holds_the_lumps_of_each_reaction_direction(landscape):
    found = labels(TotalQuasiSteadyState(), landscape)
    assert {"total QSSA of C (-1 E, -1 S)", "total QSSA of C (-1 E, -1 P)"} <= found
    assert labels(TotalQuasiSteadyState(most_directions=1), landscape) < found


def test_qssa_respects_the_total_that_the_complex_shares_with_one_partner_only(landscape):
    found = [e for e, _ in eliminations(QuasiSteadyState(), landscape) if e.species == "C"]
    assert [dict(elimination.direction) for elimination in found] == [{"C": 1, "E": -1}]


def test_rapid_equilibrium_needs_both_directions(landscape):
    found = [elimination for elimination, _ in eliminations(RapidEquilibrium(), landscape)]
    assert {elimination.species for elimination in found} == {"E", "C"}
    assert all({term for term, _ in elimination.constraint} == {0, 1} for elimination in found)


def test_what_is_observed_is_never_frozen(landscape):
    assert labels(Frozen(), landscape) == {"frozen: S", "frozen: E", "frozen: C"}


def test_the_smallest_flux_is_dropped_first(landscape):
    assert [step.dropped for step in Negligible("abc").steps(landscape)] == [{2}, {1}, {0}]


def test_every_method_is_listed_once_and_the_largest_gain_is_tried_first(landscape):
    """The list is the one place that names the methods: none of the room's classes is missing from it."""
    listed = methods("abc")
    assert {type(method) for method in listed} == {
        TotalQuasiSteadyState,
        QuasiSteadyState,
        Frozen,
        RapidEquilibrium,
        Negligible,
    }
    assert len({method.name for method in listed}) == len(listed)
    assert listed[0].name == TotalQuasiSteadyState.name
    assert labels(listed[-1], landscape) == labels(Negligible("abc"), landscape)


def test_steps_exclude_each_other(landscape):
    first = next(step for e, step in eliminations(QuasiSteadyState(), landscape) if e.species == "C")
    taken = first.on(Reduction())
    assert taken is not None
    assert taken.eliminated == ("C",)
    assert first.on(taken) is None
    assert next(s for s in Frozen().steps(landscape) if s.frozen == "C").on(taken) is None


def test_the_pivot_is_the_fastest_term_of_the_constraint(landscape):
    found = [e for e, _ in eliminations(QuasiSteadyState(), landscape) if e.species == "C"]
    assert [elimination.pivot for elimination in found] == [0]
