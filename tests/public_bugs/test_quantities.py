"""Public bugs of amounts, volumes, initial values and stoichiometry."""

import math
from pathlib import Path

import numpy as np
import pytest
from tests.public_bugs.curves import CLOSE, curves, mathml, sbml

from isthmus import formats
from isthmus.errors import ModelError, UsageError

CELL = '<listOfCompartments><compartment id="c" size="{size}" constant="true"/></listOfCompartments>'
FACTS = 'boundaryCondition="false" constant="false"'
ONE = 'stoichiometry="1" constant="true"'


def test_writing_again_and_again_changes_no_amount(tmp_path: Path) -> None:
    """sys-bio/roadrunner#612: each writing multiplied the concentrations by the volume."""
    source = "compartment C = 2.5; species S in C = 10, T in C = 4; J: S -> T; C*k*S; k = 0.3"
    for name in ("one.xml", "two.xml", "three.ant", "four.xml"):
        write = formats.write_antimony if name.endswith(".ant") else formats.write_sbml
        write(formats.read_model(source), tmp_path / name)
        source = str(tmp_path / name)
    decayed = 10 * math.exp(-0.3 * 2)
    np.testing.assert_allclose(
        curves(source, [0.0, 2.0], ["S", "T", "C*S"]),
        [[10.0, 4.0, 25.0], [decayed, 14 - decayed, 2.5 * decayed]],
        rtol=CLOSE,
    )


def test_a_species_of_level_one_is_a_concentration_in_formulas() -> None:
    """sys-bio/roadrunner#371: the amounts of Level 1 in rate laws.

    3 in a volume of 2 are 1.5; the law is an amount per time, so A falls at k/2.
    """
    text = sbml(
        '<listOfCompartments><compartment name="c" volume="2"/></listOfCompartments>'
        '<listOfSpecies><species name="A" compartment="c" initialAmount="3"/></listOfSpecies>'
        '<listOfReactions><reaction name="r" reversible="false"><listOfReactants>'
        '<speciesReference species="A"/></listOfReactants><kineticLaw formula="k*A">'
        '<listOfParameters><parameter name="k" value="0.5"/></listOfParameters></kineticLaw></reaction>'
        "</listOfReactions>",
        (1, 2),
    )
    found = curves(text, [0.0, 3.0], ["A"])[:, 0]
    np.testing.assert_allclose(found, [1.5, 1.5 * math.exp(-0.25 * 3)], rtol=CLOSE)


@pytest.mark.parametrize("doses", [{}, {"dose": 5.0}, {"dose": 5.0, "V": 4.0}])
def test_initial_assignments_follow_what_is_set(doses: dict[str, float]) -> None:
    """sys-bio/roadrunner#328 and #710: a changed parameter did not reach the initial assignments."""
    model = "compartment C = V; V = 2; dose = 3; share := dose/V; species S in C; S = 2*dose/V; S -> ; C*S"
    dose, volume = doses.get("dose", 3.0), doses.get("V", 2.0)
    found = curves(model, [0.0, 1.0], ["S", "C", "share"], doses)
    start = 2 * dose / volume
    expected = [[start, volume, dose / volume], [start * math.exp(-1), volume, dose / volume]]
    np.testing.assert_allclose(found, expected, rtol=CLOSE)


