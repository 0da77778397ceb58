from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import TIME_NODE, ZERO, call, div, number, power, symbol
from isthmus.dynamics.terms import cancel_volumes, split_terms

A, B, K, J, V = (symbol(name) for name in "ABKJV")
VARYING = {A, B, TIME_NODE}


def split(rate):
    return split_terms(rate, VARYING.__contains__)


def test_constant_factors_are_multiplied_out():
    assert split(V * (K * A - J * B)) == [(1, V * K * A), (-1, V * J * B)]
    assert split(2 * (A - 3 * B)) == [(1, 2 * A), (-1, 6 * B)]
    assert split(-K * (A - B)) == [(-1, K * A), (1, K * B)]


def test_a_common_denominator_is_shared():
    rate = V * (K * A - J * B) / (1 + A + B)
    assert split(rate) == [(1, V * K * A / (1 + A + B)), (-1, V * J * B / (1 + A + B))]


def test_sums_that_something_varying_multiplies_stay_whole():
    assert split(K * A * (J - B)) == [(1, K * A * (J - B))]
    assert split((K + J) * A) == [(1, (K + J) * A)]
    assert split(call("exp", A + B)) == [(1, call("exp", A + B))]


def test_products_of_powers_are_one_term():
    assert split(2 * K * A * power(B, number(2))) == [(1, 2 * K * A * power(B, number(2)))]
    assert split(-K * A) == [(-1, K * A)]
    assert split(K * power(A + B, number(2))) == [(1, K * power(A + B, number(2)))]


def test_nested_sums_and_nothing():
    assert split(K * (A + V * (B - TIME_NODE))) == [(1, K * A), (1, K * V * B), (-1, K * V * TIME_NODE)]
    assert split(ZERO) == []
    assert split(K + J) == [(1, K + J)]


LEAVES = st.sampled_from([A, B, K, J, V, number(2), number("1/3")])
RATES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, inner).map(lambda p: div(p[0], p[1] * p[1] + 1)),
    ),
    max_leaves=12,
)


@given(RATES)
def test_the_terms_add_up_exactly(rate):
    values = {
        "A": Fraction(3, 2),
        "B": Fraction(-5, 7),
        "K": Fraction(2),
        "J": Fraction(11, 3),
        "V": Fraction(1, 5),
    }
    parts = split(rate)
    assert all(sign in (1, -1) for sign, _ in parts)
    total = sum(
        sign * value for (sign, _), value in zip(parts, evaluate([f for _, f in parts], values), strict=True)
    )
    assert total == evaluate([rate], values)[0]


def cancel(formula):
    return cancel_volumes(formula, frozenset({V}))


def test_volumes_cancel_once_each():
    assert cancel(V * K * div(A, V)) is K * A
    assert cancel(V * K * div(A, V) * div(B, V)) is K * A * div(B, V)
    assert cancel(V * power(div(A, V), number(2))) is A * div(A, V)
    assert cancel(K * div(A, V)) is K * div(A, V)
    assert cancel(V * div(K * div(A, V), J + div(A, V))) is div(K * A, J + div(A, V))
    assert cancel(V * call("exp", div(A, V))) is V * call("exp", div(A, V))
    assert cancel(V * K * (div(A, V) + J)) is V * K * (div(A, V) + J)
    assert cancel(J * (div(A, V) + div(B, V)) * V) is J * (A + B)


@given(RATES)
def test_cancelling_keeps_the_value(rate):
    values = {
        "A": Fraction(3, 2),
        "B": Fraction(-5, 7),
        "K": Fraction(2),
        "J": Fraction(11, 3),
        "V": Fraction(1, 5),
    }
    formula = V * rate * div(A, V)
    assert evaluate([cancel(formula)], values) == evaluate([formula], values)


def test_depth_is_no_limit():
    rate = A + B
    for _ in range(3000):
        rate = div(rate, K)
    assert split(rate) == [(1, rate)]
