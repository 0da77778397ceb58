"""Kernels are the same bits at every level of optimisation, so that none can change a result."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from isthmus.algebra.llvm import Routine, emit_module
from isthmus.algebra.llvm_lanes import emit_lanes
from isthmus.algebra.machine_code import compile_ir
from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.ant"))
HARD = (
    "A -> B; k*A^2.3/(1 + A^n) + sin(time)*exp(-A)*ln(A + 2) - sqrt(B + 1)*min(A, B)/3;"
    " k = 0.3; n = 4; A = 2; B = 1;"
)
WIDTH = 4


@pytest.mark.parametrize("source", [*EXAMPLES, HARD], ids=lambda s: getattr(s, "stem", "hard"))
@pytest.mark.parametrize("width", [1, WIDTH])
def test_same_bits_at_every_level(source, width):
    dynamics = read_rates(read_model(source))
    entries = dynamics._state_slopes.formulas
    routines = [Routine("rates", [term.formula for term in dynamics.terms]), Routine("slopes", entries)]
    text = (
        emit_module(routines, dynamics.slots) if width == 1 else emit_lanes(routines, dynamics.slots, width)
    )
    x0, p = dynamics.start()
    values = np.random.default_rng(7).uniform(0.1, 3.0, (len(x0), width))
    found = [evaluate(text, level, routines, values, p, width) for level in (0, 1, 2)]
    assert found[0] == found[1] == found[2]
    assert any(any(part) for part in found[0])


def evaluate(text, level, routines, states, p, width):
    code = compile_ir(text, [routine.name for routine in routines], level)
    inputs = [aligned(np.full(width, 0.7)), aligned(states), aligned(np.repeat(p, width))]
    found = []
    for routine in routines:
        out = aligned(np.zeros(len(routine.outputs) * width))
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(code.addresses[routine.name])
        function(*(array.ctypes.data for array in (*inputs, out)))
        found.append(out.tobytes())
    return found


def aligned(values):
    """A flat copy on a boundary of 64 bytes."""
    flat = np.asarray(values, dtype=float).reshape(-1)
    room = np.zeros(len(flat) + 8)
    first = -room.ctypes.data // 8 % 8
    room[first : first + len(flat)] = flat
    return room[first : first + len(flat)]
