"""Each feature of SBML core that is read, on the smallest file that has it."""

from fractions import Fraction

import pytest

from isthmus.algebra.expression import call, number, symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml
from isthmus.model.model import Model

CELL = '<listOfCompartments><compartment id="c" size="2" constant="true"/></listOfCompartments>'
FACTS = 'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'
A, B, K = symbol("A"), symbol("B"), symbol("k")


def model_of(text: str) -> Model:
    return read_sbml(text.encode(), "m.xml").model


def species(**values: str) -> str:
    rows = [f'<species id="{name}" compartment="c" {rest}/>' for name, rest in values.items()]
    return f"<listOfSpecies>{''.join(rows)}</listOfSpecies>"


def reaction(law: str, inside: str = "", attributes: str = 'id="r" reversible="false"') -> str:
    law = f"<kineticLaw>{law}</kineticLaw>"
    return f"<listOfReactions><reaction {attributes}>{inside}{law}</reaction></listOfReactions>"


def initial_assignment(symbol_: str, formula: str) -> str:
    one = f'<initialAssignment symbol="{symbol_}">{formula}</initialAssignment>'
    return f"<listOfInitialAssignments>{one}</listOfInitialAssignments>"


def reactants(*names: str, stoichiometry: str = 'stoichiometry="1" constant="true"') -> str:
    rows = [f'<speciesReference species="{name}" {stoichiometry}/>' for name in names]
    return f"<listOfReactants>{''.join(rows)}</listOfReactants>"


def test_amounts_concentrations_and_flags(sbml, math) -> None:
    facts = 'hasOnlySubstanceUnits="true" boundaryCondition="true" constant="false"'
    text = sbml(
        CELL.replace(
            "<listOfCompartments>", '<listOfCompartments><compartment id="d" constant="false" units="litre"/>'
        )
        + species(
            A=f'initialConcentration="0.1" {FACTS}', B=f'initialAmount="3" substanceUnits="mole" {facts}'
        )
        + initial_assignment("d", math("<cn>4</cn>"))
    )
    model = model_of(text)
    a, b = model.species
    assert (a.initial, a.initial_is_amount, a.substance_only, a.boundary) == (0.1, False, False, False)
    assert (b.initial, b.initial_is_amount, b.substance_only, b.boundary, b.unit) == (
        3.0,
        True,
        True,
        True,
        "mole",
    )
    assert [(c.id, c.size, c.constant, c.unit) for c in model.compartments] == [
        ("d", None, False, "litre"),
        ("c", 2.0, True, ""),
    ]
    assert model.initial_assignments[0].formula is number(4)


def test_local_parameters_get_ids_of_their_own_and_shadow(sbml, math, parameters) -> None:
    law = (
        math("<apply><times/><ci>k</ci><ci>A</ci></apply>")
        + '<listOfLocalParameters><localParameter id="k" value="7"/></listOfLocalParameters>'
    )
    text = sbml(
        CELL
        + species(A=f'initialAmount="1" {FACTS}')
        + parameters(k=1.0, r_k=2.0)
        + reaction(law, reactants("A"))
    )
    model = model_of(text)
    assert [(p.id, p.value, p.local_to, p.name) for p in model.parameters] == [
        ("k", 1.0, "", ""),
        ("r_k", 2.0, "", ""),
        ("r_k_2", 7.0, "r", "k"),
    ]
    assert model.reactions[0].rate is symbol("r_k_2") * A


def test_functions_are_inlined_in_any_order(sbml, math, parameters) -> None:
    outer = math(
        "<lambda><bvar><ci>x</ci></bvar>"
        "<apply><plus/><apply><ci>g</ci><ci>x</ci></apply><ci>x</ci></apply></lambda>"
    )
    inner = math("<lambda><bvar><ci>k</ci></bvar><apply><sin/><ci>k</ci></apply></lambda>")
    definitions = [
        f'<functionDefinition id="{n}">{f}</functionDefinition>' for n, f in (("f", outer), ("g", inner))
    ]
    functions = f"<listOfFunctionDefinitions>{''.join(definitions)}</listOfFunctionDefinitions>"
    rule = math("<apply><ci>f</ci><apply><times/><cn>2</cn><ci>k</ci></apply></apply>")
    text = sbml(
        functions
        + parameters(k=1.0, y=None)
        + f'<listOfRules><assignmentRule variable="y">{rule}</assignmentRule></listOfRules>'
    )
    imported = read_sbml(text.encode())
    assert imported.model.assignments[0].formula is call("sin", 2 * K) + 2 * K
    assert "f, g are written out" in str(imported.losses[0])


