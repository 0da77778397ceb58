import numpy as np
import pytest

from isthmus.algebra.expression import TIME_NODE, symbol
from isthmus.dynamics.kernel import SparsePattern, compile_kernels

X, Y, K = symbol("x"), symbol("y"), symbol("k")
SLOTS = {"x": ("x", 0), "y": ("x", 1), "k": ("p", 0)}


def test_kernels_compiled_together_are_independent():
    kernels = compile_kernels({"sum": [X + Y], "both": [X * K, TIME_NODE]}, SLOTS)
    assert (kernels["sum"].width, kernels["both"].width) == (1, 2)
    alone = kernels.pop("both")
    del kernels
    assert alone(4.0, np.array([2.0, 3.0]), np.array([5.0])).tolist() == [10.0, 4.0]


def test_arguments_may_be_strided():
    kernel = compile_kernels({"sum": [X - Y]}, SLOTS)["sum"]
    assert kernel(0.0, np.arange(6.0)[::3], np.zeros(1)).tolist() == [-3.0]


def test_a_sparse_pattern_is_by_rows():
    pattern = SparsePattern.of({(2, 0): X, (0, 1): Y, (0, 0): K}, 3, 2)
    assert pattern.formulas == (K, Y, X)
    assert pattern.indptr.tolist() == [0, 2, 2, 3] and pattern.indices.tolist() == [0, 1, 0]
    compiled = pattern.kernel(compile_kernels({"m": pattern.formulas}, SLOTS)["m"])
    assert compiled.rows == 3
    assert compiled.dense(0.0, np.array([2.0, 3.0]), np.array([5.0])).tolist() == [[5, 3], [0, 0], [2, 0]]


def test_an_empty_pattern_has_its_shape():
    pattern = SparsePattern.of({}, 2, 0)
    assert pattern.kernel(compile_kernels({"m": pattern.formulas}, SLOTS)["m"]).dense(
        0.0, np.zeros(2), np.zeros(1)
    ).shape == (2, 0)


@pytest.mark.parametrize("optimise", [0, 1, 2])
def test_levels_of_optimisation_agree(optimise):
    kernel = compile_kernels({"f": [K * X / (Y + X)]}, SLOTS, optimise)["f"]
    assert kernel(0.0, np.array([2.0, 3.0]), np.array([5.0])) == pytest.approx([2.0], rel=1e-15)
