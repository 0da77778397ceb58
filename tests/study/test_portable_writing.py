"""What is written for other tools: the reduced model of every shipped example, looked at as plain SBML."""

import xml.etree.ElementTree as ElementTree

import pytest
from tests.study.benches import make

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.dynamics.rates import read_rates
from isthmus.formats import check_sbml, read_model, sbml_text
from isthmus.model.reduction import Reduction
from isthmus.study.lineage import with_lineage
from isthmus.study.search.candidate import Written, write

# What is observed of each example, and until when.
QUESTIONS = {
    "michaelis_menten": ("P", "700"),
    "gene_expression": ("P", "120"),
    "toggle_switch_2000": ("u", "50"),
    "goldbeter_1991": ("C", "100"),
    "repressilator_2000": ("p_cI", "100"),
    "huang_ferrell_1996": ("MAPK-PP", "63"),
}
MOST_STEPS, MOST_TRIALS = 3, 8
SPACE = "{http://www.sbml.org/sbml/level3/version2/core}"


class Case:
    """The model before, the model after, and the XML of the latter."""

    def __init__(self, before, text: str) -> None:
        self.before, self.text = before, text
        self.after = read_model(text)
        self.root = ElementTree.fromstring(text)

    def elements(self, tag: str) -> dict[str, dict[str, str]]:
        """id (or variable) → attributes of all elements of one kind."""
        found = self.root.iter(f"{SPACE}{tag}")
        return {e.attrib.get("id") or e.attrib["variable"]: dict(e.attrib) for e in found}

    @property
    def lost_states(self) -> set[str]:
        """States of the full model that are none any more."""
        return set(read_rates(self.before).states) - set(read_rates(self.after).states)


@pytest.fixture(scope="module", params=QUESTIONS)
def case(request, examples) -> Case:
    """The first eliminations that have a closed form, whatever their error: here only the file matters."""
    observe, horizon = QUESTIONS[request.param]
    path = str(examples / f"{request.param}.ant")
    bench, _, steps = make(path, observe, "5%", horizon)
    reduction, chosen = Reduction(), write(bench, Reduction())
    trials = [step for step in steps if step.elimination is not None]
    trials = trials[:: max(len(trials) // MOST_TRIALS, 1)][:MOST_TRIALS]
    for step in trials:
        further = step.on(reduction)
        found = NoClosedForm("") if further is None else write(bench, further)
        if further is not None and isinstance(found, Written):
            reduction, chosen = further, found
        if len(reduction.steps) == MOST_STEPS:
            break
    assert isinstance(chosen, Written)
    assert reduction.steps, "no elimination of this example has a closed form"
    before = read_model(path)
    return Case(before, sbml_text(with_lineage(chosen.model, before, chosen.realised.members)))


def test_it_is_valid_sbml_without_algebraic_rules(case):
    assert check_sbml(case.text) == []
    assert "algebraicRule" not in case.text
    assert case.root.tag == f"{SPACE}sbml"


def test_lumped_parameters_are_rules_and_not_constant(case):
    """As initial assignments they would go stale when an original parameter is changed."""
    rules, parameters = case.elements("assignmentRule"), case.elements("parameter")
    original = case.before.ids
    defined = [name for name in rules if name in parameters and name not in original]
    for name in defined:
        assert parameters[name]["constant"] == "false"
        assert "value" not in parameters[name]
    new = {name for name in parameters if name not in original and not name.endswith("_0")}
    assert new == set(defined)


def test_initial_values_of_what_was_eliminated_are_constant_parameters(case):
    parameters = case.elements("parameter")
    assigned = {e.attrib["symbol"] for e in case.root.iter(f"{SPACE}initialAssignment")}
    starts = [name for name in parameters if name.endswith("_0") and name not in case.before.ids]
    for name in starts:
        assert parameters[name]["constant"] == "true"
        state = case.before.species_by_id[name.removesuffix("_0")]
        if name not in assigned:
            assert float(parameters[name]["value"]) == state.initial
    ruled = {name for name in case.elements("assignmentRule") if name in case.before.species_by_id}
    assert {f"{name}_0" for name in ruled} <= set(starts)


def test_eliminated_species_stay_as_assignment_rules(case):
    rules, species = case.elements("assignmentRule"), case.elements("species")
    assert case.lost_states
    kept = [name for name in case.lost_states if name in species]
    for name in kept:
        if species[name]["constant"] == "true":
            assert species[name]["boundaryCondition"] == "true"
        else:
            assert name in rules


def test_every_original_parameter_is_still_there_with_its_value(case):
    parameters = case.elements("parameter")
    for parameter in case.before.parameters:
        if parameter.constant and parameter.value is not None:
            assert float(parameters[parameter.id]["value"]) == parameter.value
            assert parameters[parameter.id]["constant"] == "true"


def test_every_number_that_matters_keeps_a_handle(case):
    """It can be set under its id or as `<id>_0`; the start of a slaved species does not matter any more."""
    after = set(read_rates(case.after).quantities)
    slaved = {rule.variable for rule in case.after.assignments}
    for name in read_rates(case.before).quantities:
        gone = name in case.before.species_by_id and (name not in case.after.ids or name in slaved)
        assert gone or name in after or f"{name}_0" in after, name