def test_rules_come_in_the_order_of_their_needs(sbml, math, parameters) -> None:
    rules = "".join(
        f'<assignmentRule variable="{left}">{math(f"<apply><exp/><ci>{right}</ci></apply>")}</assignmentRule>'
        for left, right in (("a", "b"), ("b", "d"), ("d", "k"), ("e", "k"))
    )
    text = sbml(parameters(k=1.0, a=None, b=None, d=None, e=None) + f"<listOfRules>{rules}</listOfRules>")
    assert [rule.variable for rule in model_of(text).assignments] == ["d", "b", "a", "e"]


def test_a_rate_rule_keeps_its_initial_value(sbml, math) -> None:
    parameter = '<listOfParameters><parameter id="x" value="5" constant="false"/></listOfParameters>'
    rule = math("<apply><minus/><ci>x</ci></apply>")
    model = model_of(sbml(parameter + f'<listOfRules><rateRule variable="x">{rule}</rateRule></listOfRules>'))
    assert model.parameters[0].value == 5.0 and not model.parameters[0].constant
    assert model.rates[0].formula is -symbol("x")


def test_conversion_factors_of_the_model_reach_the_species(sbml, math, parameters) -> None:
    text = sbml(
        CELL
        + species(A=f'initialAmount="1" {FACTS}', B=f'initialAmount="1" conversionFactor="g" {FACTS}')
        + parameters(f=2.0, g=3.0),
        model='id="m" conversionFactor="f"',
    )
    assert [s.conversion for s in model_of(text).species] == ["f", "g"]


def test_reactions_in_full(sbml, math, parameters) -> None:
    inside = (
        reactants("A", stoichiometry='stoichiometry="1.5" constant="true"')
        + '<listOfProducts><speciesReference id="n" species="B" constant="true"/></listOfProducts>'
        + '<listOfModifiers><modifierSpeciesReference species="B"/></listOfModifiers>'
    )
    initial = initial_assignment("n", math("<apply><divide/><cn>1</cn><cn>3</cn></apply>"))
    law = math("<apply><times/><ci>k</ci><ci>B</ci><ci>n</ci></apply>")
    text = sbml(
        CELL
        + species(A=f'initialAmount="1" {FACTS}', B=f'initialAmount="1" {FACTS}')
        + parameters(k=1.0)
        + initial
        + reaction(law, inside)
    )
    read = model_of(text).reactions[0]
    assert read.net() == {"A": Fraction(-3, 2), "B": Fraction(1, 3)}
    assert read.modifiers == ("B",) and not read.reversible and not read.fast
    # The id of a species reference stands for its number.
    assert read.rate is K * B / 3


def test_level_two_defaults_and_built_in_units(sbml, math) -> None:
    unit = '<listOfUnits><unit kind="mole" scale="-6"/></listOfUnits>'
    units = f'<unitDefinition id="substance">{unit}</unitDefinition>'
    local = '<listOfParameters><parameter id="k" value="2"/></listOfParameters>'
    side = '<listOfReactants><speciesReference species="A"/></listOfReactants>'
    content = (
        f"<listOfUnitDefinitions>{units}</listOfUnitDefinitions>"
        + '<listOfCompartments><compartment id="c" size="1"/></listOfCompartments>'
        + species(A='initialAmount="1" substanceUnits="substance"')
        + '<listOfParameters><parameter id="t" value="1" units="time"/></listOfParameters>'
        + reaction(math("<ci>k</ci>") + local, side, 'id="r"')
    )
    model = model_of(sbml(content, 2, 4))
    assert model.reactions[0].reversible and model.reactions[0].reactants[0].stoichiometry == 1
    assert (model.units.substance, model.units.time, model.units.volume, model.units.extent) == (
        "substance",
        "second",
        "litre",
        "substance",
    )
    assert model.unit_definitions[0].factors[0].scale == -6
    assert [p.unit for p in model.parameters] == ["second", ""]
    assert model.species[0].unit == "substance"


def test_stoichiometry_math_that_is_a_number(sbml, math) -> None:
    two_thirds = math('<cn type="rational">2<sep/>3</cn>')
    number_ = f"<stoichiometryMath>{two_thirds}</stoichiometryMath>"
    reference = f'<speciesReference species="A">{number_}</speciesReference>'
    content = CELL.replace('constant="true"', "") + species(A='initialAmount="1"')
    content += reaction(math("<ci>A</ci>"), f"<listOfReactants>{reference}</listOfReactants>", 'id="r"')
    assert model_of(sbml(content, 2, 4)).reactions[0].reactants[0].stoichiometry == Fraction(2, 3)


