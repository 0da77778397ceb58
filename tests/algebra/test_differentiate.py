import cmath
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.differentiate import differentiate, sparse_jacobian
from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import ONE, TIME_NODE, TRUE, ZERO, call, number, postorder, power, symbol
from isthmus.errors import UnsupportedFeature

X, Y = symbol("x"), symbol("y")


def slope(formula, wrt=X, time=0.0, **values):
    return evaluate([differentiate(formula, wrt)], values, time)[0]


@st.composite
def rational_graphs(draw):
    """An expression over x and y by + × ÷ and integer powers."""
    pool = [X, Y, number(draw(st.fractions(-3, 3, max_denominator=7)))]
    for _ in range(draw(st.integers(1, 8))):
        left, right = (pool[draw(st.integers(0, len(pool) - 1))] for _ in range(2))
        match draw(st.sampled_from(["add", "sub", "mul", "div", "pow"])):
            case "add":
                pool.append(left + right)
            case "sub":
                pool.append(left - right)
            case "mul":
                pool.append(left * right)
            case "div":
                pool.append(left / right)
            case "pow":
                pool.append(power(left, number(draw(st.integers(-2, 3)))))
    return pool[-1]


def dual(root, x, y):
    """(value, d/dx) by dual numbers in exact rationals, the independent way."""
    at: dict = {}
    for node in postorder([root]):
        parts = [at[a] for a in node.args]
        match node.op:
            case "symbol":
                at[node] = (x, Fraction(1)) if node is X else (y, Fraction(0))
            case "number":
                at[node] = (node.value, Fraction(0))
            case "add":
                at[node] = (sum(v for v, _ in parts), sum(d for _, d in parts))
            case "mul":
                value, derivative = parts[0]
                for v, d in parts[1:]:
                    value, derivative = value * v, derivative * v + value * d
                at[node] = (value, derivative)
            case "div":
                (a, da), (b, db) = parts
                at[node] = (a / b, (da * b - a * db) / b**2)
            case "pow":
                (a, da), (n, _) = parts
                at[node] = (a ** int(n), n * a ** (int(n) - 1) * da if n != 0 else Fraction(0))
    return at[root]


@given(rational_graphs(), st.fractions(-4, 4, max_denominator=9), st.fractions(1, 4, max_denominator=9))
def test_rational_derivatives_are_exact(root, x, y):
    try:
        _, expected = dual(root, x, y)
    except ZeroDivisionError:
        return
    assert slope(root, x=x, y=y) == expected


INSIDE = {"acosh": 2.5, "asin": 0.3, "acos": 0.3, "atanh": 0.3}
COMPLEX = {"ln": cmath.log, "log10": cmath.log10}


CIRCULAR = [a + name + h for name in ("sin", "cos", "tan") for a in ("", "a") for h in ("", "h")]


@pytest.mark.parametrize("op", ["exp", "ln", "log10", *CIRCULAR])
def test_functions_against_the_complex_step(op):
    x = INSIDE.get(op, 0.7)
    function = COMPLEX.get(op) or getattr(cmath, op)
    step = 1e-100
    expected = 3 * function(complex(x * x, 2 * x * step)).imag / step if op != "acosh" else None
    if expected is None:
        expected = 3 * 2 * x / math.sqrt(x**4 - 1)
    assert slope(3 * call(op, X * X), x=x) == pytest.approx(expected, rel=1e-13)


def test_a_power_is_safe_at_zero():
    n = symbol("n")
    assert slope(X**n, x=0.0, n=2.0) == 0.0
    assert slope(X**n, x=0.0, n=1.0) == 1.0
    assert slope(X**n, n, x=0.0, n=2.0) == 0.0
    assert slope(X**n, n, x=3.0, n=2.0) == pytest.approx(9 * math.log(3))
    hill = X**n / (Y**n + X**n)
    assert slope(hill, x=0.0, y=2.0, n=2.0) == 0.0
    assert slope(hill, n, x=0.0, y=2.0, n=2.0) == 0.0


def test_both_sides_of_a_power():
    n = X * 2
    assert slope(X**n, x=1.5) == pytest.approx(1.5**3.0 * (2 * math.log(1.5) + 2))


def test_kinks():
    assert slope(call("abs", X), x=-2.0) == -1
    assert slope(call("abs", X), x=0.0) == 0
    assert slope(call("floor", X) * X, x=2.5) == 2
    lowest = call("min", X * X, 2 * X, number(5))
    assert [slope(lowest, x=x) for x in (0.5, 2.2, 9.0)] == [1.0, 2.0, 0.0]
    highest = call("max", X * X, 2 * X, number(5))
    assert [slope(highest, x=x) for x in (0.5, 4.0)] == [0.0, 8.0]


def test_piecewise_is_differentiated_branch_by_branch():
    formula = call("piecewise", X * X, call("lt", X, number(1)), 3 * X)
    assert slope(formula, x=0.5) == 1.0
    assert slope(formula, x=2.0) == 3.0
    without_otherwise = call("piecewise", X, call("lt", X, number(1)))
    assert math.isnan(slope(without_otherwise, x=2.0))


def test_conditions_do_not_count():
    assert differentiate(call("piecewise", Y, call("lt", X, number(1)), ZERO), X) is ZERO
    assert differentiate(call("and", TRUE, call("lt", X, Y)), X) is ZERO


def test_time_and_other_nodes_as_variables():
    assert differentiate(TIME_NODE * X, TIME_NODE) is X
    product = X * Y
    assert differentiate(call("exp", product) + X, product) is call("exp", product)


def test_the_factorial_of_something_that_varies_is_refused():
    with pytest.raises(UnsupportedFeature, match="factorial"):
        differentiate(call("factorial", X), X)
    assert differentiate(call("factorial", Y) * X, X) is call("factorial", Y)


def test_the_jacobian_is_sparse_and_in_order():
    k = symbol("k")
    rows = sparse_jacobian([k * X * Y, k * X, k], [X, Y])
    assert list(rows) == [(0, 0), (0, 1), (1, 0)]
    assert rows[0, 0] is k * Y and rows[1, 0] is k
    assert (0, 0) not in sparse_jacobian([X - X], [X])


def test_depth_is_no_limit():
    nested = X
    for _ in range(5000):
        nested = call("piecewise", nested, call("lt", Y, nested), X)
    assert differentiate(nested, X) is not ZERO
    assert differentiate(X, X) is ONE
