"""What events make of a model's quantities: states, amounts that stay, and what cannot be assigned."""

from dataclasses import replace

import numpy as np
import pytest
from tests.reference.events import event, ruled

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.question import Observable
from isthmus.model.rule import AssignmentRule, RateRule
from isthmus.model.species import Species
from isthmus.simulate import simulate


def cell(sets, *, rates=(), boundary=True):
    """A species of concentration 2 in a cell of size 0.5, and an event at time 0.45."""
    return Model(
        "cell",
        compartments=(Compartment("V", 0.5, constant=False),),
        species=(Species("S", "V", 2.0, boundary=boundary),),
        parameters=(Parameter("amount", constant=False),),
        rates=rates,
        assignments=(AssignmentRule("amount", parse("S*V")),),
        events=(event("e", "time >= 0.45", sets),),
    )


def test_what_an_event_assigns_is_a_state_that_may_be_set():
    dynamics = read_rates(
        ruled({"A": 1.0, "k": 2.0, "c": 3.0}, {"A": "-k*A*c"}, [event("e", "time >= 1", {"k": "0"})])
    )
    assert dynamics.states == ("A", "k")
    assert dynamics.quantities == ("A", "k", "c")
    assert dynamics.gain_by_state["k"] == {}
    assert dynamics.start(np.array([5.0, 6.0, 7.0]))[0].tolist() == [5.0, 6.0]


@pytest.mark.parametrize(
    ("sets", "size", "concentration"),
    [
        ({"V": "0.2"}, 0.2, 5.0),
        ({"S": "0.2"}, 0.5, 0.2),
        # As in cases 01779 and 01780 of the SBML Test Suite.
        ({"S": "0.2", "V": "0.2"}, 0.2, 0.5),
        ({"V": "0.2", "S": "0.2"}, 0.2, 0.5),
    ],
)
def test_the_amount_stays_when_the_size_is_assigned(sets, size, concentration):
    seen = [Observable("size", parse("V"))]
    trajectory = simulate(read_rates(cell(sets)), 1.0, times=[0.0, 1.0], observables=seen)
    assert trajectory["S"].tolist() == pytest.approx([2.0, concentration], rel=1e-12)
    assert trajectory["size"].tolist() == [0.5, size]


def test_the_amount_stays_where_the_concentration_has_a_rate():
    # As in case 01506 of the SBML Test Suite: 0.4 a unit of time, and a cell that grows by 0.2.
    rates = (RateRule("S", parse("0.4")), RateRule("V", parse("0.2")))
    trajectory = simulate(read_rates(cell({"S": "0.2", "V": "0.2"}, rates=rates)), 1.0, times=[0.45, 1.0])
    after = 0.2 * 0.59 / 0.2
    np.testing.assert_allclose(trajectory["S"], [after, after + 0.4 * 0.55], rtol=1e-6)


def test_assignments_follow_what_events_assign():
    model = ruled(
        {"A": 1.0, "B": 0.0}, {}, [event("e", "C > 3", {"B": "C"}), event("f", "time >= 1", {"A": "2"})]
    )
    model = replace(
        model,
        parameters=(*model.parameters, Parameter("C", constant=False)),
        assignments=(AssignmentRule("C", parse("2*A")),),
    )
    assert simulate(read_rates(model), 2.0, times=[2.0])["B"].tolist() == [4.0]


def test_what_cannot_change_is_not_assigned():
    model = ruled({"A": 1.0}, {"A": "-A"}, [event("e", "time >= 1", {"A": "2"})])
    constant = replace(model, rates=(), parameters=(Parameter("A", 1.0, constant=True),))
    with pytest.raises(ModelError, match="constant"):
        read_rates(constant)
    with pytest.raises(ModelError, match="assignment rule"):
        read_rates(replace(model, rates=(), assignments=(AssignmentRule("A", parse("time")),)))
    with pytest.raises(ModelError, match="not in the model"):
        read_rates(replace(model, events=(event("e", "time >= 1", {"X": "2"}),)))


def test_questions_about_rates_alone_refuse_events():
    dynamics = read_rates(ruled({"A": 1.0}, {"A": "-A"}, [event("e", "time >= 1", {"A": "2"})]))
    with pytest.raises(UnsupportedFeature, match="E-EVENT-ANALYSIS"):
        dynamics.system()
