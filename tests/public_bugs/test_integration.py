"""Public bugs of integrators that gave up, or gave nonsense, where the equations are in order."""

import math

import numpy as np
import pytest
from tests.public_bugs.curves import CLOSE, RTOL, curves, dynamics_of

from isthmus.algebra.infix_parser import parse
from isthmus.errors import NumericalError
from isthmus.model.question import Observable
from isthmus.simulate import simulate, steady_state

# Mitotic exit in budding yeast: Queralt, Lehane, Novák and Uhlmann, Cell 125 (2006) 719-732, with the rates
# and values of its curated form, BIOMD0000000409. `nucleolar` is Cdc14 held by Net1, `bound` separase held by
# securin. The last line is ours: expected(t) is securin by variation of constants.
MITOTIC_EXIT = """
Clb2 = 0.997; Cdc20 = 0; Cdh1 = 3.8e-5; securin = 0.6; separase = 0.25; bound = 0.248; Net1 = 0.098
nucleolar = 0.485; PoloT = 0.99; Polo = 0.945; Tem1 = 0.00389; Cdc15 = 0.0257; MEN = 8e-6
free := separase - bound; PP2A := (1 + 2*free)/(1 + 20*free); Cdc14 := 0.5 - nucleolar
Net1P := 1 - Net1 - nucleolar; kinase := (0.4*Clb2 + 2*MEN)/(0.2 + Net1 + nucleolar)
decay := 0.05 + 2*Cdc20; binding := 500*Net1*Cdc14 - nucleolar; turnover := 0.01 + 0.25*Cdh1
Clb2' = 0.03 - (0.03 + 0.2*Cdc20 + 2*Cdh1)*Clb2
Cdc20' = 0.015 - (0.05 + 2*Cdh1)*Cdc20
Cdh1' = (0.01 + Cdc14)*(1 - Cdh1)/(1.0015 - Cdh1) - Clb2*Cdh1/(0.0015 + Cdh1)
securin' = 0.03 - decay*securin
separase' = 0.001 - 0.004*separase
bound' = 500*(securin - bound)*free - (1.004 + decay)*bound
Net1' = (0.1*Cdc14 + 0.45*PP2A)*Net1P/(0.2 + Net1P) - kinase*Net1 - binding
nucleolar' = binding - kinase*nucleolar
PoloT' = 0.01 - turnover*PoloT
Polo' = 0.5*Clb2*(PoloT - Polo)/(0.25 + PoloT - Polo) - 0.1*Polo/(0.25 + Polo) - turnover*Polo
Tem1' = 0.5*Polo*(1 - Tem1)/(1.005 - Tem1) - (0.1 + PP2A)*Tem1/(0.005 + Tem1)
Cdc15' = (0.02 + 0.5*Cdc14)*(1 - Cdc15)/(1.2 - Cdc15) - 0.2*Clb2*Cdc15/(0.2 + Cdc15)
release := (0.1 + PP2A)/(0.005 + Tem1) + 0.2*Clb2/(0.2 + Cdc15) + 0.1
MEN' = 10*(Tem1 - MEN)*(Cdc15 - MEN) - release*MEN
spent = 0; spent' = decay; made = 0; made' = exp(spent); expected := exp(-spent)*(0.6 + 0.03*made)
"""


@pytest.mark.parametrize("method", ["ndf", "cvode", "ida"])
def test_mitotic_exit_is_integrated_to_its_end(method: str) -> None:
    """sys-bio/roadrunner#410: an error at t = 42, or none, as the points of output were 1001 or 1000.

    Cdh1 switches on at 33.1 and MEN falls to 2.5e-7. The tolerances are the default ones.
    """
    dynamics = dynamics_of(MITOTIC_EXIT)
    thousand, one_more = (simulate(dynamics, 50.0, points=points, method=method) for points in (1000, 1001))
    assert len(thousand.times) == 1000 and len(one_more.times) == 1001
    for run in (thousand, one_more):
        assert run.times[-1] == 50.0 and (run.values >= 0).all()
        assert run["Cdh1"][0] < 1e-4 and run["Cdh1"][-1] > 0.9
        assert run.times[np.argmax(run["Cdh1"] > 0.5)] == pytest.approx(33.1, abs=0.05)
    # Some hundred local errors of 1e-6.
    np.testing.assert_allclose(thousand.values[-1], one_more.values[-1], rtol=1e-4)


