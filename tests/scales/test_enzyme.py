"""Closed forms of the enzyme motif against their defining equations."""

import math

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.scales.enzyme import (
    Enzyme,
    LinearFeedback,
    lambert_w_of_exp,
    reverse_product,
    small_parameters,
    standard_substrate,
    total_complex,
)

MODERATE = Enzyme(1.0, 1.0, 1.0, 1.0, 1.0)


def test_lambert_w_solves_its_equation_beyond_the_range_of_exp():
    z = np.concatenate([np.linspace(-700, 2, 300), np.geomspace(2, 1e8, 100)])
    w = lambert_w_of_exp(z)
    # w + ln w = z has condition number |z| w/((1 + w)|w|) ≤ |z|: a few ulp of z are all that can be asked.
    assert np.all(np.abs(w + np.log(w) - z) <= 4 * np.finfo(float).eps * (1 + np.abs(z)))


def test_lambert_w_against_scipy():
    from scipy.special import lambertw

    z = np.linspace(-20, 20, 101)
    np.testing.assert_allclose(lambert_w_of_exp(z), lambertw(np.exp(z)).real, rtol=1e-14)


def test_standard_substrate_solves_its_equation():
    t = np.linspace(0, 10, 11)
    h = 1e-5
    slope = (standard_substrate(MODERATE, t + h) - standard_substrate(MODERATE, t - h)) / (2 * h)
    s = standard_substrate(MODERATE, t)
    # Central differences: h²/6 |S'''| + eps/h, both below 1e-9 here.
    np.testing.assert_allclose(slope, -s / (2 + s), atol=1e-9)
    assert standard_substrate(MODERATE, 0.0) == pytest.approx(1.0, rel=1e-15)


def test_standard_substrate_where_exp_would_overflow():
    enzyme = Enzyme(1.0, 0.005, 0.005, 0.01, 50.0)
    assert standard_substrate(enzyme, 0.0) == pytest.approx(50.0, rel=1e-13)


def test_total_complex_is_the_small_root():
    total = np.array([1e-12, 0.3, 1.0, 50.0])
    for rapid, constant in ((False, 2.0), (True, 1.0)):
        c = total_complex(MODERATE, total, rapid_equilibrium=rapid)
        np.testing.assert_allclose((1 - c) * (total - c), constant * c, rtol=1e-12)
        assert np.all(c < np.minimum(1.0, total))


def test_small_parameters_by_their_definitions():
    small = small_parameters(MODERATE)
    assert (small.hta, small.ssl, small.rs) == (1.0, 1 / 3, 0.5)
    b = 4.0
    assert small.tzafriri == pytest.approx(0.5 * (b / math.sqrt(b * b - 4) - 1), rel=1e-13)
    assert small.borghans == 1 / 16


@pytest.mark.parametrize("unbinding", [0.0, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("enzyme", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("substrate", [1e-8, 1.0, 1e3])
def test_tzafriri_parameter_never_exceeds_a_quarter(unbinding, enzyme, substrate):
    motif = Enzyme(1.0, unbinding, 1.0, enzyme, substrate)
    bound = motif.van_slyke / (4 * motif.michaelis)
    assert small_parameters(motif).tzafriri <= bound * (1 + 1e-12) <= 0.25 * (1 + 2e-12)


def test_reverse_product_of_a_short_time_does_not_cancel():
    assert reverse_product(MODERATE, 1e-20) == pytest.approx(1e-20, rel=1e-15)


def test_linear_feedback_is_an_eigenvector():
    manifold = LinearFeedback(0.5, 0.1)
    values, vectors = np.linalg.eig([[-1 / 0.1, -0.5 / 0.1], [1.0, -1.0]])
    slow = int(np.argmax(values))
    assert manifold.slope == pytest.approx(vectors[0, slow] / vectors[1, slow], rel=1e-12)
    assert manifold.slow_rate == pytest.approx(-values[slow], rel=1e-12)
    y = 1 / 1.5
    assert manifold.offset + manifold.slope * y == pytest.approx(y, rel=1e-12)


def test_a_focus_has_no_slow_manifold():
    with pytest.raises(UsageError, match="E-NO-SLOW-MANIFOLD"):
        _ = LinearFeedback(0.5, 0.27).slope


@pytest.mark.parametrize("values", [(0.0, 1, 1, 1, 1), (1, -1, 1, 1, 1), (1, 0, 0, 1, 1), (1, 1, 1, 1, 0)])
def test_nonsense_is_refused(values):
    with pytest.raises(UsageError, match="E-ENZYME"):
        Enzyme(*map(float, values))
