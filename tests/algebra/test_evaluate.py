import math
from fractions import Fraction

import pytest

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import FALSE, TIME_NODE, TRUE, call, number, symbol

X, Y = symbol("x"), symbol("y")
INFINITY, NAN = math.inf, math.nan


def value_of(formula, time=0.0, **values):
    return evaluate([formula], values, time)[0]


def same(found, expected):
    return (math.isnan(found) and math.isnan(expected)) or found == expected


def test_rational_operations_stay_exact():
    formula = (X + number("0.1")) * Y / (X - Y) ** 3
    assert value_of(formula, x=Fraction(1, 3), y=Fraction(2)) == Fraction(13, 30) * 2 / Fraction(-5, 3) ** 3
    assert isinstance(value_of(formula, x=Fraction(1, 3), y=Fraction(2)), Fraction)


def test_a_float_makes_a_float():
    assert value_of(X + number("1/3"), x=0.5) == 0.5 + 1 / 3


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        (1 / X, Fraction(0), INFINITY),
        (1 / X, -0.0, -INFINITY),
        (-1 / X, 0.0, -INFINITY),
        (X / X, Fraction(0), NAN),
        (call("ln", X), 0.0, -INFINITY),
        (call("ln", X), -1.0, NAN),
        (call("log10", X), Fraction(1000), 3.0),
        (call("exp", X), 1e4, INFINITY),
        (call("sinh", X), -1e4, -INFINITY),
        (call("atanh", X), 1.0, INFINITY),
        (call("acosh", X), 0.5, NAN),
        (X ** number("1/2"), -4.0, NAN),
        (X ** number("1/2"), INFINITY, INFINITY),
        (X ** number(-1), 0.0, INFINITY),
        (X ** number("1/3"), -8.0, NAN),
        (X ** number(3), -1e200, -INFINITY),
        (number(0) ** X, -1.0, INFINITY),
        (number(0) ** X, 0.0, 1.0),
        (call("factorial", X), Fraction(5), Fraction(120)),
        (call("factorial", X), 0.5, math.gamma(1.5)),
        (call("factorial", X), 400.0, INFINITY),
        (call("factorial", X), -1.0, INFINITY),
        (call("factorial", X), -2.0, NAN),
        (call("floor", X), Fraction(-1, 2), Fraction(-1)),
        (call("ceil", X), INFINITY, INFINITY),
        (call("min", X, number(2)), NAN, NAN),
        (call("max", number(2), X), NAN, NAN),
        (call("sin", X), INFINITY, NAN),
        (call("abs", X), -0.0, 0.0),
        (call("piecewise", number(1), call("lt", X, number(0))), 1.0, NAN),
    ],
)
def test_special_values_follow_ieee(formula, x, expected):
    found = value_of(formula, x=x)
    assert same(found, expected)
    assert math.copysign(1, found) == math.copysign(1, expected) or math.isnan(found)


def test_comparisons_and_logic():
    order = call("lt", X, Y, number(3))
    assert value_of(order, x=1, y=2) is True
    assert value_of(order, x=1, y=4) is False
    assert value_of(call("ne", X, Y), x=NAN, y=1.0) is True
    assert value_of(call("eq", X, Y), x=NAN, y=NAN) is False
    assert value_of(call("xor", TRUE, TRUE, TRUE)) is True
    assert value_of(call("and")) is True
    assert value_of(call("or")) is False
    assert value_of(call("not", X), x=NAN) is True
    assert value_of(TRUE + call("lt", X, Y), x=1, y=2) == 2


def test_piecewise_takes_the_first_true_branch():
    formula = call("piecewise", X, call("lt", X, number(1)), Y, FALSE, X * X)
    assert value_of(formula, x=Fraction(1, 2), y=7) == Fraction(1, 2)
    assert value_of(formula, x=Fraction(3), y=7) == 9


def test_time_is_given():
    assert value_of(TIME_NODE * 2, time=1.5) == 3.0


def test_an_exact_number_does_not_grow_without_bound():
    nested = X
    for _ in range(40):
        nested = 3 * (nested * (1 - nested))
    found = value_of(nested, x=Fraction(1, 7))
    assert isinstance(found, float) and 0 < found < 1


def test_a_symbol_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        value_of(X, y=1.0)