def test_the_only_reaction_follows_a_species_with_a_rule() -> None:
    """sys-bio/roadrunner#610: the rate of a single reaction did not follow its assigned species.

    P = ∫ k (2 + sin 2t).
    """
    model = "species $X; X := 2 + sin(2*time); k = 1.5; v: $X -> P; k*X; P = 0"
    times = [0.0, 1.0, 4.0]
    exact = [1.5 * (2 * t + (1 - math.cos(2 * t)) / 2) for t in times]
    np.testing.assert_allclose(curves(model, times, ["P"])[:, 0], exact, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("through", ["sbml", "antimony"])
def test_species_in_amounts_stay_in_amounts(through: str, tmp_path: Path) -> None:
    """sys-bio/antimony#30: hasOnlySubstanceUnits was lost, and with it the meaning of the rate laws.

    2 A → B at k A²: A = 8/(1 + 16 k t) in amounts, whatever the volume.
    """
    species = (
        f'<species id="A" compartment="c" initialAmount="8" hasOnlySubstanceUnits="true" {FACTS}/>'
        f'<species id="B" compartment="c" initialAmount="0" hasOnlySubstanceUnits="true" {FACTS}/>'
    )
    law = mathml("<apply><times/><cn>0.05</cn><ci>A</ci><ci>A</ci></apply>")
    text = sbml(
        CELL.format(size=4)
        + f"<listOfSpecies>{species}</listOfSpecies>"
        + '<listOfReactions><reaction id="r" reversible="false"><listOfReactants>'
        '<speciesReference species="A" stoichiometry="2" constant="true"/></listOfReactants>'
        '<listOfProducts><speciesReference species="B" '
        f'stoichiometry="1" constant="true"/></listOfProducts><kineticLaw>{law}</kineticLaw></reaction>'
        "</listOfReactions>"
    )
    if through == "antimony":
        formats.write_antimony(formats.read_model(text), tmp_path / "m.ant")
        text = str(tmp_path / "m.ant")
    rest = 8 / (1 + 16 * 0.05 * 3)
    np.testing.assert_allclose(curves(text, [3.0], ["A", "B"]), [[rest, (8 - rest) / 2]], rtol=CLOSE)


def test_initial_amounts_and_concentrations_side_by_side() -> None:
    """AMICI-dev/AMICI#774: the initial value was not read where the other kind was meant.

    Half a litre: an amount of 3 is a concentration of 6; a concentration of 3 is an amount of 1.5.
    """
    rows = [("A", 'initialAmount="3"', "false"), ("B", 'initialConcentration="3"', "false")]
    rows += [
        ("C", 'initialAmount="3"', "true"),
        ("D", 'initialConcentration="3"', "true"),
        ("E", "", "false"),
    ]
    species = "".join(
        f'<species id="{name}" compartment="c" {value} hasOnlySubstanceUnits="{only}" {FACTS}/>'
        for name, value, only in rows
    )
    initial = f'<initialAssignment symbol="E">{mathml("<ci>B</ci>")}</initialAssignment>'
    text = sbml(
        CELL.format(size=0.5)
        + f"<listOfSpecies>{species}</listOfSpecies>"
        + f"<listOfInitialAssignments>{initial}</listOfInitialAssignments>"
    )
    assert curves(text, [0.0, 1.0], list("ABCDE"))[1].tolist() == [6.0, 3.0, 3.0, 1.5, 3.0]


def unsized(compartment: str, species: str, level: tuple[int, int]) -> str:
    """A decays at the rate 0.5 A in a compartment that has no size."""
    law = mathml("<apply><times/><cn>0.5</cn><ci>A</ci></apply>")
    return sbml(
        f'<listOfCompartments><compartment id="c" {compartment} constant="true"/></listOfCompartments>'
        f'<listOfSpecies><species id="A" compartment="c" initialAmount="3" {species} {FACTS}/>'
        '</listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfReactants>'
        f'<speciesReference species="A" {ONE if level[0] == 3 else ""}/></listOfReactants>'
        f"<kineticLaw>{law}</kineticLaw></reaction></listOfReactions>",
        level,
    )


@pytest.mark.parametrize("level", [(2, 4), (3, 2)])
def test_a_compartment_without_a_size(level: tuple[int, int]) -> None:
    """LCSB-BioCore/SBML.jl#101: an error even where no size is needed (suite case 00048).

    In a point, and where only amounts are meant, A is an amount; where a size is needed, none is assumed.
    """
    concentration, amount = (f'hasOnlySubstanceUnits="{only}"' for only in ("false", "true"))
    left = 3 * math.exp(-0.5 * 2)
    for compartment, species in (('spatialDimensions="0"', concentration), ("", amount)):
        np.testing.assert_allclose(
            curves(unsized(compartment, species, level), [2.0], ["A"]), [[left]], rtol=CLOSE
        )
    with pytest.raises(ModelError, match="compartment 'c': no size") as caught:
        curves(unsized("", concentration, level), [2.0], ["A"])
    assert caught.value.code == "E-VALUE-MISSING"


def test_amounts_and_concentrations_in_one_rate_law() -> None:
    """A law of both kinds over two volumes: S counts as a concentration, T as an amount.

    The amount of S falls at k (S/2) T with T = 5 held, whatever the volume of T.
    """
    text = sbml(
        '<listOfCompartments><compartment id="c" size="2" constant="true"/>'
        '<compartment id="d" size="8" constant="true"/></listOfCompartments>'
        '<listOfSpecies><species id="S" compartment="c" initialAmount="6" hasOnlySubstanceUnits="false" '
        f'{FACTS}/><species id="T" compartment="d" initialAmount="5" hasOnlySubstanceUnits="true" '
        'boundaryCondition="true" constant="false"/></listOfSpecies>'
        '<listOfReactions><reaction id="r" reversible="false"><listOfReactants>'
        f'<speciesReference species="S" {ONE}/><speciesReference species="T" {ONE}/></listOfReactants>'
        f"<kineticLaw>{mathml('<apply><times/><cn>0.2</cn><ci>S</ci><ci>T</ci></apply>')}</kineticLaw>"
        "</reaction></listOfReactions>"
    )
    expected = [[3 * math.exp(-0.2 * 5 / 2 * 3), 5.0]]
    np.testing.assert_allclose(curves(text, [3.0], ["S", "T"]), expected, rtol=CLOSE)


@pytest.mark.parametrize("size", ["1 + time", "2/(2 + time)", "1 + 0*time"])
def test_a_concentration_in_a_compartment_with_a_rule(size: str) -> None:
    """sys-bio/roadrunner#1319: it started at 0 where the size is a rule of time. The amount stays."""
    model = f"compartment V; V := {size}; species X in V = 0.05"
    volume = {"1 + time": 5.0, "2/(2 + time)": 1 / 3, "1 + 0*time": 1.0}[size]
    np.testing.assert_allclose(curves(model, [0.0, 4.0], ["X"])[:, 0], [0.05, 0.05 / volume], rtol=CLOSE)


@pytest.mark.parametrize("order", [("y", "z"), ("z", "y")])
def test_rate_of_in_rules_that_need_each_other(order: tuple[str, str], tmp_path: Path) -> None:
    """AMICI-dev/AMICI#2290: rules with rateOf were worked out in the order of the file.

    x' = -x/2, y = 2 x' and z = y + 1.
    """
    symbol = (
        '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/rateOf">rateOf</csymbol>'
    )
    rules = {
        "y": f"<apply><times/><cn>2</cn><apply>{symbol}<ci>x</ci></apply></apply>",
        "z": "<apply><plus/><ci>y</ci><cn>1</cn></apply>",
    }
    written = "".join(
        f'<assignmentRule variable="{name}">{mathml(rules[name])}</assignmentRule>' for name in order
    )
    decay = mathml("<apply><divide/><apply><minus/><ci>x</ci></apply><cn>2</cn></apply>")
    parameters = '<parameter id="x" value="3" constant="false"/>' + "".join(
        f'<parameter id="{name}" constant="false"/>' for name in rules
    )
    text = sbml(
        f"<listOfParameters>{parameters}</listOfParameters>"
        f'<listOfRules>{written}<rateRule variable="x">{decay}</rateRule></listOfRules>'
    )
    x = 3 * math.exp(-1)
    np.testing.assert_allclose(curves(text, [2.0], ["x", "y", "z"]), [[x, -x, 1 - x]], rtol=CLOSE)


def reaction(reactant: str, product: str, rules: str = "", more: str = "") -> str:
    """A → B at the rate 2 in a volume of 1, with the attributes of the two references."""
    species = "".join(
        f'<species id="{name}" compartment="c" initialAmount="100" hasOnlySubstanceUnits="false" {FACTS}/>'
        for name in "AB"
    )
    return sbml(
        CELL.format(size=1)
        + f"<listOfSpecies>{species}</listOfSpecies>{more}{rules}"
        + '<listOfReactions><reaction id="r" reversible="false">'
        f'<listOfReactants><speciesReference species="A" {reactant}/></listOfReactants>'
        f'<listOfProducts><speciesReference species="B" {product}/></listOfProducts>'
        f"<kineticLaw>{mathml('<cn>2</cn>')}</kineticLaw></reaction></listOfReactions>"
    )


TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'


@pytest.mark.parametrize(
    ("kind", "formula", "gained"),
    [
        # B' = 2 n: n = 1 + t gives 2 (t + t²/2); n' = 3 from 0.5 on gives 2 (t/2 + 3 t²/2).
        ("assignmentRule", f"<apply><plus/><cn>1</cn>{TIME}</apply>", 2 * (4 + 8)),
        ("rateRule", "<cn>3</cn>", 2 * (2 + 24)),
    ],
)
def test_a_stoichiometry_that_varies(kind: str, formula: str, gained: float) -> None:
    """sys-bio/roadrunner#870: assigned stoichiometries gave wrong curves."""
    start = 'stoichiometry="0.5" ' if kind == "rateRule" else ""
    rules = f'<listOfRules><{kind} variable="n">{mathml(formula)}</{kind}></listOfRules>'
    text = reaction(ONE, f'id="n" {start}constant="false"', rules)
    np.testing.assert_allclose(curves(text, [4.0], ["A", "B"]), [[92.0, 100 + gained]], rtol=CLOSE)


def test_a_missing_stoichiometry_is_refused() -> None:
    """sys-bio/roadrunner#99: without a number in Level 3 something was assumed."""
    with pytest.raises(ModelError, match="stoichiometry") as caught:
        curves(reaction(ONE, 'constant="true"'), [1.0], ["A"])
    assert "reaction 'r'" in str(caught.value)


def test_a_number_as_a_stoichiometry_is_used_and_not_dropped_in_silence() -> None:
    """sys-bio/antimony#159: X → N X: N was frozen and gone. Here it is a number, and to set it is refused."""
    model = "species X = 2; N = 3; k = 0.1; grow: X -> N X; k*X"
    np.testing.assert_allclose(curves(model, [4.0], ["X"]), [[2 * math.exp(2 * 0.1 * 4)]], rtol=CLOSE)
    with pytest.raises(UsageError, match="'N'"):
        curves(model, [4.0], ["X"], {"N": 5.0})


def test_a_catalyst_on_both_sides_stays() -> None:
    """sebapersson/SBMLImporter.jl#113: a species that is reactant and product was used up."""
    model = """species S = 3, E = 0.5, P = 0; k = 0.8; r: S + E -> E + P; k*S*E
    species $F = 2, G = 1; q: $F + G -> $F + 2 G; 0.1*F*G"""
    left = 3 * math.exp(-0.8 * 0.5 * 2)
    expected = [[left, 0.5, 3 - left, 2.0, math.exp(0.1 * 2 * 2)]]
    np.testing.assert_allclose(curves(model, [2.0], ["S", "E", "P", "F", "G"]), expected, rtol=CLOSE)
