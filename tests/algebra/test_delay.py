"""delay(x, lag) in and out of text, and where it has no value."""

import pickle

import pytest

from isthmus.algebra.differentiate import differentiate
from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import ZERO, delay, number, symbol
from isthmus.algebra.infix_parser import FormulaError, parse
from isthmus.algebra.infix_printer import infix
from isthmus.algebra.latex import latex
from isthmus.algebra.llvm import Routine, emit_module
from isthmus.algebra.mathml import parse_mathml
from isthmus.algebra.mathml_printer import print_mathml
from isthmus.errors import UnsupportedFeature

X, TAU = symbol("x"), symbol("tau")
LATE = 2 * delay(X * X, TAU + 1) + X


def test_it_is_read_as_it_was_written():
    assert parse(infix(LATE)) is LATE
    assert parse_mathml(print_mathml(LATE)) is LATE
    assert pickle.loads(pickle.dumps(LATE)) is LATE
    assert "delay" in latex(LATE)


def test_constants_and_lags_of_nothing_need_no_past():
    assert delay(number(3), TAU) is number(3)
    assert delay(X, ZERO) is X


def test_it_takes_a_value_and_a_lag():
    with pytest.raises(FormulaError, match="delay of 1 argument"):
        parse("delay(x)")


def test_the_present_does_not_move_the_past():
    assert differentiate(LATE, X) is number(1)


def test_it_has_no_value_without_a_history():
    with pytest.raises(UnsupportedFeature):
        evaluate([LATE], {"x": 1.0, "tau": 1.0})
    with pytest.raises(UnsupportedFeature):
        emit_module([Routine("f", [LATE])], {"x": ("x", 0), "tau": ("p", 0)})
