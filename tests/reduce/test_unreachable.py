"""Exact trimming: what cannot be seen goes, what is seen stays the same."""

import numpy as np

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.reduce.constants import with_constants
from isthmus.reduce.prune import without_idle_states
from isthmus.reduce.unreachable import reachable, without_unreachable
from isthmus.simulate.rates import simulate

MODEL = """
model chain
  compartment cell = 1
  species A in cell, B in cell, D in cell, X in cell, Cat in cell
  A = 5; B = 0; D = 0; X = 1; Cat = 2
  k = 0.3; m = 0.2; u = 7
  first: A + Cat -> B + Cat; cell*k*A*Cat
  second: B -> D; cell*m*B
  aside: B -> B + X; cell*u*B
  seen := 2*B
end
"""


def test_only_what_reaches_the_observable_stays():
    model = read_model(MODEL)
    assert reachable(model, {"seen"}) == {"seen", "B", "A", "Cat", "first", "second", "k", "m", "cell"}
    trimmed = without_unreachable(model, {"seen"})
    assert {s.id for s in trimmed.species} == {"A", "B", "Cat"}
    assert {r.id for r in trimmed.reactions} == {"first", "second"}
    assert "u" in {p.id for p in trimmed.parameters}


def test_a_catalyst_becomes_a_constant_modifier():
    model = with_constants(without_unreachable(read_model(MODEL), {"seen"}))
    assert model.species_by_id["Cat"].constant
    (first,) = (r for r in model.reactions if r.id == "first")
    assert first.modifiers == ("Cat",)
    assert {p.species for p in (*first.reactants, *first.products)} == {"A", "B"}


def test_the_observable_is_unchanged():
    model = read_model(MODEL)
    trimmed = with_constants(without_unreachable(model, {"seen"}))
    times = [0.5, 2.0, 9.0]
    curves = [simulate(read_rates(m), 10.0, times=times)["B"] for m in (model, trimmed)]
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-5)


def test_idle_states_go_with_what_they_define():
    model = read_model(MODEL.replace("seen := 2*B", "seen := 2*A; other := D + 1"))
    pruned = without_idle_states(model, {"seen"})
    assert {s.id for s in pruned.species} == {"A", "Cat"}
    assert {r.variable for r in pruned.assignments} == {"seen"}
    assert {r.id for r in pruned.reactions} == {"first"}
