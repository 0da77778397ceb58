"""What Level 3 Version 2 may leave out, and numbers and conditions in each other's place."""

import pytest

from isthmus.algebra.expression import ONE, TRUE, ZERO, Expression, call, symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml

BOTH = '<parameter id="k" value="2" constant="false"/><parameter id="y" value="3" constant="false"/>'
PARAMETERS = f"<listOfParameters>{BOTH}</listOfParameters>"
STILL = (
    '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments><listOfSpecies>'
    '<species id="A" compartment="c" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="{}" '
    'constant="false"/></listOfSpecies>'
)
BARE = (
    '<listOfReactions>\n<reaction id="r" reversible="false"><listOfReactants>'
    '<speciesReference species="A" stoichiometry="1" constant="true"/>'
    "</listOfReactants>{}</reaction></listOfReactions>"
)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('<listOfRules><assignmentRule variable="y"/></listOfRules>', "assignmentRule 'y'"),
        ('<listOfRules><rateRule variable="y"/></listOfRules>', "rateRule 'y'"),
        (
            '<listOfInitialAssignments><initialAssignment symbol="y"/></listOfInitialAssignments>',
            "initialAssignment 'y'",
        ),
    ],
)
def test_a_rule_without_a_formula_leaves_the_value(sbml, content: str, what: str) -> None:
    imported = read_sbml(sbml(PARAMETERS + content).encode())
    model = imported.model
    assert model.parameters_by_id["y"].value == 3.0
    assert not (model.assignments or model.rates or model.initial_assignments)
    assert [str(loss) for loss in imported.losses] == [f"{what}: it has no formula and does nothing"]


@pytest.mark.parametrize("law", ["", "<kineticLaw/>"])
def test_a_reaction_without_a_law_that_changes_nothing(sbml, law: str) -> None:
    imported = read_sbml(sbml(STILL.format("true") + BARE.format(law)).encode())
    assert imported.model.reactions[0].rate is ZERO
    assert any("no kinetic law" in str(loss) for loss in imported.losses)


@pytest.mark.parametrize("law", ["", "<kineticLaw/>"])
def test_a_reaction_without_a_law_that_would_change_something(sbml, law: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_sbml(sbml(STILL.format("false") + BARE.format(law)).encode(), "m.xml")
    assert caught.value.code == "E-NO-KINETIC-LAW" and caught.value.where.line == 5


def test_a_reaction_without_a_law_whose_rate_is_named(sbml, math) -> None:
    rule = f'<listOfRules><assignmentRule variable="y">{math("<ci>r</ci>")}</assignmentRule></listOfRules>'
    with pytest.raises(ModelError, match="E-NO-KINETIC-LAW"):
        read_sbml(sbml(STILL.format("true") + PARAMETERS + rule + BARE.format("")).encode())


LESS = "<apply><lt/><ci>k</ci><cn>1</cn></apply>"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (LESS, call("piecewise", ONE, call("lt", symbol("k"), ONE), ZERO)),
        (
            f"<apply><plus/>{LESS}<cn>1</cn></apply>",
            call("piecewise", ONE, call("lt", symbol("k"), ONE), ZERO) + 1,
        ),
        (
            "<apply><and/><ci>k</ci><true/></apply>",
            call("piecewise", ONE, call("and", call("ne", symbol("k"), ZERO), TRUE), ZERO),
        ),
    ],
)
def test_conditions_as_numbers(sbml, math, formula: str, expected: Expression) -> None:
    rule = f'<listOfRules><assignmentRule variable="y">{math(formula)}</assignmentRule></listOfRules>'
    found = read_sbml(sbml(PARAMETERS + rule).encode()).model.assignments[0].formula
    assert found is expected
