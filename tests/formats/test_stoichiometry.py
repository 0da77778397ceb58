"""Computed stoichiometries: the reaction in parts, each with a rate of its own."""

from fractions import Fraction

import pytest

from isthmus import formats
from isthmus.algebra.expression import symbol
from isthmus.formats.sbml_reader import read_sbml
from isthmus.model.model import Model
from isthmus.model.reaction import Participant
from isthmus.model.rule import AssignmentRule, InitialAssignment, RateRule

FACTS = 'hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"'
POOLS = (
    '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments><listOfSpecies>'
    + "".join(f'<species id="{s}" compartment="c" initialAmount="1" {FACTS}/>' for s in "AB")
    + "</listOfSpecies>"
)
K, N, RATE = symbol("k"), symbol("n"), symbol("k") * symbol("A")


def document(sbml, math, parameters, extra: str, reference: str = "", level=(3, 2)) -> str:
    """A → n B at k·A; `reference`: attributes of the reference to B."""
    law = math("<apply><times/><ci>k</ci><ci>A</ci></apply>")
    old = level[0] == 2
    constant = "" if old else ' constant="false"'
    content = (
        f'{POOLS}{parameters(k=2.0)}{extra}<listOfReactions><reaction id="r" reversible="false">'
        f'<listOfReactants><speciesReference species="A" stoichiometry="1"{constant}/></listOfReactants>'
        f'<listOfProducts><speciesReference species="B"{constant} {reference}</listOfProducts>'
        f"<kineticLaw>{law}</kineticLaw></reaction></listOfReactions>"
    )
    if old:
        content = content.replace('hasOnlySubstanceUnits="true"', 'hasOnlySubstanceUnits="1"')
    return sbml(content, *level)


def read(text: str) -> Model:
    model = read_sbml(text.encode()).model
    written = formats.sbml_text(model)
    assert formats.check_sbml(written) == []
    again = formats.read_model(written)
    assert (again.reactions, again.parameters) == (model.reactions, model.parameters)
    return model


def assert_split(model: Model) -> None:
    whole, part = model.reactions
    assert (whole.id, whole.reactants, whole.products) == ("r", (Participant("A"),), ())
    assert (part.id, part.reactants, part.products) == ("r_B", (), (Participant("B"),))
    assert whole.rate is RATE and part.rate is N * RATE


def test_a_reference_with_an_assignment_rule(sbml, math, parameters) -> None:
    rule = f'<listOfRules><assignmentRule variable="n">{math("<ci>k</ci>")}</assignmentRule></listOfRules>'
    model = read(document(sbml, math, parameters, rule, 'id="n"/>'))
    assert_split(model)
    assert model.assignments == (AssignmentRule("n", K),)
    assert (model.parameters_by_id["n"].value, model.parameters_by_id["n"].constant) == (None, False)


def test_a_reference_with_a_rate_rule_starts_at_its_number(sbml, math, parameters) -> None:
    rule = f'<listOfRules><rateRule variable="n">{math("<ci>k</ci>")}</rateRule></listOfRules>'
    model = read(document(sbml, math, parameters, rule, 'id="n" stoichiometry="3"/>'))
    assert_split(model)
    assert model.rates == (RateRule("n", K),) and model.parameters_by_id["n"].value == 3.0


def test_a_reference_with_an_initial_assignment(sbml, math, parameters) -> None:
    initial = (
        "<listOfInitialAssignments>"
        f'<initialAssignment symbol="n">{math("<ci>k</ci>")}</initialAssignment></listOfInitialAssignments>'
    )
    model = read(document(sbml, math, parameters, initial, 'id="n"/>'))
    assert_split(model)
    assert model.initial_assignments == (InitialAssignment("n", K),) and model.parameters_by_id["n"].constant


def test_a_reference_that_an_event_assigns(sbml, math, parameters) -> None:
    event = (
        '<listOfEvents><event id="e" useValuesFromTriggerTime="true">'
        '<trigger initialValue="true" persistent="true">'
        f"{math('<true/>')}</trigger><listOfEventAssignments>"
        f'<eventAssignment variable="n">{math("<cn>5</cn>")}'
        "</eventAssignment></listOfEventAssignments></event></listOfEvents>"
    )
    model = read(
        document(sbml, math, parameters, "", 'id="n" stoichiometry="3"/>').replace(
            "</model>", f"{event}</model>"
        )
    )
    assert_split(model)
    assert model.parameters_by_id["n"].value == 3.0 and not model.parameters_by_id["n"].constant


def test_the_mathematics_of_level_two_holds_at_all_times(sbml, math, parameters) -> None:
    inner = f"><stoichiometryMath>{math('<ci>k</ci>')}</stoichiometryMath></speciesReference>"
    model = read(document(sbml, math, parameters, "", inner, (2, 4)))
    name = "r_B_stoichiometry"
    assert model.assignments == (AssignmentRule(name, K),)
    assert model.reactions[1].rate is symbol(name) * RATE


@pytest.mark.parametrize(
    ("text", "value"), [("<cn>3</cn>", 3), ("<apply><divide/><cn>1</cn><cn>3</cn></apply>", Fraction(1, 3))]
)
def test_a_number_stays_exact(sbml, math, parameters, text: str, value: Fraction) -> None:
    initial = (
        "<listOfInitialAssignments>"
        f'<initialAssignment symbol="n">{math(text)}</initialAssignment></listOfInitialAssignments>'
    )
    model = read(document(sbml, math, parameters, initial, 'id="n"/>'))
    (reaction,) = model.reactions
    assert reaction.products == (Participant("B", Fraction(value)),) and "n" not in model.ids


def test_a_rule_without_a_formula_leaves_the_number(sbml, math, parameters) -> None:
    rule = '<listOfRules><rateRule variable="n"/></listOfRules>'
    (reaction,) = read(document(sbml, math, parameters, rule, 'id="n" stoichiometry="3"/>')).reactions
    assert reaction.products == (Participant("B", Fraction(3)),)
