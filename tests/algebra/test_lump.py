from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.expression import Expression, add, div, free_symbols, mul, number, power, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.algebra.infix_printer import infix
from isthmus.algebra.lump import parameter_only
from isthmus.algebra.rational import equal
from isthmus.algebra.substitute import substitute

VARIABLES = frozenset({"S", "I", "A", "x", "y", "Sbar"})


def lump(*texts, **options):
    roots = [parse(text) for text in texts]
    written, definitions = parameter_only(roots, lambda name: name not in VARIABLES, **options)
    check(roots, written, definitions)
    return [infix(w) for w in written], {name: infix(d) for name, d in definitions.items()}


def check(roots, written, definitions):
    """Inserting the definitions in their order gives the same functions back."""
    values: dict[Expression, Expression] = {}
    for name, definition in definitions.items():
        assert free_symbols(definition).isdisjoint(VARIABLES)
        (values[symbol(name)],) = substitute([definition], values)
    for root, again in zip(roots, substitute(written, values), strict=True):
        assert equal(root, again) is True


def test_michaelis_menten_gets_its_names():
    written, definitions = lump("2*k2*E_t*S/((km1 + k2)/k1 + S)")
    assert written == ["2*Vmax*S/(Km + S)"]
    assert definitions == {"Km": "(km1 + k2)/k1", "Vmax": "k2*E_t"}


def test_a_parameter_used_elsewhere_is_not_swallowed_by_a_sum():
    b = "E_t + (km1 + k2)/k1 + Sbar"
    written, definitions = lump(f"2*E_t*Sbar/({b} + sqrt(({b})^2 - 4*E_t*Sbar))")
    assert written == ["2*E_t*Sbar/(E_t + Km + Sbar + sqrt((E_t + Km + Sbar)^2 - 4*E_t*Sbar))"]
    assert definitions == {"Km": "(km1 + k2)/k1"}
    assert lump("(a + b + S)*c") == (["c*(S + lump_1)"], {"lump_1": "a + b"})
    assert lump("(a + b + S)*c - a*S") == (["c*(a + b + S) - a*S"], {})


def test_a_larger_combination_uses_a_smaller_one():
    written, definitions = lump("k2*E_t*S/((km1 + k2)/k1 + S + k3*(km1 + k2)*I/(k1*km3))")
    assert written == ["Vmax*S/(Km + S + lump_1*Km*I)"]
    assert definitions["lump_1"] == "k3/km3"


def test_dissociation_constants_are_named_after_what_binds():
    written, definitions = lump("D_t*A/(koff/kon + A)", "x/(koff/kon)")
    assert definitions == {"Kd_A": "koff/kon"}
    assert written == ["D_t*A/(Kd_A + A)", "x/Kd_A"]


def test_functions_powers_and_lonely_roots():
    written, definitions = lump("x^(n*m) + exp(-a*b*y)", "k1/k2", "(k1 + k2)*S - k3*k4")
    assert written[1] == "k1/k2"
    assert sorted(definitions.values()) == ["a*b", "k1 + k2", "k3*k4", "m*n"]


def test_names_are_unique_and_may_be_offered():
    _, definitions = lump("a*b*x + Km*S", "Vmax*c*S/(Km + S)", taken={"lump_1"})
    assert set(definitions) == {"lump_2", "Vmax_2"}
    _, definitions = lump("k2*E_t*S/(K + S)", hint=lambda base, definition: f"{base}_r1")
    assert definitions == {"Vmax_r1": "k2*E_t"}
    _, definitions = lump("k2*E_t*S/(K + S)", "k5*F_t*S/(K + S)", hint=lambda base, definition: None)
    assert definitions == {"Vmax": "k2*E_t", "Vmax_2": "k5*F_t"}


def test_nothing_is_lumped_without_two_parameters():
    assert lump("k*S/(K + S)", "3*k*x", "S + x") == (["k*S/(K + S)", "3*k*x", "S + x"], {})


@st.composite
def laws(draw):
    pool = [symbol(name) for name in ("a", "b", "c", "x", "S")] + [number(Fraction(3, 2))]
    for _ in range(draw(st.integers(2, 12))):
        left, right = (pool[draw(st.integers(0, len(pool) - 1))] for _ in range(2))
        operation = draw(st.sampled_from([add, mul, div, power]))
        pool.append(power(left, number(2)) if operation is power else operation(left, right))
    return pool[-2:]


@given(laws())
def test_lumping_never_changes_the_functions(roots):
    written, definitions = parameter_only(roots, lambda name: name not in VARIABLES)
    check(roots, written, definitions)


@pytest.mark.parametrize("depth", [3000])
def test_deep_laws_need_no_recursion(depth):
    law = symbol("x")
    for i in range(depth):
        law = 1 / (law + symbol("S")) if i % 2 else law * symbol("k") * symbol("h")
    written, definitions = parameter_only([law], lambda name: name not in VARIABLES)
    assert [infix(d) for d in definitions.values()] == ["h*k"]
    assert free_symbols(*written) == {"x", "S", *definitions}
