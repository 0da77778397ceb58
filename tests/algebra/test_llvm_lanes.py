"""Lane kernels against the scalar kernel, and their own functions against many digits."""

import ctypes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.algebra.test_llvm import SLOTS, VALUES, K, X, Y, compiled, graphs

from isthmus.algebra.expression import call, power
from isthmus.algebra.llvm import Routine
from isthmus.algebra.llvm_lanes import emit_lanes
from isthmus.algebra.machine_code import compile_ir

mpmath = pytest.importorskip("mpmath")
WIDTHS = (4, 8)


def compiled_lanes(formulas, width, *, chunk=600):
    code = compile_ir(emit_lanes([Routine("f", formulas)], SLOTS, width, chunk), ["f"])
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(code.addresses["f"])

    def run(x, y, k, t):
        assert code.keep is not None
        arrays = [aligned(t), aligned(x, y), aligned(k), aligned(*[np.zeros(width)] * len(formulas))]
        function(*(array.ctypes.data for array in arrays))
        return arrays[3].reshape(len(formulas), width)

    return run


def aligned(*rows):
    values = np.concatenate([np.asarray(row, dtype=float) for row in rows])
    block = np.empty(len(values) + 8)
    start = -block.ctypes.data % 64 // 8
    block[start : start + len(values)] = values
    return block[start : start + len(values)]


@settings(max_examples=20, deadline=None)
@given(graphs(), st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=8, max_size=8))
def test_lanes_agree_with_the_scalar_kernel(formulas, points):
    """The same instructions but for exp, log and pow, which differ by an ulp."""
    exact = [f for f in formulas if not _has_own_functions(f)]
    scalar = compiled(exact)
    expected = np.array([scalar(*point) for point in points]).T
    for width in WIDTHS:
        found = compiled_lanes(exact, width, chunk=3)(*np.array(points[:width]).T)
        np.testing.assert_array_equal(found, expected[:, :width])


def _has_own_functions(formula):
    if formula.op in ("exp", "ln", "pow"):
        return True
    return any(map(_has_own_functions, formula.args))


def _ulps(found, exact):
    with mpmath.workprec(120):
        return max(
            float(abs(mpmath.mpf(float(a)) - b)) / np.spacing(abs(float(b)))
            for a, b in zip(found, exact, strict=True)
        )


def _points(draws, seed):
    return np.random.Generator(np.random.Philox(seed)).uniform(size=(2, draws))


@pytest.mark.parametrize("width", WIDTHS)
def test_own_functions_are_within_an_ulp(width):
    run = compiled_lanes([call("exp", X), call("ln", Y), power(Y, X)], width)
    u, w = _points(1600, 5)
    near_one = np.arange(1600) % 2 == 0
    arguments = np.where(near_one, 2 * u - 1, 1416 * u - 708)
    bases = np.where(near_one, 0.5 + 1.5 * w, 10.0 ** (600 * w - 300))
    exponents = np.where(near_one, 60 * u - 30, 2 * u - 1)
    for functions, x, y in ((("exp", "log"), arguments, bases), (("pow",), exponents, bases)):
        shape = (-1, width)
        parts = [
            run(a, b, np.zeros(width), np.zeros(width))
            for a, b in zip(x.reshape(shape), y.reshape(shape), strict=True)
        ]
        found = np.concatenate(parts, axis=1)
        with mpmath.workprec(120):
            exact = {
                "exp": [mpmath.exp(mpmath.mpf(float(a))) for a in x],
                "log": [mpmath.log(mpmath.mpf(float(b))) for b in y],
                "pow": [
                    mpmath.power(mpmath.mpf(float(b)), mpmath.mpf(float(a)))
                    for a, b in zip(x, y, strict=True)
                ],
            }
        for name in functions:
            row = ("exp", "log", "pow").index(name)
            assert _ulps(found[row], exact[name]) < 1.0, name


SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    5e-324,
    -2.5,
    np.inf,
    -np.inf,
    np.nan,
    709.5,
    -744.0,
    1e308,
    0.5,
    3.0,
    -3.0,
    800.0,
]


@pytest.mark.parametrize("width", WIDTHS)
def test_unusual_arguments_get_the_answers_of_the_c_library_and_spare_their_neighbours(width):
    run = compiled_lanes([call("exp", X), call("ln", X), power(X, Y)], width)
    ordinary = run(np.full(width, 0.7), np.full(width, 1.3), np.zeros(width), np.zeros(width))[:, 0]
    scalar = compiled([call("exp", X), call("ln", X), power(X, Y)])
    for x in SPECIAL:
        for y in SPECIAL:
            first, second = np.full(width, 0.7), np.full(width, 1.3)
            first[1], second[1] = x, y
            found = run(first, second, np.zeros(width), np.zeros(width))
            np.testing.assert_array_equal(np.delete(found, 1, axis=1), ordinary[:, None] * np.ones(width - 1))
            np.testing.assert_allclose(found[:, 1], scalar(x, y, 0.0), rtol=4e-16, atol=0.0)


def test_functions_shared_by_two_routines_are_written_once():
    text = emit_lanes(
        [Routine("f", [call("exp", X)]), Routine("g", [call("exp", K), call("sinh", Y)])], SLOTS, 8
    )
    code = compile_ir(text, ["f", "g"])
    assert set(code.addresses) == {"f", "g"}
    assert text.count("define internal <8 x double> @lanes.exp(") == 1
