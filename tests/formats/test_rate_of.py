"""rateOf(x) is read as the formula that it stands for."""

import pytest

from isthmus.algebra.expression import ZERO, Expression, number, symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml

URL = "http://www.sbml.org/sbml/symbols/"
CONTENT = """
<listOfCompartments><compartment id="c" size="2" constant="true"/><compartment id="g" size="1"
  constant="false"/>
</listOfCompartments><listOfSpecies>
<species id="A" compartment="c" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false"
  constant="false"/>
<species id="B" compartment="c" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="false"
  constant="false"
  conversionFactor="k"/>
<species id="G" compartment="g" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false"
  constant="false"/>
<species id="H" compartment="c" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="true"
  constant="false"/>
</listOfSpecies><listOfParameters><parameter id="k" value="1" constant="true"/>
<parameter id="w" value="1" constant="false"/><parameter id="v" value="1" constant="false"/>
<parameter id="z" constant="false"/><parameter id="y" constant="false"/></listOfParameters><listOfRules>
<rateRule variable="w">{k}</rateRule><rateRule variable="v">{rate_of_w}</rateRule><rateRule
  variable="g">{k}</rateRule>
<assignmentRule variable="z">{k}</assignmentRule><assignmentRule variable="y">{y}</assignmentRule>
</listOfRules>
<listOfReactions><reaction id="r" reversible="false"><listOfReactants>
<speciesReference species="A" stoichiometry="2" constant="true"/><speciesReference species="H"
  stoichiometry="1" constant="true"/>
</listOfReactants><listOfProducts><speciesReference species="B" stoichiometry="3" constant="true"/>
<speciesReference species="G" stoichiometry="1" constant="true"/></listOfProducts>
<kineticLaw>{k}</kineticLaw></reaction></listOfReactions>
"""
R, K, C, W = (symbol(name) for name in ("r", "k", "c", "w"))


def rate_of(name: str) -> str:
    return (
        f'<apply><csymbol encoding="text" definitionURL="{URL}rateOf">rateOf</csymbol><ci>{name}</ci></apply>'
    )


def read(sbml, math, formula: str) -> Expression:
    text = sbml(CONTENT.format(k=math("<ci>k</ci>"), rate_of_w=math(rate_of("w")), y=math(formula)))
    model = read_sbml(text.encode(), "m.xml").model
    return {rule.variable: rule.formula for rule in model.assignments}["y"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("k", ZERO),
        ("H", ZERO),
        ("w", K),
        ("v", K),
        ("A", -2 * R / C),
        ("B", 3 * K * R),
        ("G", (R - symbol("G") * K) / symbol("g")),
    ],
)
def test_each_kind_of_quantity(sbml, math, name: str, expected: Expression) -> None:
    assert read(sbml, math, rate_of(name)) is expected


def test_inside_a_formula(sbml, math) -> None:
    assert read(sbml, math, f"<apply><plus/>{rate_of('w')}<ci>w</ci></apply>") is K + W


@pytest.mark.parametrize(
    ("name", "code"), [("z", "E-RATE-OF"), ("r", "E-RATE-OF"), ("ghost", "E-UNKNOWN-ID")]
)
def test_what_has_no_rate_is_refused(sbml, math, name: str, code: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(sbml, math, rate_of(name))
    # libSBML refuses the unknown id too, whichever comes first.
    assert caught.value.code in (code, "E-SBML") and name in str(caught.value)


def test_rates_that_define_each_other(sbml, math, parameters) -> None:
    names = (
        '<listOfParameters><parameter id="a" value="1" constant="false"/>'
        '<parameter id="b" value="1" constant="false"/></listOfParameters>'
    )
    rules = "".join(f'<rateRule variable="{x}">{math(rate_of(y))}</rateRule>' for x, y in ("ab", "ba"))
    with pytest.raises(ModelError) as caught:
        read_sbml(sbml(f"{names}<listOfRules>{rules}</listOfRules>").encode())
    assert caught.value.code == "E-CYCLE"


def test_inside_a_function_it_is_refused_by_name(sbml, math, parameters) -> None:
    function = math(f"<lambda><bvar><ci>x</ci></bvar>{rate_of('x')}</lambda>")
    text = sbml(
        "<listOfFunctionDefinitions>"
        f'<functionDefinition id="f">{function}</functionDefinition></listOfFunctionDefinitions>'
    )
    with pytest.raises(ModelError, match="E-RATE-OF"):
        read_sbml(text.encode())


def test_copasis_function_for_it(sbml, math) -> None:
    note = (
        '<annotation><symbols xmlns="http://sbml.org/annotations/symbols" '
        'definition="http://en.wikipedia.org/wiki/Derivative"/></annotation>'
    )
    body = math("<lambda><bvar><ci>a</ci></bvar><notanumber/></lambda>")
    text = sbml(
        f'<listOfFunctionDefinitions><functionDefinition id="slope">{note}{body}</functionDefinition>'
        '</listOfFunctionDefinitions><listOfParameters><parameter id="w" value="1" constant="false"/>'
        '<parameter id="y" constant="false"/></listOfParameters><listOfRules>'
        f'<rateRule variable="w">{math("<cn>3</cn>")}</rateRule><assignmentRule variable="y">'
        f"{math('<apply><ci>slope</ci><ci>w</ci></apply>')}</assignmentRule></listOfRules>"
    )
    for document in (text, text.replace(note, "")):
        (rule,) = read_sbml(document.encode()).model.assignments
        assert (rule.formula is number(3)) == (document is text)
