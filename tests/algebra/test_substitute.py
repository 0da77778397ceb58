from isthmus.algebra.expression import TIME_NODE, ZERO, call, number, symbol
from isthmus.algebra.substitute import substitute

X, Y, Z = symbol("x"), symbol("y"), symbol("z")


def test_all_replacements_happen_at_once():
    assert substitute([X - Y], {X: Y, Y: X}) == [Y - X]


def test_replacements_are_not_searched_again():
    assert substitute([X + 1], {X: X * Y, Y: Z}) == [X * Y + 1]


def test_an_untouched_expression_is_the_same_object():
    formula = call("piecewise", X, call("lt", X, Y), X / Y)
    assert substitute([formula], {Z: X})[0] is formula


def test_the_result_is_normalised():
    assert substitute([X - Y], {Y: X}) == [ZERO]
    assert substitute([X**Y], {X: number(2), Y: number(10)}) == [number(1024)]


def test_any_node_may_be_replaced():
    assert substitute([call("exp", X * Y) + TIME_NODE], {X * Y: Z, TIME_NODE: X}) == [call("exp", Z) + X]


def test_a_root_may_be_a_key_and_order_is_kept():
    assert substitute([X, Y, X], {X: Z}) == [Z, Y, Z]


def test_a_shared_part_is_visited_once():
    nested = X
    for _ in range(2000):
        nested = call("exp", nested) / nested
    replaced = substitute([nested], {X: Y})[0]
    assert substitute([replaced], {Y: X})[0] is nested
