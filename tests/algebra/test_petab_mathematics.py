"""PEtab's way of writing formulas, where it differs from SBML's."""

import math

import pytest

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.infix_functions import PETAB
from isthmus.algebra.infix_parser import FormulaError, parse


def value(text: str, **symbols: float) -> float:
    return to_float(evaluate([parse(text, (), PETAB)], symbols, 2.5)[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log(exp(1))", 1.0),
        ("ln(exp(1))", 1.0),
        ("log(100, 10)", 2.0),
        ("log2(8)", 3.0),
        ("log10(1000)", 3.0),
        ("log(0)", -math.inf),
        ("-2^4", -16.0),
        ("2^2^3", 256.0),
        ("9 * 3 ^ -2", 1.0),
        ("sign(-2) + sign(0) + sign(true)", 0.0),
        ("3 + true", 4.0),
        ("2 * false + true", 1.0),
        ("-!!2", -1.0),
        ("!1", 0.0),
        ("true ^ true", 1.0),
        ("piecewise(1, -0.1, 0)", 1.0),
        ("piecewise(1, true == 2, 0)", 0.0),
        ("piecewise(1, false == 0, 0)", 1.0),
        ("piecewise(true, false, false)", 0.0),
        ("time", 2.5),
        ("pi + e", 7.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text, pi=3.0, e=4.0) == pytest.approx(expected, rel=1e-14)


def test_and_and_or_bind_equally_from_left_to_right() -> None:
    """true || false && false: (true || false) && false in PEtab, true in SBML."""
    text = "piecewise(0, true || false && false, 1)"
    assert value(text) == 1.0
    assert to_float(evaluate([parse(text)], {})[0]) == 0.0


@pytest.mark.parametrize("text", ["a b", "1 2", "f(1)", "log()", "a =", "__import__('os')", "a.b", "1__0"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text, (), PETAB)
