"""Sensitivities against closed forms, and against central differences of another integrator."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import lambertw
from tests.reference.networks import michaelis_menten, network

from isthmus import formats
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import read_rates
from isthmus.errors import NumericalError, UsageError
from isthmus.model.parameter import Parameter
from isthmus.model.question import Observable
from isthmus.model.rule import InitialAssignment
from isthmus.simulate.sensitivities import SensitivityProblem, sensitivities

TIMES = np.linspace(0.0, 4.0, 9)


def chain(volume=1.0):
    return network(
        {"A": 3.0, "B": 0.0}, {"k": 0.5, "m": 1.5}, {"r": "A -> B ; k*A", "d": "B -> ; m*B"}, volume=volume
    )


def central_differences(dynamics, horizon, times, observables, quantity, steps=(1e-3, 1e-4)):
    """The derivative from CVODE runs two steps apart, and an estimate of its error.

    Truncation falls as h², so that of the fine one is a hundredth of the difference of the two; the rounding
    of the runs grows as 1/h, and is part of the difference too.
    """
    from isthmus.simulate import simulate

    q = dict(zip(dynamics.quantities, dynamics.nominal, strict=True))[quantity]

    def at(value):
        run = simulate(
            dynamics,
            horizon,
            times=list(times),
            quantities={quantity: value},
            observables=observables,
            rtol=1e-11,
            method="cvode",
            max_steps=1_000_000,
        )
        return np.column_stack([run[o.name] for o in observables])

    size = abs(q) or 1e-3
    coarse, fine = ((at(q + s * size) - at(q - s * size)) / (2 * s * size) for s in steps)
    return fine, np.abs(fine - coarse).max(axis=0)


@pytest.mark.parametrize("volume", [1.0, 4e-12, 1e6])
def test_linear_chain_against_its_closed_form(volume):
    # A = a e^(-kt), B = a k (e^(-kt) - e^(-mt)) / (m - k)
    result = sensitivities(read_rates(chain(volume)), 4.0, TIMES, rtol=1e-8)
    a, k, m, t = 3.0, 0.5, 1.5, TIMES
    one, two, gap = np.exp(-k * t), np.exp(-m * t), m - k
    exact = {
        ("A", "k"): -a * t * one,
        ("A", "m"): 0 * t,
        ("A", "A"): one,
        ("B", "A"): k * (one - two) / gap,
        ("B", "B"): two,
        ("B", "k"): a * (one - two) / gap - a * k * t * one / gap + a * k * (one - two) / gap**2,
        ("B", "m"): a * k * t * two / gap - a * k * (one - two) / gap**2,
    }
    for (observable, quantity), curve in exact.items():
        # rtol bounds a step's error in q ∂x/∂q against that plus the peak (3); some ten steps add up.
        q = dict(zip(result.quantities, result.at, strict=True))[quantity] or 1.0
        allowed = 20 * 1e-8 * (np.abs(curve) + 3.0 / q)
        assert (np.abs(result.of(observable, quantity) - curve) <= allowed).all(), (observable, quantity)
    # The amounts grow with the compartment at fixed concentrations, the concentrations do not move.
    np.testing.assert_allclose(result.of("A", "cell") * volume, 0.0, atol=1e-6)


def test_michaelis_menten_against_lambert_w():
    # S' = -V S / (K + S): S = K W(S0/K exp((S0 - V t)/K)); its derivatives are those of the implicit
    # equation S + K ln S = S0 + K ln S0 - V t.
    model = network({"S": 10.0}, {"V": 1.2, "K": 3.0}, {"cat": "S -> ; V*S/(K + S)"})
    times = np.linspace(0.0, 15.0, 16)
    result = sensitivities(read_rates(model), 15.0, times, rtol=1e-9)
    start, v, km = 10.0, 1.2, 3.0
    s = km * lambertw(start / km * np.exp((start - v * times) / km)).real
    slope = 1 + km / s
    np.testing.assert_allclose(result.observed[:, 0], s, rtol=1e-6)
    np.testing.assert_allclose(result.of("S", "V"), -times / slope, atol=1e-7 * 10 / v)
    np.testing.assert_allclose(result.of("S", "K"), np.log(start / s) / slope, atol=1e-7 * 10 / km)
    np.testing.assert_allclose(result.of("S", "S"), (1 + km / start) / slope, atol=1e-7)


def with_derived_start():
    """A(0) = 2 a0² by an initial assignment, and a rate constant derived from a0 and k by another."""
    model = chain()
    return replace(
        model,
        parameters=(*model.parameters, Parameter("a0", 1.3), Parameter("fast", None)),
        initial_assignments=(
            InitialAssignment("A", parse("2*a0^2")),
            InitialAssignment("fast", parse("k*(1 + a0)")),
        ),
        reactions=(model.reactions[0], replace(model.reactions[1], rate=parse("cell*(m + fast)*B"))),
    )


def test_initial_assignments_and_derived_constants_move_with_their_quantities():
    dynamics = read_rates(with_derived_start())
    assert dynamics.derived == ("fast",)
    assert "A" not in dynamics.quantities
    result = sensitivities(dynamics, 4.0, TIMES, rtol=1e-9)
    t, a0, k, m = TIMES, 1.3, 0.5, 1.5

    def b(a0, k):
        start, loss = 2 * a0**2, m + k * (1 + a0)
        return start * k * (np.exp(-k * t) - np.exp(-loss * t)) / (loss - k)

    # Complex step: exact to rounding.
    np.testing.assert_allclose(result.of("A", "a0"), 4 * a0 * np.exp(-k * t), rtol=1e-6)
    np.testing.assert_allclose(result.of("B", "a0"), b(a0 + 1e-30j, k).imag / 1e-30, atol=1e-7)
    np.testing.assert_allclose(result.of("B", "k"), b(a0, k + 1e-30j).imag / 1e-30, atol=1e-7)


EXAMPLES = {
    "goldbeter_1991": (30.0, ["C", "M"], ["vi", "kd", "K1", "C"]),
    "repressilator_2000": (60.0, None, None),
    "toggle_switch_2000": (10.0, None, None),
    "gene_expression": (60.0, ["P"], None),
    "huang_ferrell_1996": (60.0, ["K_PP", "KK_PP"], ["a1", "k5", "KKK", "E1"]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_against_differences_of_cvode(name, examples):
    horizon, watched, wrt = EXAMPLES[name]
    dynamics = read_rates(formats.read_model(examples / f"{name}.ant"))
    names = watched or dynamics.states[:3]
    observables = [Observable(n, parse(n)) for n in names]
    wrt = [q for q in (wrt or dynamics.quantities) if q in dynamics.quantities][:5]
    times = np.linspace(0.0, horizon, 7)
    result = sensitivities(dynamics, horizon, times, observables, wrt=wrt, rtol=1e-7)
    peak = np.abs(result.observed).max(axis=0)
    for j, quantity in enumerate(wrt):
        expected, doubt = central_differences(dynamics, horizon, times, observables, quantity)
        size = abs(result.at[j]) or 1e-3
        # The differences' own doubt, and errors of steps that add up to a hundred times the tolerance.
        allowed = doubt + 1e-5 * (np.abs(expected).max(axis=0) + peak / size)
        assert (np.abs(result.values[:, :, j] - expected) <= allowed).all(), quantity


def test_error_follows_tolerance():
    problem = SensitivityProblem.of(read_rates(michaelis_menten()))
    times = np.linspace(0.0, 60.0, 31)
    best = problem.run(60.0, times, rtol=1e-11)
    tolerances = 10.0 ** np.arange(-4, -10, -1)
    errors = [
        np.abs(problem.run(60.0, times, rtol=r).scaled()[1:] - best.scaled()[1:]).max() for r in tolerances
    ]
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert 0.6 < slope < 1.2


def test_observables_and_totals():
    observables = [Observable("share", parse("B/(A + B)")), Observable("flux", parse("r"))]
    result = sensitivities(read_rates(chain(2.0)), 4.0, TIMES, observables, {"k": 0.7}, rtol=1e-9)
    assert result.observables == ("share", "flux")
    exact = 3.0 * np.exp(-0.7 * TIMES)
    # The reaction's rate is volume · k · A, and the volume itself is a quantity.
    np.testing.assert_allclose(result.of("flux", "k"), 2.0 * exact * (1 - 0.7 * TIMES), atol=1e-6)
    np.testing.assert_allclose(result.of("flux", "cell"), 0.7 * exact, atol=1e-6)
    assert result.at[result.quantities.index("k")] == 0.7
    closed = sensitivities(
        read_rates(michaelis_menten()), 60.0, [0.0, 1.0, 60.0], [Observable("total", parse("S + C + P"))]
    )
    np.testing.assert_allclose(closed.of("total", "S"), 1.0, rtol=1e-12)
    np.testing.assert_allclose(closed.of("total", "k2"), 0.0, atol=1e-10)


def test_what_is_held_apart_agrees_with_everything_at_once():
    dynamics = read_rates(michaelis_menten())
    times = [0.5, 30.0]
    everything = sensitivities(dynamics, 30.0, times, rtol=1e-8)
    one = sensitivities(dynamics, 30.0, times, wrt=["k2"], rtol=1e-8, control=False)
    assert one.quantities == ("k2",)
    peak = np.abs(everything.observed).max(axis=0) / 0.25
    assert (np.abs(one.of("P", "k2") - everything.of("P", "k2")) < 1e-5 * peak[-1]).all()


def test_scaled_and_dataset():
    result = sensitivities(read_rates(chain()), 4.0, TIMES, rtol=1e-8)
    scaled = result.scaled()
    np.testing.assert_allclose(scaled[:, 0, result.quantities.index("k")], -0.5 * TIMES, atol=1e-5)
    # B starts at zero: no relative change.
    assert np.isnan(scaled[0, 1]).all()
    dataset = result.to_xarray()
    assert dataset["sensitivity"].dims == ("time", "observable", "quantity")
    np.testing.assert_array_equal(
        dataset["sensitivity"].sel(observable="B", quantity="k"), result.of("B", "k")
    )
    assert dataset.attrs["rtol"] == 1e-8


def test_a_zero_base_with_an_exponent():
    # d(x^h)/dh = x^h ln x is 0, not NaN, where x starts at 0.
    model = network({"X": 0.0, "Y": 0.0}, {"h": 2.5}, {"in": "-> X ; 1", "act": "-> Y ; X^h"})
    result = sensitivities(read_rates(model), 2.0, [1.0, 2.0], rtol=1e-8)
    h, t = 2.5, np.array([1.0, 2.0])
    exact = t ** (h + 1) * (np.log(t) / (h + 1) - 1 / (h + 1) ** 2)
    np.testing.assert_allclose(result.of("Y", "h"), exact, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": -1.0}, "E-HORIZON"),
        ({"times": [2.0, 1.0]}, "E-TIMES"),
        ({"times": [5.0]}, "E-TIMES"),
        ({"wrt": ["kk"]}, "did you mean k"),
        ({"quantities": {"kk": 1.0}}, "did you mean k"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        sensitivities(read_rates(chain()), **({"horizon": 4.0, "times": TIMES} | arguments))


def test_blow_up_and_step_limit_are_errors():
    grows = read_rates(network({"X": 1.0}, {}, {"more": "2 X -> 3 X ; X*X"}))
    with pytest.raises(NumericalError, match="E-INTEGRATION"):
        sensitivities(grows, 2.0, [1.0])
    # x = x0/(1 - x0 t): dx/dx0 = 1/(1 - t)² = 100 at 0.9.
    assert sensitivities(grows, 0.9, [0.9], rtol=1e-8).of("X", "X")[0] == pytest.approx(100.0, rel=1e-4)
    with pytest.raises(NumericalError, match="max steps"):
        sensitivities(read_rates(chain()), 4.0, TIMES, max_steps=30)
    assert math.isfinite(grows.nominal[0])
