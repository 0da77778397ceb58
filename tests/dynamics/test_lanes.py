"""The lane kernels of a model against its scalar ones."""

import ctypes

import numpy as np
import pytest

import isthmus
from isthmus.algebra.expression import symbol
from isthmus.dynamics.lanes import compile_lanes
from isthmus.dynamics.rates import read_rates

# Functions that lanes compute by polynomials of their own, a derived constant, and time.
MODEL = """
model functions
  compartment cell = 2; species A in cell, B in cell;
  A = 1.5; B = 0.3; K := time + 1; c = 2 * h; h = 1.7;
  A -> B; cell * k * A^h / (c^h + A^h) * exp(-B) + sin(time);
  B -> ; cell * ln(1 + B) / K;
  k = 0.4;
end
"""


def call(address, *arrays):
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(address)
    function(*(array.ctypes.data for array in arrays))


def aligned(values):
    flat = np.asarray(values, dtype=float).ravel()
    block = np.zeros(len(flat) + 8)
    start = -block.ctypes.data % 64 // 8
    block[start : start + len(flat)] = flat
    return block[start : start + len(flat)]


@pytest.mark.parametrize("width", [4, 8])
def test_kernels_agree_lane_by_lane(width):
    dynamics = read_rates(isthmus.read(MODEL).model)
    kernels = compile_lanes(dynamics, [symbol("B") * 2], width)
    random = np.random.Generator(np.random.Philox(4))
    table = dynamics.nominal * random.uniform(0.5, 2.0, (width, len(dynamics.nominal)))
    times = random.uniform(0.0, 3.0, width)
    n, count = len(dynamics.states), kernels.parameters - kernels.quantities
    started = aligned(np.zeros((n + count, width)))
    call(kernels.start, aligned(times), aligned(np.zeros(width)), aligned(table.T), started)
    starts = [dynamics.start(row) for row in table]
    found = started.reshape(n + count, width).T
    np.testing.assert_allclose(found[:, :n], [x for x, _ in starts], rtol=1e-15)
    np.testing.assert_allclose(found[:, n:], [p[kernels.quantities :] for _, p in starts], rtol=1e-15)
    x, p = np.array([x for x, _ in starts]), np.array([p for _, p in starts])
    system = dynamics.system()
    for address, plain, length in (
        (kernels.rates, dynamics.rates, system.rates),
        (kernels.jacobian, dynamics.jacobian.kernel, len(system.indices)),
        (kernels.observe, dynamics.kernel([symbol("B") * 2]), 1),
    ):
        out = aligned(np.zeros((length, width)))
        call(address, aligned(times), aligned(x.T), aligned(p.T), out)
        expected = [plain(t, a, b) for t, a, b in zip(times, x, p, strict=True)]
        # Some twenty operations and functions, each within an ulp.
        np.testing.assert_allclose(out.reshape(length, width).T, expected, rtol=1e-14, atol=1e-15)
    drift, step = aligned(np.zeros((system.rates, width))), 1e-6
    call(kernels.drift, aligned(times), aligned(x.T), aligned(p.T), drift)
    for lane in range(width):
        ahead, behind = (dynamics.rates(times[lane] + s, x[lane], p[lane]) for s in (step, -step))
        np.testing.assert_allclose(
            drift.reshape(-1, width)[:, lane], (ahead - behind) / (2 * step), rtol=1e-8, atol=1e-8
        )


def test_a_model_without_time_has_no_drift():
    model = "model m\n  x = 1; x' = -k * x; k = 1;\nend\n"
    assert compile_lanes(read_rates(isthmus.read(model).model), [], 8).drift == 0
