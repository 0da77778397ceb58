"""Tolerances that a run measures for itself: guessed from one coarse pass, and held against what came out."""

import numpy as np
import pytest

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.simulate import smooth
from isthmus.simulate.rates import run
from isthmus.solve import tolerance

CASCADE = "A -> B; k*A; B -> C; 100*B; A = 5; B = 0; C = 0; k = 1"


@pytest.fixture
def dynamics():
    return read_rates(read_model(CASCADE))


def counted(monkeypatch):
    passes = []
    coarse_pass = tolerance._coarse_pass

    def count(*given):
        passes.append(given[5])
        return coarse_pass(*given)

    monkeypatch.setattr(tolerance, "_coarse_pass", count)
    return passes


@pytest.mark.parametrize("times", [None, [0.0, 1.0, 4.0]])
def test_one_coarse_pass_will_do(dynamics, monkeypatch, times):
    passes = counted(monkeypatch)
    done = run(dynamics, 4.0, times=times, rtol=1e-6)
    assert passes == [1e-3]
    # Peaks: A starts at 5, B comes to about A/100, C ends near 5.
    a = 5.0 * np.exp(-4.0)
    b = 5.0 / 99.0 * (np.exp(-4.0) - np.exp(-400.0))
    peak = 5.0 / 99.0 * (100.0 ** (-1 / 99) - 100.0 ** (-100 / 99))
    by_name = dict(zip(dynamics.states, done.atol / 1e-9, strict=True))
    for name, size in (("A", 5.0), ("B", peak), ("C", 5.0 - a - b)):
        assert size / 2 <= by_name[name] <= 2 * size


def test_a_loose_run_confirms_nothing(dynamics, monkeypatch):
    passes = counted(monkeypatch)
    run(dynamics, 4.0, rtol=1e-3)
    assert passes == [1e-3, 1e-4]


@pytest.mark.parametrize("guess", [None, 1e3, 1e-3])
def test_a_guess_that_is_off_is_not_kept(dynamics, monkeypatch, guess):
    start, p = dynamics.start()
    expected = tolerance.measured_atol(dynamics.live_system, 0.0, 4.0, start, p, 1e-6)
    monkeypatch.setattr(
        smooth, "guessed_atol", lambda *given, max_steps: None if guess is None else guess * expected
    )
    done = run(dynamics, 4.0, rtol=1e-6)
    np.testing.assert_array_equal(done.atol, expected)
    np.testing.assert_allclose(done.at([4.0])[0, 0], 5.0 * np.exp(-4.0), rtol=1e-4)
