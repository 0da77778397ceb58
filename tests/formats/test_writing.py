"""What is written is valid, reads back as the same model, and leaves nothing half-done."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus import formats
from isthmus.algebra.expression import call, number, square_root, symbol
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.annotations import resources_of, with_has_part, with_is_derived_from
from isthmus.formats.sbml_writer import decimal_text, double_text
from isthmus.model.annotation import Annotation
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits, UnitDefinition, UnitFactor

S, P, K, V = (symbol(name) for name in ("S", "P", "k", "Vmax"))
NOTE = Annotation(
    metaid="meta_S",
    sbo="SBO:0000247",
    notes='<notes><p xmlns="http://www.w3.org/1999/xhtml">ATP &amp; more</p></notes>',
    xml='<annotation><x:y xmlns:x="http://example.org/"/></annotation>',
)


def rich_model() -> Model:
    """One of everything that a model may have."""
    return Model(
        id="rich",
        name="A <rich> model",
        compartments=(Compartment("cell", 0.1 + 0.2, unit="litre"), Compartment("film", None, False, 2.0)),
        species=(
            Species("S", "cell", 1 / 3, annotation=NOTE, unit="micromole"),
            Species("P", "cell", 0.0, initial_is_amount=True, substance_only=True, conversion="factor"),
            Species("Q", "cell", None, boundary=True),
            Species("C", "cell", 0.0, boundary=True),
        ),
        parameters=(
            Parameter("k", 1e-300),
            Parameter("factor", 2.0, unit="dimensionless"),
            Parameter("S_0", 1 / 3, initial_of="S"),
            Parameter("r_k", math.inf, name="k", local_to="r"),
            Parameter("Vmax", None, constant=False),
            Parameter("w", 5.0, constant=False),
        ),
        reactions=(
            Reaction(
                "r",
                (Participant("S", Fraction(1, 3)),),
                (Participant("P", Fraction(5, 2)),),
                V * S / (K + S),
                ("Q",),
                fast=True,
            ),
        ),
        assignments=(AssignmentRule("Vmax", number(Fraction(1, 3)) * K), AssignmentRule("Q", square_root(S))),
        rates=(RateRule("w", call("piecewise", K, call("lt", S, number(1)), -K)),),
        initial_assignments=(InitialAssignment("film", K * 4), InitialAssignment("S", symbol("S_0"))),
        constraints=(Constraint("C", symbol("C") ** 2 + symbol("C") - S, S / 2),),
        units=ModelUnits(substance="micromole", time="second", extent="micromole"),
        unit_definitions=(UnitDefinition("micromole", (UnitFactor("mole", 1.0, -6, 1.0),)),),
        annotation=with_is_derived_from(
            Annotation(), ["urn:miriam:biomodels.db:BIOMD0000000010"], "meta_model"
        ),
    )


def as_read(model: Model) -> Model:
    """What reading makes of it: quantities with an initial formula have no number, the model no origin."""
    plain = replace(model, source="", sha256="")
    computed = {"S"} & {assignment.variable for assignment in model.initial_assignments}
    return replace(
        plain, species=tuple(replace(s, initial=None) if s.id in computed else s for s in plain.species)
    )


def again(model: Model) -> Model:
    return replace(formats.read(formats.sbml_text(model)).model, source="", sha256="")


def test_one_of_everything_reads_back_the_same() -> None:
    assert again(rich_model()) == as_read(rich_model())


def test_it_is_valid_and_the_same_every_time() -> None:
    text = formats.sbml_text(rich_model())
    assert formats.check_sbml(text) == []
    assert text == formats.sbml_text(rich_model())
    assert formats.sbml_text(again(rich_model())) == formats.sbml_text(as_read(rich_model()))


def test_a_checker_that_says_no() -> None:
    broken = replace(rich_model(), compartments=())
    assert formats.check_sbml(formats.sbml_text(broken)) != []


def test_modifiers_are_completed() -> None:
    model = rich_model()
    reaction = replace(model.reactions[0], modifiers=())
    lawful = replace(reaction, rate=reaction.rate * symbol("Q"))
    assert again(replace(model, reactions=(lawful,))).reactions[0].modifiers == ("Q",)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    formats.write_sbml(rich_model(), path)
    before = path.read_bytes()
    with pytest.raises(ModelError, match="E-WRITE"):
        formats.write_sbml(replace(rich_model(), compartments=()), path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["m.xml"]
    with pytest.raises(ModelError, match="E-FILE"):
        formats.write_sbml(rich_model(), tmp_path / "nowhere" / "m.xml")
    read = formats.read_model(path)
    assert read.source == str(path) and len(read.sha256) == 64


def test_an_algebraic_rule_of_others_finds_its_unknown() -> None:
    text = formats.sbml_text(rich_model())
    start, end = text.index("<algebraicRule>"), text.index("</algebraicRule>")
    note = text[text.index("<annotation>", start) : text.index("</annotation>", start) + len("</annotation>")]
    assert end > start
    (ours,) = formats.read_model(text).constraints
    (theirs,) = formats.read_model(text.replace(note, "")).constraints
    # The same quantity, with the residual made to attract and its own initial value as the start.
    assert theirs.unknown == ours.unknown == "C"
    assert theirs.residual is -(ours.residual / (2 * symbol("C") + 1)) and theirs.start is number(0.0)


@given(st.floats(allow_nan=False))
def test_doubles_come_back_bit_for_bit(value: float) -> None:
    text = double_text(value).replace("INF", "inf")
    assert float(text) == value and math.copysign(1, float(text)) == math.copysign(1, value)


@given(st.fractions())
def test_decimals_are_exact_or_none(value: Fraction) -> None:
    text = decimal_text(value)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    assert (text is None) == (rest != 1 or (value * 10**40).denominator != 1)
    assert text is None or Fraction(text) == value


def test_relations_join_an_existing_description() -> None:
    about = with_has_part(NOTE, ["urn:a", "urn:b"], "unused")
    assert about.metaid == "meta_S" and resources_of(about, "hasPart") == ("urn:a", "urn:b")
    more = with_is_derived_from(about, ["urn:c"], "unused")
    assert more.xml.count("<rdf:RDF") == 1 and resources_of(more) == ("urn:a", "urn:b", "urn:c")
    assert with_has_part(NOTE, [], "unused") is NOTE


def test_antimony_round_trip(tmp_path: Path) -> None:
    text = "model m\n  compartment c = 2\n  species S in c, P in c\n  S -> P; k*S*c\n"
    text += "  k = 0.25; S = 3; P = 0\nend\n"
    model = formats.read_model(text)
    path = tmp_path / "m.txt"
    formats.write_antimony(model, path)
    there = formats.read_model(path)
    assert there.reactions[0].rate == model.reactions[0].rate == K * S * symbol("c")
    assert {s.id: s.initial for s in there.species} == {"S": 3.0, "P": 0.0}


def test_antimony_errors_have_a_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.ant"
    path.write_text("A -> B; k*A\nk = = 3\n")
    with pytest.raises(ModelError, match=r"broken\.ant:2: .*E-ANTIMONY"):
        formats.read(path)


def test_antimony_has_no_word_for_fast():
    reaction = Reaction(
        "swap", (Participant("A", Fraction(1)),), (Participant("B", Fraction(1)),), K, fast=True
    )
    with pytest.raises(UnsupportedFeature, match="fast") as refused:
        formats.antimony_text(Model("m", reactions=(reaction,)))
    assert refused.value.code == "E-FAST-REACTION"
