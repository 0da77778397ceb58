"""Plain formulas are read in one pass from the last element to the first: what comes out is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.expression import Expression
from isthmus.algebra.mathml import parse_mathml
from isthmus.errors import ModelError

HEAD = '<math xmlns="http://www.w3.org/1998/Math/MathML">'

NUMBERS = st.sampled_from(("<cn>2</cn>", "<cn> 0.5 </cn>", '<cn type="integer">-3</cn>', "<cn>1e-3</cn>"))
NAMES = st.sampled_from(("<ci>x</ci>", "<ci> y </ci>", "<ci>\nz\n</ci>"))


def application(name: str, fewest: int, most: int, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, min_size=fewest, max_size=most)
    return arguments.map(lambda parts: f"<apply> <{name}/> {' '.join(parts)}</apply>")


def applications(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = {"plus": (1, 4), "times": (1, 4), "minus": (1, 2), "divide": (2, 2), "power": (2, 2)}
    return st.one_of([application(name, *told, inner) for name, told in counts.items()])


FORMULAS = st.recursive(NUMBERS | NAMES, applications, max_leaves=25)


def with_semantics(content: str) -> Expression:
    """Read by the general way, which alone knows this element."""
    return parse_mathml(f"{HEAD}<semantics>{content}</semantics></math>")


@given(FORMULAS)
def test_both_ways_make_the_same_expression(content: str) -> None:
    assert parse_mathml(f"{HEAD}{content}</math>") is with_semantics(content)


WRONG = (
    "<apply><times/><plus/><ci>x</ci></apply>",
    "<apply><ci>x</ci><ci>y</ci></apply>",
    "<apply/>",
    "<plus/>",
    "<apply><divide/><ci>x</ci></apply>",
    "<apply><divide/><ci>x</ci><ci>y</ci><ci>z</ci></apply>",
    "<apply><plus/><apply><times/></apply><minus/></apply>",
    "<apply><plus/><ci>x</ci><plus/><apply><ci>y</ci></apply></apply>",
    "<apply><divide/><ci>x</ci><times/></apply>",
    "<cn>1_0</cn>",
)


@pytest.mark.parametrize("content", WRONG)
def test_both_ways_refuse_the_same_in_the_same_words(content: str) -> None:
    with pytest.raises(ModelError) as general:
        with_semantics(content)
    with pytest.raises(ModelError) as found:
        parse_mathml(f"{HEAD}{content}</math>")
    assert str(found.value) == str(general.value)


def test_two_formulas_in_one_element_are_refused() -> None:
    with pytest.raises(ModelError, match="2 children"):
        parse_mathml(f"{HEAD}<ci>x</ci><ci>y</ci></math>")
