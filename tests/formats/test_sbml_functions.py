"""Long formulas are written as calls of functions; what is read back is the same."""

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from operator import add

import pytest

from isthmus import formats
from isthmus.algebra import mathml
from isthmus.algebra.expression import (
    TIME_NODE,
    Expression,
    call,
    free_symbols,
    number,
    postorder,
    square_root,
    symbol,
)
from isthmus.algebra.mathml import MATH
from isthmus.formats import sbml_functions
from isthmus.formats.sbml_functions import Laws
from isthmus.formats.xml_tree import items, parse_document
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, RateRule
from isthmus.model.species import Species

A, B, X, Y = (symbol(name) for name in ("a", "b", "x", "y"))
CHAIN = 12


def steps(variable: Expression, count: int) -> Expression:
    """Exactly so many operations: sin(sin(… x …))."""
    for _ in range(count):
        variable = call("sin", variable)
    return variable


def model_with(*rules: AssignmentRule, reactions: tuple[Reaction, ...] = ()) -> Model:
    constants = (Parameter("a", 2.0), Parameter("b", 3.0))
    variables = tuple(Parameter(rule.variable, None, constant=False) for rule in rules)
    return Model(
        id="m",
        compartments=(Compartment("cell", 1.0),),
        species=(Species("S", "cell", 1.0), Species("P", "cell", 0.0)),
        parameters=(*constants, *variables),
        reactions=reactions,
        assignments=rules,
    )


def chain() -> Model:
    """Each variable is the positive root of a quadratic that names the one before it twice."""
    rules = [AssignmentRule("q0", A + B)]
    for i in range(1, CHAIN):
        before = symbol(f"q{i - 1}")
        rules.append(AssignmentRule(f"q{i}", (square_root(before**2 + 4 * A * before) - before) / 2))
    rate = symbol(f"q{CHAIN - 1}") * symbol("S") / (B + symbol(f"q{CHAIN - 1}"))
    return model_with(*rules, reactions=(Reaction("r", one("S"), one("P"), rate),))


def one(species: str) -> tuple[Participant]:
    return (Participant(species, Fraction(1)),)


def everything_long() -> Model:
    """Long formulas of every kind that is written as a function, with time, conditions and taken names."""
    long = reduce(add, (A**i / (B + number(i)) for i in range(2, 20)))
    switched = call("piecewise", long * TIME_NODE, call("lt", TIME_NODE, number(5)), -long)
    base = model_with(
        AssignmentRule("x", switched),
        AssignmentRule("t", long - TIME_NODE),
        AssignmentRule("t_2", long * TIME_NODE + symbol("t")),
        AssignmentRule("law_x", A + 1),
        AssignmentRule("short", A * B),
        reactions=(Reaction("r", one("S"), one("P"), long * symbol("S") * symbol("cell")),),
    )
    moving = Parameter("z", 1.0, constant=False)
    rate = RateRule("z", symbol("t_2") * symbol("t") - symbol("t_2") ** 2 * symbol("z"))
    return replace(base, parameters=(*base.parameters, moving), rates=(rate,))


def again(text: str) -> Model:
    return replace(formats.read_model(text), source="", sha256="")


def functions_of(text: str) -> list[str]:
    root = parse_document(text.encode()).root
    return [definition.get("id", "") for definition in items(root[0], "listOfFunctionDefinitions")]


def names_written(text: str, variable: str) -> list[str]:
    """The symbols in a rule, as often as they are written, and a called function first."""
    root = parse_document(text.encode()).root
    rule = next(rule for rule in items(root[0], "listOfRules") if rule.get("variable") == variable)
    return [(ci.text or "").strip() for ci in rule.iter(f"{MATH}ci")]


MODELS = {"chain": chain, "everything": everything_long}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_back_is_the_same(name: str) -> None:
    model = MODELS[name]()
    text = formats.sbml_text(model)
    assert functions_of(text)
    assert again(text) == model
    assert formats.sbml_text(again(text)) == text == formats.sbml_text(MODELS[name]())


@pytest.mark.parametrize("name", MODELS)
def test_libsbml_finds_no_error(name: str) -> None:
    text = formats.sbml_text(MODELS[name]())
    assert formats.check_sbml(text) == []
    one_argument_less = text.replace("<bvar><ci> a </ci></bvar>", "", 1)
    assert formats.check_sbml(one_argument_less) != []


