"""Delays resolved into delays of states, in formulas."""

import pytest

from isthmus.algebra.expression import TIME_NODE, call, delay, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.definitions import past_symbol, state_symbol
from isthmus.dynamics.past import Past, lags_in, varies
from isthmus.errors import ModelError

X, K = state_symbol("x"), symbol("k")
PAST = past_symbol(X)


def number(text):
    return parse(text)


def resolve(formula, before=None):
    return Past(before or {}).resolve([formula])[0]


def test_what_a_state_was_is_its_own_past():
    assert resolve(delay(X, number("2"))) is delay(PAST, number("2"))


def test_a_formula_goes_back_with_time_and_leaves_constants():
    found = resolve(delay(K * X * TIME_NODE, number("2")))
    assert found is K * delay(PAST, number("2")) * (TIME_NODE - 2)


def test_a_delay_of_a_delay_adds_the_lags():
    found = resolve(delay(delay(X, number("2")) + X, number("3")))
    assert found is delay(PAST, number("5")) + delay(PAST, number("3"))


def test_the_inner_lag_is_that_of_the_outer_past():
    found = resolve(delay(delay(X, TIME_NODE + 1), number("3")))
    # Where the inner lag is 0, the state itself goes back.
    assert set(lags_in([found])) == {TIME_NODE - 3 + 1 + 3, number("3")}


def test_a_lag_of_nothing_is_the_present_whether_known_before_or_not():
    assert resolve(delay(X, number("0"))) is X
    found = resolve(delay(X, K))
    assert found is call(
        "piecewise", delay(PAST, K), call("gt", K, number("0")), X, call("eq", K, number("0"))
    )


def test_before_time_0_an_initial_assignment_says_what_was():
    found = resolve(delay(X, number("2")), {X: call("sin", TIME_NODE)})
    then = TIME_NODE - 2
    was = call("sin", then), call("lt", then, number("0")), delay(PAST, number("2"))
    assert found is call("piecewise", *was)


def test_the_future_is_refused():
    with pytest.raises(ModelError, match="future"):
        resolve(delay(X, number("-1")))


def test_lags_vary_with_time_states_and_the_past():
    assert not varies(K + 1)
    for lag in (TIME_NODE, X + K, delay(PAST, K)):
        assert varies(lag)
