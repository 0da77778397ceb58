import ctypes
import gc
import math
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.evaluate_error import evaluate_with_bound

from isthmus.algebra import machine_code
from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.expression import FALSE, TIME_NODE, TRUE, call, number, power, symbol
from isthmus.algebra.llvm import Routine, emit_module
from isthmus.algebra.machine_code import compile_ir

X, Y, K = symbol("x"), symbol("y"), symbol("k")
SLOTS = {"x": ("x", 0), "y": ("x", 1), "k": ("p", 0)}
CIRCULAR = [a + name + h for name in ("sin", "cos", "tan") for a in ("", "a") for h in ("", "h")]
UNARY = ["exp", "ln", "log10", "abs", "floor", "ceil", "factorial", *CIRCULAR]


def compiled(formulas, *, chunk=600, optimise=0):
    code = compile_ir(emit_module([Routine("f", formulas)], SLOTS, chunk=chunk), ["f"], optimise)
    function = ctypes.CFUNCTYPE(None, *[ctypes.POINTER(ctypes.c_double)] * 4)(code.addresses["f"])

    def run(x, y, k, t=0.0):
        assert code.keep is not None
        out = (ctypes.c_double * len(formulas))()
        function(_array(t), _array(x, y), _array(k), out)
        return list(out)

    return run


def _array(*values):
    return (ctypes.c_double * len(values))(*values)


def same(a, b):
    return (math.isnan(a) and math.isnan(b)) or a == b


@st.composite
def graphs(draw):
    """A random graph over everything that a formula may hold; the last nodes are the outputs."""
    numbers = [X, Y, K, TIME_NODE, number(draw(st.fractions(-3, 3, max_denominator=9))), number(0)]
    masks = [TRUE, FALSE, call("lt", X, Y)]

    def one(pool):
        return pool[draw(st.integers(0, len(pool) - 1))]

    for _ in range(draw(st.integers(3, 16))):
        kind = draw(st.integers(0, 9))
        if kind <= 4:
            op = draw(st.sampled_from(["add", "mul", "div", "add", "mul"]))
            numbers.append(call(op, one(numbers), one(numbers)))
        elif kind == 5:
            exponent = number(
                draw(st.sampled_from(["2", "3", "-1", "-2", "16", "17", "1/2", "-1/2", "3/2", "1/3"]))
            )
            numbers.append(power(one(numbers), draw(st.sampled_from([exponent, one(numbers)]))))
        elif kind == 6:
            numbers.append(call(draw(st.sampled_from(UNARY)), one(numbers)))
        elif kind == 7:
            op = draw(st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]))
            masks.append(call(op, one(numbers), one(numbers)))
            masks.append(call(draw(st.sampled_from(["and", "or", "xor"])), one(masks), one(masks)))
            masks.append(call("not", one(masks)))
        elif kind == 8:
            tail = draw(st.sampled_from([(), (one(numbers),), (one(masks),)]))
            numbers.append(call("piecewise", one(numbers), one(masks), one(numbers), one(masks), *tail))
        else:
            op = draw(st.sampled_from(["min", "max"]))
            numbers.append(call(op, one(numbers), one(numbers), one(numbers)))
    return [*numbers[4:], *masks]


VALUES = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 3.7, -0.3, 1e-3, 250.0, math.inf, math.nan])


@settings(max_examples=80)
@given(graphs(), st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=4))
def test_compiled_code_agrees_with_plain_evaluation(formulas, points):
    run, chunked = compiled(formulas), compiled(formulas, chunk=3)
    for x, y, k, t in points:
        found = run(x, y, k, t)
        assert all(map(same, found, chunked(x, y, k, t)))
        for formula, value in zip(formulas, found, strict=True):
            values = {"x": x, "y": y, "k": k}
            expected, bound = evaluate_with_bound(formula, values, t)
            expected = to_float(float(expected))
            if bound == math.inf:
                continue
            assert same(value, expected) or abs(value - expected) <= 2 * bound


