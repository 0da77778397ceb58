from dataclasses import replace

import numpy as np
import pytest

from isthmus.algebra.expression import call, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.dynamics.start import check_start
from isthmus.errors import ModelError
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import InitialAssignment, RateRule
from isthmus.model.species import Species

S, K = symbol("S"), symbol("k")
MODEL = Model(
    "m",
    (Compartment("c", 1.0),),
    (Species("S", "c", 0.0),),
    (Parameter("k", 0.5), Parameter("g", 1.0, constant=False)),
    (Reaction("decay", (Participant("S"),), (), K * S),),
    source="file.xml",
)


def test_a_model_that_can_start_passes():
    check_start(read_rates(MODEL))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"reactions": (Reaction("growth", (), (Participant("S"),), K / S),)},
            "reaction 'growth': it is infinite",
        ),
        (
            {"reactions": (Reaction("odd", (), (Participant("S"),), S / S),)},
            "reaction 'odd': it is not a number",
        ),
        ({"rates": (RateRule("g", call("ln", S - 1)),)}, "rate rule 'g': it is not a number"),
        (
            {"initial_assignments": (InitialAssignment("k", 1 / S),)},
            "initial assignment of 'k': it is infinite",
        ),
        ({"parameters": (Parameter("k", float("nan")), *MODEL.parameters[1:])}, "the value of 'k'"),
        ({"compartments": (Compartment("c", float("inf")),)}, "the value of 'c'"),
    ],
)
def test_what_is_not_finite_is_named(change, says):
    with pytest.raises(ModelError) as caught:
        check_start(read_rates(replace(MODEL, **change)))
    assert caught.value.code == "E-NOT-FINITE-AT-START"
    assert says in str(caught.value)
    assert "file.xml" in str(caught.value)


def test_other_quantities_may_be_checked():
    dynamics = read_rates(replace(MODEL, reactions=(Reaction("r", (), (Participant("S"),), 1 / K),)))
    check_start(dynamics)
    q = dynamics.nominal.copy()
    q[dynamics.quantities.index("k")] = 0.0
    with pytest.raises(ModelError, match="reaction 'r'"):
        check_start(dynamics, np.array(q))


def test_an_infinite_parameter_that_no_rate_feels_is_no_fault():
    check_start(read_rates(replace(MODEL, parameters=(*MODEL.parameters, Parameter("bound", float("inf"))))))