def test_level_one() -> None:
    text = """<?xml version="1.0"?>
<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="old">
<listOfCompartments><compartment name="c" volume="2"/></listOfCompartments>
<listOfSpecies><species name="A" compartment="c" initialAmount="3"/>
<species name="B" compartment="c" initialAmount="0"/></listOfSpecies>
<listOfParameters><parameter name="k" value="0.5"/></listOfParameters>
<listOfReactions><reaction name="r" reversible="false">
<listOfReactants><speciesReference species="A" stoichiometry="2"/></listOfReactants>
<listOfProducts><speciesReference species="B"/></listOfProducts>
<kineticLaw formula="k * A^2"/></reaction></listOfReactions>
</model></sbml>"""
    model = model_of(text)
    assert model.reactions[0].rate is K * A**2
    assert model.reactions[0].net() == {"A": Fraction(-2), "B": Fraction(1)}
    assert model.compartments[0].size == 2.0 and model.species[0].initial == 3.0


def test_annotations_are_kept_as_written(sbml) -> None:
    annotation = (
        '<annotation><x:y xmlns:x="http://example.org/" a="1 &gt; 0"><!-- kept -->t</x:y></annotation>'
    )
    content = f'<notes><p xmlns="http://www.w3.org/1999/xhtml">&lt;b&gt; é</p></notes>{annotation}'
    parameter = (
        '<listOfParameters><parameter id="k" metaid="m1" sboTerm="SBO:0000009" value="1" constant="true">'
        f"{annotation}</parameter></listOfParameters>"
    )
    model = model_of(sbml(content + parameter))
    assert model.annotation.notes == '<notes><p xmlns="http://www.w3.org/1999/xhtml">&lt;b&gt; é</p></notes>'
    kept = model.parameters[0].annotation
    assert (kept.metaid, kept.sbo, kept.xml) == ("m1", "SBO:0000009", annotation)


def test_an_annotation_takes_its_outer_prefixes_along(sbml) -> None:
    text = sbml('<annotation><x:y x:a="1"/></annotation>', attributes=' xmlns:x="http://example.org/"')
    assert (
        model_of(text).annotation.xml
        == '<annotation><x:y xmlns:x="http://example.org/" x:a="1"/></annotation>'
    )


def test_what_is_left_behind_is_said(sbml, math) -> None:
    positive = math("<apply><gt/><ci>k</ci><cn>0</cn></apply>")
    constraint = f"<listOfConstraints><constraint>{positive}</constraint></listOfConstraints>"
    parameter = '<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters>'
    layout = (
        ' xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1" layout:required="false"'
    )
    losses = [
        str(loss)
        for loss in read_sbml(sbml(parameter + constraint, attributes=layout).encode(), "m.xml").losses
    ]
    assert losses == ["m.xml: the package 'layout' is not kept", "constraint: is not checked"]


def test_an_unused_quantity_may_lack_a_value(sbml) -> None:
    assert (
        model_of(sbml('<listOfParameters><parameter id="k" constant="true"/></listOfParameters>'))
        .parameters[0]
        .value
        is None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.1", 0.1), ("1e-300", 1e-300), ("INF", float("inf")), (" 3 ", 3.0), ("5e-1", 0.5)],
)
def test_attribute_values_are_doubles(sbml, text: str, expected: float) -> None:
    parameter = f'<listOfParameters><parameter id="k" value="{text}" constant="true"/></listOfParameters>'
    assert model_of(sbml(parameter)).parameters[0].value == expected


def test_a_wrong_level_is_refused() -> None:
    with pytest.raises(ModelError, match="Level 4 Version 1"):
        read_sbml(b'<sbml xmlns="http://www.sbml.org/sbml/level4" level="4" version="1"><model/></sbml>')


def test_a_unit_that_nothing_defines_is_left_out(sbml) -> None:
    parameter = '<parameter id="k" value="1" units="flops" constant="true"/>'
    content = f"<listOfParameters>{parameter}</listOfParameters>"
    imported = read_sbml(sbml(content, model='id="m" areaUnits="area" timeUnits="second"').encode())
    assert imported.model.parameters_by_id["k"].unit == ""
    assert (imported.model.units.area, imported.model.units.time) == ("", "second")
    assert {str(loss) for loss in imported.losses} == {
        "units: the unit 'flops', which nothing defines, is not kept",
        "units: the unit 'area', which nothing defines, is not kept",
    }