@pytest.mark.parametrize("optimise", [0, 1, 2, 3])
def test_optimisation_does_not_change_results(optimise):
    formulas = [call(op, X) for op in UNARY] + [K * X / (Y + X), power(number(2), X), power(number(10), X)]
    plain = compiled(formulas)(0.3, 0.7, 11.0)
    for a, b in zip(compiled(formulas, optimise=optimise)(0.3, 0.7, 11.0), plain, strict=True):
        assert same(a, b) or abs(a - b) <= 4 * math.ulp(b)


def test_products_of_differences_are_not_fused():
    # fma(b, b, −round(4c)) would be negative here, and its square root NaN.
    b = (1 + 2.0**-30) * 3
    run = compiled([power(X * X - Y * Y, number("1/2"))])
    assert run(b, b, 0.0) == [0.0]


def test_outputs_that_are_leaves_constants_or_repeated():
    formulas = [X, K, TIME_NODE, number("1/3"), TRUE, X, X + Y, X + Y, -(X * Y), call("lt", X, Y)]
    assert compiled(formulas)(2.0, 3.0, 5.0, 7.0) == [2, 5, 7, 1 / 3, 1, 2, 5, 5, -6, 1]
    assert compiled([])(1.0, 1.0, 1.0) == []


def test_a_long_graph_in_chunks_is_the_same():
    terms = [X]
    for i in range(1500):
        terms.append(terms[-1] * K + Y / (i + 1))
    formulas = terms[::50]
    one = compiled(formulas, chunk=10**6)(0.5, 2.0, 0.99)
    assert one == compiled(formulas, chunk=100)(0.5, 2.0, 0.99)
    assert one[-1] == pytest.approx(to_float(evaluate([formulas[-1]], {"x": 0.5, "y": 2.0, "k": 0.99})[0]))


def test_no_text_of_the_user_reaches_the_code():
    hostile = symbol('a" }\ndefine void @evil')
    text = emit_module([Routine("f", [hostile + 1])], {str(hostile.value): ("x", 0)})
    assert "evil" not in text


def test_a_symbol_without_a_slot_is_an_error():
    with pytest.raises(KeyError):
        emit_module([Routine("f", [symbol("nowhere")])], SLOTS)


def test_several_threads_may_compile():
    results: dict[int, list[float]] = {}

    def work(i):
        results[i] = compiled([X * i + Y, call("exp", X) * i])(1.0, 2.0, 0.0)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: [i + 2.0, pytest.approx(math.e * i)] for i in range(6)}


def test_code_lives_as_long_as_it_is_kept():
    run = compiled([X + Y])
    for _ in range(20):
        compiled([X * Y, call("sin", X)])(1.0, 2.0, 3.0)
    gc.collect()
    assert run(1.0, 2.0, 0.0) == [3.0]


def test_code_in_a_reference_cycle_is_freed_in_the_right_order():
    for _ in range(10):
        cycle: list[object] = [compile_ir(emit_module([Routine("f", [X / 3 + K])], SLOTS), ["f"])]
        cycle.append(cycle)
    del cycle
    assert gc.collect() > 0
    assert compiled([X / 3])(6.0, 0.0, 0.0) == [2.0]


def test_code_outlives_the_linker_that_others_take_next(monkeypatch):
    monkeypatch.setattr(machine_code, "_FILES_PER_LINKER", 2)
    runs = [compiled([call("exp", X) * i]) for i in range(5)]
    gc.collect()
    assert [run(1.0, 0.0, 0.0) for run in runs] == [[pytest.approx(math.e * i, rel=1e-15)] for i in range(5)]
    del runs[::2]
    gc.collect()
    assert runs[1](0.0, 0.0, 0.0) == [3.0]


def test_threads_load_code_at_the_same_time():
    found: dict[int, float] = {}

    def load(i: int) -> None:
        for _ in range(5):
            found[i] = compiled([call("sin", X) + i])(0.0, 0.0, 0.0)[0]

    threads = [threading.Thread(target=load, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: float(i) for i in range(8)}
