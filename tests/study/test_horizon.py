"""Derived horizons against closed forms, and refusals that say what was seen."""

import math

import numpy as np
import pytest
from tests.reference.networks import network

from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UsageError
from isthmus.model.question import Observable
from isthmus.simulate.rates import run
from isthmus.study.horizon import _Curves, _moving, derive_horizon
from isthmus.study.peaks import peaks


def horizon(model, *names, **more):
    return derive_horizon(read_rates(model), [Observable(name, parse(name)) for name in names], **more)


@pytest.mark.parametrize("k", [1e-8, 1.0, 3e7])
def test_exponential_decay(k):
    found = horizon(network({"A": 2.0}, {"k": k}, {"out": "A -> ; k*A"}), "A")
    # e^(−kt) = 1 % at ln(100)/k; the solution's error of 1e-6 moves that by 1e-6·100/k.
    assert found.value == pytest.approx(1.3 * math.log(100) / k, rel=3e-4)
    assert "1.3" in found.reason
    assert "A" in found.reason


def test_the_slowest_observable_decides():
    model = network({"A": 2.0, "B": 1.0}, {}, {"a": "A -> ; 10*A", "b": "B -> ; 0.1*B"})
    assert horizon(model, "A").value == pytest.approx(0.13 * math.log(100), rel=3e-4)
    assert horizon(model, "A", "B").value == pytest.approx(13 * math.log(100), rel=3e-4)


def test_a_late_second_phase_is_not_missed():
    # B fills within 1 and then leaks over 1e4: steady only after the leak.
    model = network({"A": 1.0, "B": 0.0}, {}, {"ab": "A -> B ; A", "leak": "B -> ; 0.0001*B"})
    assert horizon(model, "B").value == pytest.approx(1.3e4 * math.log(100), rel=1e-3)


def test_algebraic_decay():
    # 1/(1 + t) is 1 % at t = 99; steady state is only known to 1e-3 of the range.
    found = horizon(network({"A": 1.0}, {}, {"meet": "2 A -> A ; A*A"}), "A")
    assert found.value == pytest.approx(1.3 * 99, rel=0.11)


def test_oscillator_gets_four_peaks():
    # The Brusselator A = 1, B = 3: period 7.16.
    model = network(
        {"X": 1.0, "Y": 1.0},
        {},
        {"in": "-> X ; 1", "auto": "2 X + Y -> 3 X ; X^2*Y", "swap": "X -> Y ; 3*X", "out": "X -> ; X"},
    )
    found = horizon(model, "X")
    assert "four peaks of X" in found.reason
    from isthmus.simulate.rates import run

    done = run(read_rates(model), 60.0, rtol=1e-8)
    times = np.linspace(0, 60, 60001)
    seen = peaks(times, done.at(times)[:, 0])
    period = seen.times[-1] - seen.times[-2]
    assert period == pytest.approx(7.16, abs=0.02)
    assert found.value == pytest.approx(seen.times[3] + 0.5 * (seen.times[3] - seen.times[2]), rel=0.01)


def test_damped_oscillation_settles():
    # x'' + 0.2 x' + x = 0 from x = 1: the envelope e^(−t/10) stays above 1 % of the range (1 + e^(−π/10…))
    # till t ≈ 40.
    model = network({"x": 1.0, "v": 0.0}, {}, rates={"x": "v", "v": "-x - 0.2*v"})
    found = horizon(model, "x")
    t = np.linspace(0, 100, 200001)
    omega = math.sqrt(0.99)
    exact = np.exp(-0.1 * t) * (np.cos(omega * t) + 0.1 / omega * np.sin(omega * t))
    last = t[np.abs(exact) > 0.01 * np.ptp(exact)][-1]
    assert found.value == pytest.approx(1.3 * last, rel=2e-3)


def test_a_faint_oscillation_is_seen_and_noise_is_none():
    x, y = {"x": 1.0, "y": 0.0}, {"up": "-> x ; y", "down": "y -> ; x"}
    dynamics = read_rates(network(x, {}, y))
    # Between 99,999 and 100,001, with the period 2 pi.
    faint = Observable("faint", parse("100000 + x"))
    found = derive_horizon(dynamics, [faint])
    assert "four peaks" in found.reason
    done, kernel = run(dynamics, 60.0), dynamics.kernel([faint.formula])
    times = np.linspace(0.0, 60.0, 601)
    curve = done.observe(kernel.address, kernel.width, times)
    noise = np.random.Generator(np.random.Philox(5)).normal(size=curve.shape)
    assert _moving(done, _Curves(times, curve), kernel.address, kernel.width).all()
    # What another run does not do again is noise, whatever it looks like.
    assert not _moving(done, _Curves(times, 1e5 + noise), kernel.address, kernel.width).any()


def test_growth_is_refused_with_what_was_seen():
    model = network({"A": 1.0, "P": 0.0}, {}, {"make": "A -> A + P ; A"})
    with pytest.raises(UsageError, match="P still grows") as caught:
        horizon(model, "P")
    assert caught.value.code == "E-NO-HORIZON"
    assert "--horizon" in caught.value.advice


def test_a_start_at_rest_is_refused():
    with pytest.raises(UsageError, match="nothing moves"):
        horizon(network({"A": 1.0}, {}, {"in": "-> A ; 1", "out": "A -> ; A"}), "A")


def test_blow_up_is_a_numerical_error():
    with pytest.raises(NumericalError, match="E-INTEGRATION"):
        horizon(network({"X": 1.0}, {}, {"more": "2 X -> 3 X ; X*X"}), "X")


def test_quantities_apply():
    model = network({"A": 2.0}, {"k": 1.0}, {"out": "A -> ; k*A"})
    assert horizon(model, "A", quantities={"k": 10.0}).value == pytest.approx(0.13 * math.log(100), rel=3e-4)


def test_peaks_stand_out():
    t = np.linspace(0, 10, 2001)
    found = peaks(t, np.sin(2 * np.pi * t) + 0.01 * np.sin(40 * np.pi * t))
    assert len(found.times) == 10
    np.testing.assert_allclose(found.times, 0.25 + np.arange(10), atol=0.03)
    assert found.is_sustained(4)
    assert not peaks(t, np.exp(-0.2 * t) * np.sin(2 * np.pi * t)).is_sustained(4)
    assert not peaks(t, np.exp(-t)).is_sustained(1)
    assert len(peaks(t, np.zeros_like(t)).times) == 0
