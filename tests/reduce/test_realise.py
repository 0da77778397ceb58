"""Reductions as models: laws in textbook form, totals, initial values, lumped parameters."""

import pytest
from tests.study.benches import GENE, MICHAELIS_MENTEN, make, pick, take

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.algebra.infix_printer import infix
from isthmus.formats import check_sbml, read_model, sbml_text
from isthmus.reduce.realise import Realised, realise
from isthmus.study.search.candidate import written_model


def written(text, observe, *labels):
    bench, _, steps = make(text, observe, "1%", "100")
    found = written_model(bench, take(*(pick(steps, label) for label in labels)))
    assert isinstance(found, Realised), found
    return found


def rules(model):
    return {rule.variable: infix(rule.formula) for rule in model.assignments}


def test_standard_qssa_is_the_michaelis_menten_law():
    model = written(MICHAELIS_MENTEN.format(enzyme=0.1), "P", "QSSA of C (-1 E)").model
    (convert,) = model.reactions
    assert infix(convert.rate) == "Vmax*cell*S/(Km + S)"
    found = rules(model)
    assert found["Vmax"] == "k2*E_total"
    assert found["Km"] == "(km1 + k2)/k1"
    assert found["S"] == "S_total - P"


def test_total_qssa_keeps_its_root_free_of_cancellation():
    model = written(MICHAELIS_MENTEN.format(enzyme=1), "P", "total QSSA of C (-1 E, -1 S)").model
    assert rules(model)["C"].startswith("2*E_total*S_with_C/(")


def test_a_promoter_keeps_both_totals():
    found = rules(written(GENE.format(inducer=2), "P", "total QSSA of ON (-1 A, -1 OFF)").model)
    assert found["OFF_total"] == "OFF_0 + ON_0"
    assert found["A_total"] == "A_0 + ON_0"
    assert found["OFF"] == "OFF_total - ON"


def test_the_plain_hill_law_leaves_the_inducer_constant():
    model = written(GENE.format(inducer=2), "P", "QSSA of ON (-1 OFF)").model
    assert model.species_by_id["A"].constant
    assert rules(model)["ON"] in (
        "OFF_total*A/(Kd + A)",
        "OFF_total*A/(lump_1 + A)",
        "OFF_total*A/(Kd_A + A)",
    )


def test_what_is_written_is_valid_and_reads_back_the_same():
    model = written(MICHAELIS_MENTEN.format(enzyme=1), "P", "total QSSA of C (-1 E, -1 S)").model
    text = sbml_text(model)
    assert check_sbml(text) == []
    assert "algebraicRule" not in text
    again = read_model(text)
    assert rules(again) == rules(model)
    assert {p.initial_of for p in again.parameters if p.initial_of} == {"S", "E", "C", "P"}


def test_five_coupled_bindings_have_no_closed_form():
    """Dimers of dimers: a quartic in the monomer."""
    text = """
    model dimers
      compartment cell = 1
      species A in cell, B in cell, D in cell, P in cell
      A = 3; B = 0; D = 0; P = 0
      a = 5; b = 3; c = 4; d = 2; k = 0.01
      one: 2 A -> B; cell*(a*A^2 - b*B)
      two: 2 B -> D; cell*(c*B^2 - d*D)
      out: D -> P; cell*k*D
    end
    """
    bench, _, steps = make(text, "P", "5%", "100")
    reduction = take(pick(steps, "total QSSA of B (-2 A)"), pick(steps, "total QSSA of D (-2 B)"))
    found = written_model(bench, reduction)
    assert isinstance(found, NoClosedForm)
    implicit = written_model(bench, reduction, implicit=True)
    assert isinstance(implicit, Realised)
    assert {c.unknown for c in implicit.model.constraints} == {"B", "D"}


def test_dependent_directions_are_refused_with_a_reason():
    bench, _, steps = make(MICHAELIS_MENTEN.format(enzyme=1), "P", "1%", "100")
    reduction = take(pick(steps, "QSSA of C (-1 E)"), pick(steps, "QSSA of E (-1 C)"))
    dynamics = bench.dynamics
    found = realise(dynamics.model, dynamics.states, dynamics.terms, dynamics.gain_by_state, reduction)
    assert isinstance(found, NoClosedForm)
    assert "independent" in found.reason


@pytest.mark.parametrize("volume", [1.0, 2.5, 4e-12])
def test_totals_count_amounts_whatever_the_volume(volume):
    text = MICHAELIS_MENTEN.format(enzyme=1).replace("compartment cell = 1", f"compartment cell = {volume}")
    assert rules(written(text, "P").model)["E_total"] == "E_0 + C_0"


def test_an_initial_value_given_by_numbers_is_a_rule_so_that_no_tool_keeps_a_stale_one():
    """libRoadRunner's reset leaves an initial assignment of a parameter as it was before a change."""
    text = MICHAELIS_MENTEN.format(enzyme=0.1).replace("C = 0", "C = E/4 + share; share = 0.5")
    assert "share" in text
    model = written(text, "P", "QSSA of C (-1 E)").model
    assert rules(model)["C_0"] in ("E_0/4 + share", "share + E_0/4")
    assert not model.parameters_by_id["C_0"].constant
    assert model.parameters_by_id["C_0"].initial_of == "C"
    assert "C_0" not in {assignment.variable for assignment in model.initial_assignments}


def test_an_initial_value_given_by_what_moves_stays_an_initial_assignment():
    text = MICHAELIS_MENTEN.format(enzyme=0.1).replace("C = 0", "C = load; load := 0.1 + time")
    assert "load" in text
    model = written(text, "P", "QSSA of C (-1 E)").model
    assert "C_0" not in rules(model)
    assert "C_0" in {assignment.variable for assignment in model.initial_assignments}
