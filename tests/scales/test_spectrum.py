"""Time scales of whole models: values, labels, participations, and what a change of units must not change."""

import json
import math

import numpy as np
import pytest
from tests.reference.networks import michaelis_menten, network

from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.records.scales import Pace
from isthmus.scales.spectrum import JacobianSpectrum, choose_points
from isthmus.solve.ndf import solve_ndf
from isthmus.solve.tolerance import measured_atol


def analyse(model, horizon, points=32):
    dynamics = read_rates(model)
    start, parameters = dynamics.start()
    system = dynamics.system()
    atol = measured_atol(system, 0.0, horizon, start, parameters)
    solution = solve_ndf(system, 0.0, horizon, start, parameters, 1e-8, atol)
    assert solution.ok
    return JacobianSpectrum(points).analyse(dynamics, solution.t, solution.x, parameters, horizon)


def test_a_chain_has_its_rates_as_scales_with_paces():
    chain = network(
        {"A": 1.0, "B": 0.0, "C": 0.0},
        {"a": 1000.0, "b": 1.0, "c": 1e-4},
        {"ab": "A -> B ; a*A", "bc": "B -> C ; b*B", "out": "C -> ; c*C"},
    )
    scales = analyse(chain, 10.0)
    np.testing.assert_allclose([mode.tau for mode in scales.modes], [1e-3, 1.0, 1e4], rtol=1e-10)
    assert [mode.pace for mode in scales.modes] == [Pace.FAST, Pace.SLOW, Pace.FROZEN]
    assert scales.conserved == 0
    # A triangular Jacobian: u·w is a single species for each mode.
    assert [mode.species[0][0] for mode in scales.modes] == ["A", "B", "C"]
    assert [mode.reactions[0][0] for mode in scales.modes] == ["ab", "bc", "out"]
    assert scales.gaps[0].after == 1
    assert scales.gaps[0].ratio == pytest.approx(1e4, rel=1e-9)
    assert scales.species_time == pytest.approx({"A": 1e-3, "B": 1.0, "C": 1e4}, rel=1e-9)
    assert scales.mode_time == pytest.approx({"A": 1e-3, "B": 1.0, "C": 1e4}, rel=1e-6)


def test_enzyme_scales_and_totals():
    scales = analyse(michaelis_menten(enzyme=0.1), 500.0)
    assert scales.conserved == 2
    assert len(scales.modes) == 2
    fast, slow = scales.modes
    assert fast.pace is Pace.FAST
    assert slow.pace is Pace.SLOW
    # At the start J's fast eigenvalue is k₁(S + E) + k₋₁ + k₂ up to O(E0/(S + K_M)) = 1 %, at the end it is
    # 0.75 + 0.1.
    assert 1 / 10.85 * 0.99 < fast.low <= fast.tau <= fast.high < 1 / 0.85 * 1.02
    assert scales.species_time["C"] == pytest.approx(1 / 0.75, rel=1e-12)
    assert math.isinf(scales.species_time["P"])
    assert math.isinf(scales.mode_time["P"])
    for mode in scales.modes:
        assert 0.98 < sum(share for _, share in mode.species) <= 1 + 1e-12
        assert 0.98 < sum(share for _, share in mode.reactions) <= 1 + 1e-12
    assert fast.reactions[0][0] == "bind"


def test_units_of_amount_do_not_matter():
    large, small = (analyse(michaelis_menten(volume=v), 50.0) for v in (1.0, 4e-12))
    for a, b in zip(large.modes, small.modes, strict=True):
        # Both runs take the same steps, up to rounding in the kernels.
        assert a.tau == pytest.approx(b.tau, rel=1e-5)
        assert dict(a.species) == pytest.approx(dict(b.species), abs=1e-5)


def test_an_oscillator_rotates_and_an_instability_is_flagged():
    # Lotka–Volterra at its fixed point: λ = ±i √(ac).
    pair = network(
        {"X": 1.0, "Y": 2.0}, {}, {"birth": "-> X ; 2*X", "meal": "X -> Y ; X*Y", "death": "Y -> ; Y"}
    )
    first, second = analyse(pair, 10.0).modes
    assert first.period == pytest.approx(2 * math.pi / math.sqrt(2), rel=1e-9)
    assert first.rotates
    assert second.period == first.period
    assert not first.is_unstable
    growth = analyse(network({"X": 1.0}, {"k": 2.0}, {"birth": "-> X ; k*X"}), 5.0)
    assert growth.modes[0].is_unstable
    assert growth.modes[0].pace is not Pace.FAST


def test_as_json_is_json():
    scales = analyse(michaelis_menten(), 50.0)
    text = json.dumps(scales.as_json(), allow_nan=False)
    read = json.loads(text)
    assert read["species_time"]["P"] == "inf"
    assert [mode["tau"] for mode in read["modes"]] == [mode.tau for mode in scales.modes]
    lines = scales.lines()
    assert [line.label for line in lines] == ["fast", "slow"]
    assert all(math.isnan(line.period) for line in lines)


def test_points_are_spread_in_log_time():
    times = np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 500)])
    chosen = choose_points(times, 30)
    assert chosen[0] == 0
    assert chosen[-1] == len(times) - 1
    assert len(chosen) <= 31
    ratios = np.diff(np.log(times[chosen[1:]]))
    assert ratios.max() < 2 * np.median(ratios)
    np.testing.assert_array_equal(choose_points(times[:5], 30), np.arange(5))


def test_two_steps_at_the_start_are_no_obstacle():
    """An event at time 0 leaves the state before it and the state after it."""
    times = np.concatenate([[0.0, 0.0], np.geomspace(1e-3, 1.0, 50)])
    chosen = choose_points(times, 10)
    assert chosen[0] == 0
    assert chosen[-1] == len(times) - 1
    assert len(chosen) == 10
    np.testing.assert_array_equal(choose_points(np.zeros(40), 10), [0, 39])


def test_horizon_must_be_positive():
    dynamics = read_rates(michaelis_menten())
    start, parameters = dynamics.start()
    with pytest.raises(UsageError, match="E-HORIZON"):
        JacobianSpectrum().analyse(dynamics, np.zeros(1), start[None, :], parameters, 0.0)
