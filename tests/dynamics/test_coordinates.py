"""Slow coordinates of reductions of Michaelis–Menten, by hand."""

from fractions import Fraction

import numpy as np
from tests.study.benches import MICHAELIS_MENTEN, make, pick, take

from isthmus.dynamics.constrained import constrain
from isthmus.dynamics.coordinates import condensed_gain, slow_coordinates
from isthmus.model.reduction import Elimination, Reduction

STATES = ("S", "E", "C", "P")
# Terms: 0 bind, 1 release, 2 convert.
GAIN = {
    "S": {0: Fraction(-1), 1: Fraction(1)},
    "E": {0: Fraction(-1), 1: Fraction(1), 2: Fraction(1)},
    "C": {0: Fraction(1), 1: Fraction(-1), 2: Fraction(-1)},
    "P": {2: Fraction(1)},
}
CONSTRAINT = tuple(sorted(GAIN["C"].items()))


def eliminate_complex(direction):
    moved = tuple(sorted({"C": Fraction(1), **{s: Fraction(v) for s, v in direction.items()}}.items()))
    return Reduction((Elimination("C", "test", moved, CONSTRAINT, 0),))


def test_total_qssa_keeps_substrate_plus_complex():
    coordinates = slow_coordinates(STATES, GAIN, eliminate_complex({"E": -1, "S": -1}))
    assert coordinates is not None
    assert coordinates.slow == {"S": {"S": 1, "C": 1}, "E": {"E": 1, "C": 1}, "P": {"P": 1}}
    assert coordinates.gain == {"S": {2: -1}, "E": {}, "P": {2: 1}}


def test_standard_qssa_leaves_the_substrate_and_drops_binding_by_the_constraint():
    reduction = eliminate_complex({"E": -1})
    coordinates = slow_coordinates(STATES, GAIN, reduction)
    assert coordinates is not None
    assert coordinates.gain["S"] == {0: -1, 1: 1}
    assert condensed_gain(coordinates, reduction)["S"] == {2: -1}


def test_dependent_directions_are_no_coordinates():
    one, two = (
        Elimination(z, "test", (("C", Fraction(1)), ("E", Fraction(-1))), CONSTRAINT, 0) for z in ("C", "E")
    )
    assert slow_coordinates(STATES, GAIN, Reduction((one, two))) is None


def test_frozen_and_dropped_leave_no_drive():
    coordinates = slow_coordinates(STATES, GAIN, Reduction(frozen=frozenset({"P"}), dropped=frozenset({1})))
    assert coordinates is not None
    assert coordinates.gain["P"] == {}
    assert coordinates.gain["S"] == {0: -1}


def test_the_fast_block_is_the_derivative_along_the_directions():
    bench, _, steps = make(MICHAELIS_MENTEN.format(enzyme=1), "P", "1%", "100")
    reduction = take(pick(steps, "total QSSA of C (-1 E, -1 S)"))
    dynamics = bench.dynamics
    constrained = constrain(dynamics.states, dynamics.gain_by_state, bench.system, reduction)
    assert constrained is not None
    start, parameters = dynamics.start()
    block = constrained.fast_block(dynamics.jacobian.dense(0.0, start, parameters))
    # d(k1 E S - (km1 + k2) C) along C + 1, E - 1, S - 1 with k1 = 1, km1 + k2 = 0.75, S = 10, E = 1.
    np.testing.assert_allclose(block, [[-(10 + 1) - 0.75]], rtol=1e-14)
