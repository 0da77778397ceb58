"""Every reduction method offers the steps that its theory names, and no others."""

from fractions import Fraction

import pytest
from tests.dynamics.test_coordinates import GAIN, STATES

from isthmus.model.reduction import Reduction
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


def test_total_qssa_holds_the_lumps_of_each_reaction_direction(landscape):
    found = labels(TotalQuasiSteadyState(), landscape)
    assert {"total QSSA of C (-1 E, -1 S)", "total QSSA of C (-1 E, -1 P)"} <= found
    assert labels(TotalQuasiSteadyState(most_directions=1), landscape) < found


def test_qssa_respects_the_total_that_the_complex_shares_with_one_partner_only(landscape):
    steps = [s for s in QuasiSteadyState().steps(landscape) if s.elimination.species == "C"]
    assert [dict(step.elimination.direction) for step in steps] == [{"C": 1, "E": -1}]


def test_rapid_equilibrium_needs_both_directions(landscape):
    steps = RapidEquilibrium().steps(landscape)
    assert {step.elimination.species for step in steps} == {"S", "E", "C"} - {"S"}
    assert all({term for term, _ in step.elimination.constraint} == {0, 1} for step in steps)


def test_what_is_observed_is_never_frozen(landscape):
    assert labels(Frozen(), landscape) == {"frozen: S", "frozen: E", "frozen: C"}


def test_the_smallest_flux_is_dropped_first(landscape):
    assert [step.dropped for step in Negligible("abc").steps(landscape)] == [{2}, {1}, {0}]


def test_steps_exclude_each_other(landscape):
    first = next(s for s in QuasiSteadyState().steps(landscape) if s.elimination.species == "C")
    taken = first.on(Reduction())
    assert taken is not None
    assert taken.eliminated == ("C",)
    assert first.on(taken) is None
    assert next(s for s in Frozen().steps(landscape) if s.frozen == "C").on(taken) is None


def test_the_pivot_is_the_fastest_term_of_the_constraint(landscape):
    assert all(
        step.elimination.pivot == 0
        for step in QuasiSteadyState().steps(landscape)
        if step.elimination.species == "C"
    )
