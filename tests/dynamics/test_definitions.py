import pytest

from isthmus.algebra.expression import call, symbol
from isthmus.dynamics.definitions import Definition, Names, initial_symbol, is_state, state_symbol
from isthmus.errors import ModelError

A, B, C, K = (symbol(name) for name in ("a", "b", "c", "k"))


def names(**formulas):
    definitions = {name: Definition(formula, f"rule {name!r}") for name, formula in formulas.items()}
    return Names(definitions, frozenset({"k"}), frozenset({"idle"}), "file.xml")


def test_definitions_are_followed_to_the_end():
    known = names(a=B + 1, b=C * C, c=state_symbol("s") / K)
    assert known.resolve([A], "x") == [state_symbol("s") / K * (state_symbol("s") / K) + 1]
    assert known.resolve([K, initial_symbol("s")], "x") == [K, initial_symbol("s")]


def test_a_long_chain_and_a_diamond():
    chain = {f"n{i}": call("exp", symbol(f"n{i + 1}")) / symbol(f"n{i + 1}") for i in range(3000)}
    expected = K
    for _ in range(3000):
        expected = call("exp", expected) / expected
    assert names(**chain, n3000=K).resolve([symbol("n0")], "x") == [expected]


def test_a_circle_is_named_from_where_it_starts():
    known = names(a=call("exp", B), b=C, c=B + K)
    with pytest.raises(ModelError, match="b → c → b") as caught:
        known.resolve([A], "x")
    assert caught.value.code == "E-CIRCULAR-DEFINITION"


def test_what_is_unknown_or_has_no_value_is_named_with_its_place():
    known = names(a=symbol("nowhere"), b=symbol("idle"))
    with pytest.raises(ModelError, match=r"file.xml rule 'a': 'nowhere' is not in the model"):
        known.resolve([A], "x")
    with pytest.raises(ModelError, match=r"rule 'b': 'idle' has no value"):
        known.resolve([B], "x")
    with pytest.raises(ModelError, match=r"formula: 'idle' has no value"):
        known.resolve([symbol("idle")], "formula")


def test_states_are_told_from_everything_else():
    assert is_state(state_symbol("s"))
    assert (
        not is_state(initial_symbol("s"))
        and not is_state(symbol("s"))
        and not is_state(state_symbol("s") + 1)
    )
