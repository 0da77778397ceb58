"""Antimony text of rules that build on each other."""

from dataclasses import replace
from itertools import pairwise

import pytest

from isthmus import formats
from isthmus.algebra.expression import add, mul, number, symbol
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.rule import AssignmentRule

DEPTH = 40


def chain(name_of: dict[int, str]) -> Model:
    """x0 = 3, each later one x² + x of the one before: 2^40 paths from the last to the first."""
    names = [name_of.get(i, f"x{i}") for i in range(DEPTH)]
    rules = [AssignmentRule(names[0], number(3))]
    for before, name in pairwise(names):
        last = symbol(before)
        rules.append(AssignmentRule(name, add(mul(last, last), last)))
    parameters = tuple(Parameter(name, constant=False) for name in names)
    return Model("chain", parameters=parameters, assignments=tuple(rules))


def test_a_chain_of_rules_is_written_at_once() -> None:
    lines = {line.strip() for line in formats.antimony_text(chain({})).splitlines()}
    assert {"x0 := 3;", *(f"x{i} := x{i - 1}^2 + x{i - 1};" for i in range(1, DEPTH))} <= lines


@pytest.mark.parametrize("word", ["gamma", "beta", "x1500000000"])
def test_names_that_antimony_changes_and_that_look_like_stand_ins(word: str) -> None:
    model = replace(chain({0: word}), assignments=chain({0: word}).assignments[:3])
    model = replace(model, parameters=model.parameters[:3])
    there = formats.read_model(formats.antimony_text(model))
    first, second = there.assignments[0].variable, there.assignments[1]
    assert first.startswith(word)
    assert second.formula == add(mul(symbol(first), symbol(first)), symbol(first))


def test_numbers_of_the_model_stay_what_they_are() -> None:
    rules = (
        AssignmentRule("a", add(symbol("k"), number(1_500_000_000))),
        AssignmentRule("b", mul(symbol("a"), number(1_500_000_001))),
    )
    parameters = (Parameter("k", 1.0), Parameter("a", constant=False), Parameter("b", constant=False))
    there = formats.read_model(formats.antimony_text(Model("m", parameters=parameters, assignments=rules)))
    assert {r.variable: r.formula for r in there.assignments} == {r.variable: r.formula for r in rules}
