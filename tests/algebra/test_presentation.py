"""Presentation MathML: structure checked against an independent reading of the markup back into numbers."""

import math
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import Expression, call, number, power, square_root, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.algebra.presentation import name_markup, to_presentation

VALUES = {"a": 0.7, "b": 1.9, "k_on": 2.3, "S0": 0.4}
TIMES = "\u2062"


def read(element: ElementTree.Element) -> str:
    """The markup as infix text; a second, simple reading of what a person would see."""
    children = [read(child) for child in element]
    match element.tag:
        case "math" | "mrow":
            return f"({''.join(children)})"
        case "mfrac":
            return f"({children[0]}/{children[1]})"
        case "msqrt":
            return f"({children[0]})^0.5"
        case "msup":
            if element[0].tag == "mi" and element[0].text == "e":
                return f"exp({children[1]})"
            return f"({children[0]})^({children[1]})"
        case "msub":
            below = element[1].text or ""
            return (element[0].text or "") + (below if below.isdigit() else f"_{below}")
        case "mspace":
            return ""
    text = element.text or ""
    return {"−": "-", TIMES: "*", "·": "*", "\u2061": ""}.get(text, text)


def value(expression: Expression) -> float:
    seen = parse(read(ElementTree.fromstring(to_presentation(expression))))
    found = evaluate([seen], VALUES)[0]
    assert isinstance(found, float | Fraction)
    return float(found)


leaves = (
    st.sampled_from([symbol(name) for name in VALUES])
    | st.integers(1, 9).map(number)
    | st.sampled_from(["0.25", "1/3", "12"]).map(number)
)


def grow(inner):
    pair = st.tuples(inner, inner)
    return (
        pair.map(lambda p: p[0] + p[1])
        | pair.map(lambda p: p[0] - p[1])
        | pair.map(lambda p: p[0] * p[1])
        | pair.map(lambda p: p[0] / (p[1] * p[1] + 1))
        | inner.map(lambda e: power(e, number(2)))
    )


def direct(expression: Expression) -> float:
    """The value straight from the graph."""
    args = [direct(arg) for arg in expression.args]
    match expression.op:
        case "number":
            assert isinstance(expression.value, Fraction)
            return float(expression.value)
        case "symbol":
            return VALUES[str(expression.value)]
        case "add":
            return math.fsum(args)
        case "mul":
            return math.prod(args)
        case "div":
            return args[0] / args[1]
        case "pow":
            return args[0] ** args[1]
    raise AssertionError(expression.op)


@given(st.recursive(leaves, grow, max_leaves=12))
def test_what_is_seen_is_what_is_meant(expression):
    wanted = direct(expression)
    assert value(expression) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_the_michaelis_menten_law_is_one_fraction():
    law = symbol("Vmax") * symbol("S") / (symbol("Km") + symbol("S"))
    root = ElementTree.fromstring(to_presentation(law))
    assert root[0][0].tag == "mfrac"
    assert len(root.findall(".//mfrac")) == 1


def test_parameters_come_before_species():
    law = symbol("S") * symbol("k")
    markup = to_presentation(law, lambda name: 1 if name == "S" else 0)
    assert markup.index("<mi>k</mi>") < markup.index("<mi>S</mi>")


def test_roots_and_powers():
    assert value(square_root(symbol("a"))) == pytest.approx(math.sqrt(0.7))
    assert value(power(symbol("a"), number(-2))) == pytest.approx(0.7**-2)
    assert value(call("exp", -symbol("a"))) == pytest.approx(math.exp(-0.7))
    assert value(call("ln", symbol("b"))) == pytest.approx(math.log(1.9))


@pytest.mark.parametrize(
    ("name", "base", "below"),
    [
        ("k_on", "k", "on"),
        ("S0", "S", "0"),
        ("alpha", "α", ""),
        ("tau_m", "τ", "m"),
        ("KK_P_x", "KK", "P,x"),
        ("_x", "_x", ""),
    ],
)
def test_names(name, base, below):
    root = ElementTree.fromstring(name_markup(name))
    texts = [element.text for element in root.iter("mi")]
    assert texts == ([base, below] if below else [base])


def test_a_hostile_name_is_escaped():
    assert "<script>" not in to_presentation(symbol("<script>") + symbol("a&b"))
    ElementTree.fromstring(to_presentation(symbol("<script>") + symbol("a&b")))


def test_conditions_are_drawn_as_cases():
    chosen = call(
        "piecewise",
        symbol("a"),
        call("and", call("lt", symbol("a"), number(1)), call("ge", symbol("b"), number(2))),
        number(0),
    )
    root = ElementTree.fromstring(to_presentation(chosen))
    assert len(root.findall(".//mtr")) == 2
    assert [e.text for e in root.iter("mtext")] == ["if ", "otherwise"]


def test_what_is_too_long_or_too_deep_is_left_to_text():
    doubled = symbol("a")
    for _ in range(40):
        doubled = call("sin", doubled * doubled + doubled)
    assert to_presentation(doubled) == ""
    nested = symbol("a")
    for _ in range(80):
        nested = call("sin", nested)
    assert to_presentation(nested) == ""
    assert to_presentation(symbol("a") + 1) != ""
