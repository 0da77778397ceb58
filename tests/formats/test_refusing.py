"""What is refused: by name, with file, line, column and object."""

import pytest

from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml

CELL = '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
FACTS = 'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'
A = f'{CELL}<listOfSpecies><species id="A" compartment="c" initialAmount="1" {FACTS}/></listOfSpecies>'
TRIGGER = '<trigger initialValue="true" persistent="true"/>'
URL = "http://www.sbml.org/sbml/symbols/"


def refusal(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_sbml(text.encode(), "dir/m.xml")
    return caught.value


def law(math: str, side: str = "") -> str:
    return (
        f'<listOfReactions>\n  <reaction id="r" reversible="false">{side}<kineticLaw>{math}</kineticLaw>'
        "</reaction></listOfReactions>"
    )


def test_a_delay_without_a_lag(sbml, math, parameters) -> None:
    delay = math(f'<apply><csymbol encoding="text" definitionURL="{URL}delay">d</csymbol><ci>k</ci></apply>')
    rule = f'<listOfRules>\n  <assignmentRule variable="y">{delay}</assignmentRule></listOfRules>'
    error = refusal(sbml(parameters(k=1.0, y=None) + rule))
    assert error.exit_code == 4 and str(error).startswith("dir/m.xml:5:")


def test_all_features_are_named_at_once(sbml, math, parameters) -> None:
    delay = math(
        f'<apply><csymbol encoding="text" definitionURL="{URL}delay">d</csymbol><ci>k</ci><cn>1</cn></apply>'
    )
    content = (
        A
        + parameters(k=1.0, y=None)
        + (f'<listOfRules>\n\n<assignmentRule variable="y">{delay}</assignmentRule></listOfRules>')
        + '<listOfReactions>\n<reaction id="bare" reversible="true"><listOfReactants>'
        '<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants></reaction>'
        "</listOfReactions>"
        + '<listOfEvents>\n<event id="e" useValuesFromTriggerTime="true">'
        + f"{TRIGGER}<delay>{delay}</delay></event>"
        + "</listOfEvents>"
    )
    spatial = ' xmlns:s="http://www.sbml.org/sbml/level3/version1/spatial/version1" s:required="true"'
    message = str(refusal(sbml(content, attributes=spatial)))
    for words in (
        "required package 'spatial'",
        "reactions without a kinetic law (line 7 reaction 'bare')",
    ):
        assert words in message


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ('<listOfParameters><parameter id="k" constant="true"/></listOfParameters>', "parameter 'k'"),
        (
            '<listOfCompartments><compartment id="k" constant="true"/></listOfCompartments>',
            "compartment 'k'",
        ),
        (f'{CELL}<listOfSpecies><species id="k" compartment="c" {FACTS}/></listOfSpecies>', "species 'k'"),
    ],
)
def test_a_used_quantity_without_a_value(sbml, math, content: str, label: str) -> None:
    text = sbml(
        content
        + law(
            math("<ci>k</ci>"),
            '<listOfModifiers><modifierSpeciesReference species="k"/></listOfModifiers>'
            if "species" in label
            else "",
        )
    )
    error = refusal(text)
    assert error.code == "E-VALUE-MISSING" and error.where.line == 4 and error.where.object == label


def test_a_compartment_without_a_size_matters_to_its_species(sbml, math) -> None:
    text = sbml(
        A.replace('size="1"', "")
        + law(
            math("<cn>1</cn>"),
            (
                '<listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/>'
                "</listOfReactants>"
            ),
        )
    )
    assert refusal(text).where.object == "compartment 'c'"


def test_a_cycle_of_rules_is_named(sbml, math, parameters) -> None:
    rules = "".join(
        f'\n<assignmentRule variable="{a}">{math(f"<ci>{b}</ci>")}</assignmentRule>'
        for a, b in ("ab", "bd", "da")
    )
    error = refusal(sbml(parameters(a=None, b=None, d=None) + f"<listOfRules>{rules}</listOfRules>"))
    assert error.code == "E-CYCLE" and "a → b → d → a" in error.found and error.where.line == 5


def test_initial_values_in_a_circle(sbml, math, parameters) -> None:
    initial = (
        "<listOfInitialAssignments>"
        f'<initialAssignment symbol="k">{math("<ci>y</ci>")}</initialAssignment></listOfInitialAssignments>'
    )
    rule = f'<listOfRules><assignmentRule variable="y">{math("<ci>k</ci>")}</assignmentRule></listOfRules>'
    assert "y → k → y" in refusal(sbml(parameters(k=1.0, y=None) + initial + rule)).found


def test_a_function_that_calls_itself_is_named(sbml, math, parameters) -> None:
    body = "<lambda><bvar><ci>x</ci></bvar><apply><ci>{}</ci><ci>x</ci></apply></lambda>"
    functions = "".join(
        f'\n<functionDefinition id="{f}">{math(body.format(g))}</functionDefinition>' for f, g in ("fg", "gf")
    )
    error = refusal(sbml(f"<listOfFunctionDefinitions>{functions}</listOfFunctionDefinitions>"))
    assert (error.code == "E-RECURSION" and "f → g → f" in error.found) or "g → f → g" in error.found


def test_a_name_that_nothing_defines(sbml, math) -> None:
    error = refusal(sbml(A + law(math("<ci>ghost</ci>"))))
    assert error.code == "E-UNKNOWN-ID" and "'ghost'" in error.found and error.where.object == "reaction 'r'"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            '<listOfParameters><parameter id="k" value="1e400" constant="true"/></listOfParameters>',
            "must be a double",
        ),
        ('<listOfParameters>\n<parameter id="k" value="1"/></listOfParameters>', "constant"),
        (
            (
                '<listOfParameters><parameter id="k" value="1" constant="true"/>'
                '<parameter id="k" value="1" constant="true"/></listOfParameters>'
            ),
            "rule 10301",
        ),
        ("<listOfNonsense/>", "listOfNonsense"),
    ],
)
def test_invalid_sbml_is_refused_in_libsbmls_words(sbml, content: str, words: str) -> None:
    error = refusal(sbml(content))
    assert error.code == "E-SBML" and words in error.found and error.where.line >= 3


def test_a_number_beyond_the_doubles_is_no_model(sbml, math, parameters) -> None:
    for text in ("<cn>1e400</cn>", '<cn type="integer">4294967297</cn>'):
        rule = f'<listOfRules><assignmentRule variable="y">{math(text)}</assignmentRule></listOfRules>'
        assert refusal(sbml(parameters(y=None) + rule)).code in ("E-SBML", "E-FORMULA")


def test_errors_in_a_package_that_is_not_kept_do_not_matter(sbml) -> None:
    render = (
        ' xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1" layout:required="false"'
    )
    text = sbml("<layout:listOfLayouts>\n<layout:nonsense/>\n</layout:listOfLayouts>", attributes=render)
    assert read_sbml(text.encode()).model.id == "m"
