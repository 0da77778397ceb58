"""Loops over tables of products give the bits of straight-line code, which is their slow twin."""

import ctypes
import random
import threading
from collections import Counter

import numpy as np
import pytest

from isthmus.algebra import llvm_products, machine_code
from isthmus.algebra.expression import TIME_NODE, add, div, mul, negate, number, power, symbol
from isthmus.algebra.llvm import Routine, emit_module
from isthmus.algebra.llvm_products import FEWEST, LOOPS, emit_loops, find_products, positions_of
from isthmus.algebra.machine_code import compile_ir

STATES = [symbol(f"x{i}") for i in range(40)]
PARAMETERS = [symbol(f"p{i}") for i in range(30)]
SLOTS = {str(s.value): ("x", i) for i, s in enumerate(STATES)} | {
    str(s.value): ("p", i) for i, s in enumerate(PARAMETERS)
}
SIGNATURE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


def some_product(rng):
    """A product that a loop goes through: up to three symbols, none of them twice."""
    return mul(*rng.sample([*STATES, *PARAMETERS], rng.randint(1, 3)))


def something_else(rng):
    a, b, c, d = rng.sample([*STATES, *PARAMETERS], 4)
    return rng.choice(
        [
            negate(mul(a, b)),
            mul(number("0.3"), a, b),
            mul(a, b, c, d),
            mul(a, power(b, number(2))),
            mul(a, TIME_NODE),
            add(mul(a, b), mul(c, d)),
            div(a, b),
            number("1.5"),
            TIME_NODE,
            number(0),
        ]
    )


def outputs(seed, products, others):
    rng = random.Random(seed)
    found = [some_product(rng) for _ in range(products)] + [something_else(rng) for _ in range(others)]
    rng.shuffle(found)
    return found


def run(routines, x, p, **how):
    code = compile_ir(emit_module(routines, SLOTS, **how), [routine.name for routine in routines])
    found = []
    for routine in routines:
        out, now = np.full(len(routine.outputs), -7.0), np.array([0.3])
        function = SIGNATURE(code.addresses[routine.name])
        function(now.ctypes.data, x.ctypes.data, p.ctypes.data, out.ctypes.data)
        found.append(out)
    return found


@pytest.fixture
def written_out(monkeypatch):
    """How to run the same as straight-line code."""

    def twin(routines, x, p, **how):
        monkeypatch.setattr(llvm_products, "FEWEST", 10**9)
        assert not find_products(routines[0].outputs, SLOTS)
        return run(routines, x, p, **how)

    return twin


@pytest.mark.parametrize("others", [0, 1, 900])
@pytest.mark.parametrize("chunk", [100, 600])
def test_same_bits_as_straight_line_code(others, chunk, written_out):
    routines = [Routine("f", outputs(1, FEWEST, others)), Routine("g", outputs(2, 2 * FEWEST, others // 2))]
    rng = np.random.default_rng(3)
    x, p = rng.uniform(-2.0, 2.0, len(STATES)), rng.uniform(0.0, 5.0, len(PARAMETERS))
    x[:6] = [0.0, -0.0, np.inf, 5e-324, 1e200, 1e-200]
    assert len(find_products(routines[0].outputs, SLOTS)) > 5
    mine = run(routines, x, p, chunk=chunk)
    theirs = written_out(routines, x, p, chunk=chunk)
    for one, other in zip(mine, theirs, strict=True):
        is_number = ~np.isnan(other)
        assert (is_number == ~np.isnan(one)).all() and is_number.sum() > FEWEST / 2
        assert one[is_number].tobytes() == other[is_number].tobytes()


def test_every_loop_is_used_and_right(written_out):
    """In the order of the factors: (a b) c and a (b c) differ in the last bit."""
    x, p = np.random.default_rng(5).uniform(1.0, 2.0, (2, 40))
    pools = {"x": STATES, "p": PARAMETERS}
    rng = random.Random(6)
    roots = [
        mul(*(rng.choice(pools[letter][k * 9 : k * 9 + 9]) for k, letter in enumerate(loop.split(".")[1])))
        for loop in LOOPS
        for _ in range(60)
    ]
    tables = find_products(roots, SLOTS)
    assert tables.keys() == {*LOOPS} and len(LOOPS) == 14
    assert positions_of(tables) == set(range(len(roots)))
    assert (
        run([Routine("f", roots)], x, p)[0].tobytes() == written_out([Routine("f", roots)], x, p)[0].tobytes()
    )


def test_a_table_holds_positions_and_places():
    product = mul(PARAMETERS[3], STATES[5])
    roots = [number(2), product, *[STATES[7]] * FEWEST]
    tables = find_products(roots, SLOTS)
    assert tables["products.px"] == [1, 3, 5]
    assert tables["products.x"][:4] == [2, 7, 3, 7]
    assert positions_of(tables) == set(range(1, FEWEST + 2))


def test_few_products_are_written_out():
    assert find_products([STATES[0]] * (FEWEST - 1), SLOTS) == {}
    text = emit_module([Routine("f", [mul(*STATES[:2])] * (FEWEST - 1))], SLOTS)
    assert "products." not in text


def test_a_symbol_without_a_place_is_an_error():
    with pytest.raises(KeyError):
        emit_module([Routine("f", [*STATES[:1] * FEWEST, symbol("nowhere")])], SLOTS)


def test_each_loop_is_declared_once():
    text = emit_module([Routine(name, outputs(1, FEWEST, 0)) for name in "fg"], SLOTS)
    declared = Counter(line for line in text.splitlines() if line.startswith("declare"))
    assert len(declared) == len(LOOPS) and set(declared.values()) == {1}


def test_loops_are_compiled_once_for_all_models(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machine_code._loops.cache_clear()
    x, p = np.ones(40), np.ones(30)
    for seed in range(3):
        run([Routine("f", outputs(seed, FEWEST, 0))], x, p)
    (kept,) = (tmp_path / "isthmus").glob("loops-*")
    assert len(list((tmp_path / "isthmus").glob("kernels-*"))) == 3
    kept.write_bytes(b"damaged")
    machine_code._loops.cache_clear()
    run([Routine("f", outputs(9, FEWEST, 0))], x, p)
    assert kept.read_bytes() != b"damaged"


def test_loops_from_several_threads():
    x, p = np.full(40, 1.5), np.full(30, 2.0)
    roots = {seed: outputs(seed, FEWEST, 20) for seed in range(8)}
    found = {}

    def work(seed):
        found[seed] = run([Routine("f", roots[seed])], x, p)[0]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seed: run([Routine("f", roots[seed])], x, p)[0].tobytes() for seed in roots} == {
        seed: out.tobytes() for seed, out in found.items()
    }


def test_loops_use_no_name_that_others_have():
    assert all(
        line.startswith("define void @products.") for line in emit_loops().splitlines() if "define" in line
    )