@pytest.mark.parametrize("name", MODELS)
def test_antimony_says_the_same(name: str) -> None:
    model = MODELS[name]()
    there = formats.read_model(formats.antimony_text(model))
    assert {rule.variable: rule.formula for rule in there.assignments} == {
        rule.variable: rule.formula for rule in model.assignments
    }
    assert there.reactions[0].rate is model.reactions[0].rate
    assert [rule.formula for rule in there.rates] == [rule.formula for rule in model.rates]


def test_every_symbol_is_written_once_in_a_chain() -> None:
    """So that writing all rules out makes CHAIN calls, not 2^CHAIN formulas."""
    text = formats.sbml_text(chain())
    assert functions_of(text) == ["law_r", *(f"law_q{i}" for i in range(1, CHAIN))]
    for i in range(1, CHAIN):
        assert sorted(names_written(text, f"q{i}")) == sorted([f"law_q{i}", f"q{i - 1}", "a"])


def test_the_ids_are_new_and_time_is_an_argument() -> None:
    text = formats.sbml_text(everything_long())
    assert functions_of(text) == ["law_r", "law_x_2", "law_t", "law_t_2", "law_z"]
    assert names_written(text, "short") == ["a", "b"]
    root = parse_document(text.encode()).root
    definitions = {d.get("id"): d for d in items(root[0], "listOfFunctionDefinitions")}
    arguments = {
        name: [(ci.text or "").strip() for bound in d.iter(f"{MATH}bvar") for ci in bound]
        for name, d in definitions.items()
    }
    assert set(arguments["law_x_2"]) == {"a", "b", "t"}
    # Where the formula has a t of its own, time is called otherwise.
    assert set(arguments["law_t_2"]) == {"a", "b", "t", "t_2"}
    assert not [d for d in definitions.values() for _ in d.iter(f"{MATH}csymbol")]


@pytest.mark.parametrize(("operations", "is_called"), [(30, False), (31, True)])
def test_more_than_thirty_operations_are_long(operations: int, is_called: bool) -> None:
    laws = Laws(frozenset(), set())
    laws.math("x", steps(A, operations))
    assert [d.id for d in laws.definitions] == ["law_x"] * is_called


def test_shared_parts_count_as_often_as_they_are_written() -> None:
    doubled = A
    for _ in range(5):
        doubled = call("atan", call("max", doubled, doubled))
    # 2 + 4 + … + 32 leaves and inner nodes: ten nodes in the graph, 62 operations in the file.
    assert sum(bool(node.args) for node in postorder([doubled])) == 10
    laws = Laws(frozenset(), set())
    laws.math("x", doubled)
    assert laws.definitions


@pytest.mark.parametrize(
    ("formula", "is_called"),
    [
        (X / (A + X), True),
        (A / (B + A), False),
        (X / (A + Y), False),
        (call("max", call("exp", X), call("exp", X)), True),
    ],
)
def test_a_computed_symbol_named_twice_is_long(formula: Expression, is_called: bool) -> None:
    laws = Laws({"x", "y"}, set(free_symbols(formula)))
    laws.math("v", formula)
    assert bool(laws.definitions) == is_called


def test_a_long_formula_without_symbols_stays_a_formula() -> None:
    laws = Laws(frozenset(), set())
    assert "<lambda>" not in laws.math("x", steps(number(2), 40))
    assert not laws.definitions


def wide(terms: int, first: int = 1) -> Expression:
    """A sum of so many sines: three nodes each, with the symbol and the sum."""
    return call("add", *(call("sin", number(first + i) * A) for i in range(terms)))


def test_a_body_that_is_large_for_reading_stays_a_formula() -> None:
    laws = Laws(frozenset(), set())
    assert "<lambda>" not in laws.math("x", wide(10_000)) and not laws.definitions
    laws.math("x", wide(5_000))
    assert laws.definitions


def test_a_large_body_is_read_back_and_the_bounds_are_within_those_of_reading() -> None:
    model = model_with(AssignmentRule("x", wide(2_000)))
    text = formats.sbml_text(model)
    assert functions_of(text) == ["law_x"] and again(text) == model
    assert 2 * sbml_functions._LARGEST_BODY <= mathml._LARGEST_CALL
    assert 2 * sbml_functions._MOST_DEFINED <= mathml._MOST_INLINED


def test_all_bodies_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = wide(20)
    monkeypatch.setattr(sbml_functions, "_MOST_DEFINED", 3 * len(postorder([formula])) + 1)
    laws = Laws(frozenset(), set())
    written = [laws.math(f"x{i}", formula) for i in range(5)]
    assert [d.id for d in laws.definitions] == ["law_x0", "law_x1", "law_x2"]
    assert [text.count("<sin/>") for text in written] == [0, 0, 0, 20, 20]