def test_mitotic_exit_by_several_methods_and_in_closed_form() -> None:
    """sys-bio/roadrunner#410 again: what is integrated is right. separase starts at its rest of 0.25."""
    dynamics = dynamics_of(MITOTIC_EXIT)
    expected = Observable("expected", parse("expected"))
    times = list(np.linspace(0.0, 100.0, 101))
    runs = {
        method: simulate(dynamics, 100.0, times=times, rtol=RTOL, method=method, observables=[expected])
        for method in ("ndf", "cvode", "ida")
    }
    peaks = runs["ndf"].values.max(axis=0)
    for run in runs.values():
        assert np.max(np.abs(run.values - runs["ndf"].values) / peaks) < CLOSE
        np.testing.assert_allclose(run["expected"], run["securin"], rtol=CLOSE)
        np.testing.assert_allclose(run["separase"], 0.25, rtol=CLOSE)


# At 1e300 CVODE's own first step lost the state to rounding: T(1) = 0, and no word of it.
@pytest.mark.parametrize("method", ["ndf", "radau", "ida", "cvode"])
def test_a_horizon_beyond_every_scale(method: str) -> None:
    """AMICI-dev/AMICI#558: NaN for horizons near 1e300. Rest is reached, and what is before it is right."""
    dynamics = dynamics_of("species S = 8, T = 8; -> S; 3; S -> ; S; T -> ; T")
    found = simulate(dynamics, 1e300, times=[1.0, 1e300], rtol=RTOL, method=method)
    exact = [[3 + 5 * math.exp(-1), 8 * math.exp(-1)], [3.0, 0.0]]
    np.testing.assert_allclose(np.column_stack([found["S"], found["T"]]), exact, rtol=CLOSE, atol=8 * CLOSE)


@pytest.mark.parametrize("method", ["ndf", "radau", "ida", "cvode"])
def test_an_event_long_before_the_end(method: str) -> None:
    """AMICI-dev/AMICI#558 again: what follows the event has the whole horizon before it."""
    dynamics = dynamics_of("species S = 8; S -> ; S; at time >= 1: S = 5")
    found = simulate(dynamics, 1e60, times=[0.5, 2.0, 1e60], rtol=RTOL, method=method)
    exact = [8 * math.exp(-0.5), 5 * math.exp(-1), 0.0]
    np.testing.assert_allclose(found["S"], exact, rtol=CLOSE, atol=8 * CLOSE)


def test_totals_are_kept_over_a_long_rest() -> None:
    """AMICI-dev/AMICI#558 again, with a singular Jacobian: S ⇌ P with K = 3 and a total of 8."""
    model = "species S = 8, P = 0; r: S -> P; 3*S - P"
    np.testing.assert_allclose(curves(model, [1e20], ["S", "P"]), [[2.0, 6.0]], rtol=CLOSE)


def test_a_steady_state_is_not_sought_for_ever() -> None:
    """AMICI-dev/AMICI#558: the horizon was multiplied by ten until something broke."""
    rest = steady_state(dynamics_of("species S = 8; -> S; 3; S -> ; S"))
    assert rest["S"] == pytest.approx(3.0, rel=1e-9) and rest.time < 100
    with pytest.raises(NumericalError, match=r"grows without bound \(S\)") as caught:
        steady_state(dynamics_of("species S = 1; -> S; 2"))
    assert caught.value.code == "E-NO-STEADY-STATE"
