"""Topic t01_qssa: quasi-steady states, their errors and slow manifolds, through models run by the product."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import brentq
from tests.reference.networks import michaelis_menten, network

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import Expression, number, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.model.model import Model
from isthmus.scales.enzyme import (
    Enzyme,
    LinearFeedback,
    reverse_product,
    small_parameters,
    standard_substrate,
    total_complex,
)
from isthmus.scales.manifold import invariance_residual, slow_manifold
from isthmus.simulate import Run, run

TIGHT = 1e-12

Curve = Callable[[Any], np.ndarray]


def answer(inputs: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The answer to a case, told apart by its inputs."""
    if "window" in inputs:
        return _not_uniform(inputs)
    if "sup_window" in inputs:
        return _enzyme(inputs)
    if "lam" in inputs:
        return _invariance(inputs) if "u" in inputs else _enzyme_manifold(inputs)
    if "kappa" in inputs:
        return _autorepression(inputs)
    if "k_on" in inputs:
        return _promoter_chain(inputs)
    return _two_stage(inputs) if "tau" in inputs else _linear_feedback(inputs)


def solved(model: Model, horizon: float) -> Run:
    """A tight solution of a model."""
    return run(read_rates(model), horizon, rtol=TIGHT, max_steps=1_000_000)


def curve(done: Run, name: str) -> Curve:
    """One state over times; volumes are 1."""
    column = done.dynamics.states.index(name)
    return lambda t: done.at(t)[:, column]


def supremum(difference: Curve, low: float, high: float) -> float:
    """max |difference| on [low, high]: on grids even in time and in log time, refined around the largest."""
    span = high - low
    grid = np.unique(
        np.concatenate([np.linspace(low, high, 4001), low + np.geomspace(1e-9 * span, span, 2001)]).clip(
            low, high
        )
    )
    while True:
        values = np.abs(difference(grid))
        best = int(values.argmax())
        left, right = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        # The maximum is flat: a bracket of 1e-5 of its place fixes its height to some 1e-10.
        if right - left <= 1e-5 * max(abs(right), 1e-3 * span):
            return float(values[best])
        grid = np.linspace(left, right, 101)


def slopes(errors: list[list[float]], eps: list[float]) -> list[list[float]]:
    """Local convergence orders between consecutive ε."""
    return [
        [math.log(abs(a / b)) / math.log(before / after) for a, b in zip(first, second, strict=True)]
        for first, second, before, after in zip(errors, errors[1:], eps, eps[1:], strict=False)
    ]


def _total_model(enzyme: Enzyme, constant: float) -> Model:
    """S̄' = −k₂ C(S̄) as a rate rule."""
    law = "-k2*2*E0*T/(E0 + K + T + sqrt((E0 + K + T)^2 - 4*E0*T))"
    parameters = {"k2": enzyme.catalysis, "E0": enzyme.enzyme, "K": constant}
    return network({"T": enzyme.substrate}, parameters, rates={"T": law})


def _enzyme(inputs: dict[str, Any]) -> dict[str, Any]:
    enzyme = Enzyme(inputs["k1"], inputs["km1"], inputs["k2"], inputs["E0"], inputs["S0"])
    low, high = inputs["sup_window"]
    times = inputs["times"]
    horizon = max(high, *times)
    full = solved(
        michaelis_menten(enzyme.binding, enzyme.unbinding, enzyme.catalysis, enzyme.enzyme, enzyme.substrate),
        horizon,
    )
    total = solved(_total_model(enzyme, enzyme.michaelis), horizon)
    rapid = solved(_total_model(enzyme, enzyme.dissociation), horizon)
    at = dict(zip(full.dynamics.states, full.at(times).T.tolist(), strict=True))
    totals = total.at(times)[:, 0]
    small = small_parameters(enzyme)
    product, total_at, rapid_at = curve(full, "P"), curve(total, "T"), curve(rapid, "T")
    reduced: dict[str, Curve] = {
        "sQSSA": lambda t: enzyme.substrate - standard_substrate(enzyme, t),
        "tQSSA": lambda t: enzyme.substrate - total_at(t),
        "rapid_eq": lambda t: enzyme.substrate - rapid_at(t),
        "rQSSA": lambda t: reverse_product(enzyme, t),
    }
    return {
        "full_S": at["S"],
        "full_C": at["C"],
        "full_P": at["P"],
        "sQSSA_S": standard_substrate(enzyme, times).tolist(),
        "tQSSA_Stot": totals.tolist(),
        "tQSSA_C": total_complex(enzyme, totals).tolist(),
        "rapid_eq_Stot": rapid.at(times)[:, 0].tolist(),
        "rQSSA_P": reverse_product(enzyme, times).tolist(),
        "validity": {
            "eps_HTA": small.hta,
            "eps_SSL": small.ssl,
            "eps_RS": small.rs,
            "eps_Tz": small.tzafriri,
            "eps_Borghans": small.borghans,
            "K_M": enzyme.michaelis,
            "K_S": enzyme.dissociation,
            "K_VanSlyke": enzyme.van_slyke,
        },
        "sup_err_P_over_S0": {
            name: supremum(_difference(product, law), low, high) / enzyme.substrate
            for name, law in reduced.items()
        },
    }


def _not_uniform(inputs: dict[str, Any]) -> dict[str, Any]:
    errors, small = [], []
    for substrate in inputs["S0"]:
        enzyme = Enzyme(inputs["k1"], inputs["km1"], inputs["k2"], inputs["E0"], substrate)
        end = (substrate + 12 * enzyme.michaelis) / (enzyme.catalysis * enzyme.enzyme)
        full = solved(
            michaelis_menten(enzyme.binding, enzyme.unbinding, enzyme.catalysis, enzyme.enzyme, substrate),
            end,
        )
        gap = _gap(full, enzyme, 0.5 * end, end)
        errors.append(gap / enzyme.michaelis)
        small.append(small_parameters(enzyme).ssl)
    constant = (inputs["km1"] + inputs["k2"]) / inputs["k1"]
    return {
        "eps_SSL": small,
        "E0_over_KM": inputs["E0"] / constant,
        "sup_abs_err_S_over_KM": errors,
        "ratio_err_over_S0": [error * constant / s for error, s in zip(errors, inputs["S0"], strict=True)],
    }


def _difference(first: Curve, second: Curve) -> Curve:
    return lambda t: first(t) - second(t)


def _gap(full: Run, enzyme: Enzyme, low: float, high: float) -> float:
    there = curve(full, "S")
    return supremum(lambda t: there(t) - standard_substrate(enzyme, t), low, high)


U, V, K, LAM, EPS = map(symbol, ("u", "v", "K", "lam", "eps"))
HTA_SLOW = -U + (U + K - LAM) * V
HTA_FAST = U - (U + K) * V
HTA_TEXTS = {"slow": "-u + (u + K - lam)*v", "fast": "(u - (u + K)*v)/eps"}


def _values(roots: tuple[Expression, ...], **values: float) -> list[float]:
    exact = {name: Fraction(value) for name, value in values.items()}
    return [float(value) for value in evaluate(list(roots), exact)]


def _errors(x: float, eps: float, coefficients: list[float]) -> list[float]:
    """|x − Σ_{i ≤ n} εⁱ hᵢ| for n = 0, 1, 2."""
    sums = np.cumsum([eps**i * h for i, h in enumerate(coefficients[:3])])
    return [abs(x - float(total)) for total in sums]


def _enzyme_manifold(inputs: dict[str, Any]) -> dict[str, Any]:
    k, lam, t, u0, v0 = (inputs[name] for name in ("K", "lam", "t", "u0", "v0"))
    h = slow_manifold(HTA_SLOW, HTA_FAST, U, V, U / (U + K), 3)
    us, vs, errors, reduced = [], [], [], []
    for eps in inputs["eps"]:
        constants = {"K": k, "lam": lam, "eps": eps}
        model = network({"u": u0, "v": v0}, constants, rates={"u": HTA_TEXTS["slow"], "v": HTA_TEXTS["fast"]})
        done = solved(model, t)
        u, v = (float(curve(done, name)(t)[0]) for name in "uv")
        us.append(u)
        vs.append(v)
        errors.append(_errors(v, eps, _values(h, u=u, K=k, lam=lam)))
        leading = u0 / (u0 + k)
        slipped = u0 + eps * (u0 + k - lam) * (v0 - leading) / (u0 + k)
        first = f"u/(u + K) + {eps!r}*lam*K*u/(u + K)^4"
        reduced.append(
            [
                abs(u - _reduced_u(law, start, k, lam, t))
                for law, start in (("u/(u + K)", u0), (first, u0), (first, slipped))
            ]
        )
    columns = [list(column) for column in zip(*reduced, strict=True)]
    return {
        "u": us,
        "v": vs,
        "manifold_err_h0_h1_h2": errors,
        "manifold_slopes": slopes(errors, inputs["eps"]),
        "h_at_u_half": _values(h, u=0.5, K=k, lam=lam),
        "reduced_u_err": dict(zip(("leading", "first_no_slip", "first_with_slip"), columns, strict=True)),
        "reduced_slopes_lead_noslip_slip": slopes(reduced, inputs["eps"]),
    }


def _reduced_u(law: str, start: float, k: float, lam: float, t: float) -> float:
    model = network({"u": start}, {"K": k, "lam": lam}, rates={"u": f"-u + (u + K - lam)*({law})"})
    return float(solved(model, t).at(t)[0, 0])


def _invariance(inputs: dict[str, Any]) -> dict[str, Any]:
    h = slow_manifold(HTA_SLOW, HTA_FAST, U, V, U / (U + K), 2)
    residuals = tuple(invariance_residual(HTA_SLOW, HTA_FAST, U, V, h[: n + 1], EPS) for n in range(3))
    table = [
        _values(residuals, u=inputs["u"], K=inputs["K"], lam=inputs["lam"], eps=eps) for eps in inputs["eps"]
    ]
    return {"residual_n0_n1_n2": table, "slopes": slopes(table, inputs["eps"])}


def _autorepression(inputs: dict[str, Any]) -> dict[str, Any]:
    y, x = symbol("y"), symbol("x")
    kappa, n = Fraction(str(inputs["kappa"])), inputs["n"]
    g = number(1) / (number(1) + (y / number(kappa)) ** number(n))
    h = slow_manifold(x - y, g - x, y, x, g, 2)
    parameters = {"kappa": inputs["kappa"], "n": n}
    xs, ys, errors = [], [], []
    for eps in inputs["eps"]:
        laws = {"x": "(1/(1 + (y/kappa)^n) - x)/eps", "y": "x - y"}
        done = solved(
            network({"x": inputs["x0"], "y": inputs["y0"]}, parameters | {"eps": eps}, rates=laws),
            inputs["tau"],
        )
        end = dict(zip(done.dynamics.states, done.at(inputs["tau"])[0].tolist(), strict=True))
        xs.append(end["x"])
        ys.append(end["y"])
        errors.append(_errors(xs[-1], eps, _values(h, y=ys[-1])))
    return {"x": xs, "y": ys, "manifold_err": errors, "slopes": slopes(errors, inputs["eps"])}


def _two_stage(inputs: dict[str, Any]) -> dict[str, Any]:
    eps, x0, y0 = inputs["eps"], inputs["x0"], inputs["y0"]
    model = network({"x": x0, "y": y0}, {"eps": eps}, rates={"x": "(1 - x)/eps", "y": "x - y"})
    done = solved(model, max(*inputs["tau"], 20 * eps))
    x, y = curve(done, "x"), curve(done, "y")

    def slaved(t: Any) -> np.ndarray:
        return 1 + (y0 - 1) * np.exp(-np.asarray(t))

    # The error is largest where its slope vanishes, x − y = (y of the slaved model)'.
    def slope(t: Any) -> np.ndarray:
        return x(t) - y(t) - (1 - slaved(t))

    steps = done.solution.t
    signs = np.sign(slope(steps))
    crossings = np.flatnonzero(signs[1:-1] * signs[2:] < 0) + 1
    places = [brentq(lambda t: float(slope(t)[0]), steps[k], steps[k + 1], xtol=1e-15) for k in crossings]
    return {
        "y": y(inputs["tau"]).tolist(),
        "sup_err_qssa": supremum(lambda t: y(t) - slaved(t), 0.0, done.horizon),
        "tau_at_sup": max(places, key=lambda t: abs(float(y(t)[0] - slaved(t)))),
        "x_at_tau0_error": abs(x0 - 1.0),
    }


def _linear_feedback(inputs: dict[str, Any]) -> dict[str, Any]:
    manifold = LinearFeedback(inputs["a"], inputs["eps"])
    return {
        "alpha": manifold.offset,
        "beta": manifold.slope,
        "slow_rate": manifold.slow_rate,
        "eps_crit": manifold.critical_epsilon,
        "first_order_beta": manifold.first_order_slope,
    }


def _promoter_chain(inputs: Mapping[str, Any]) -> dict[str, Any]:
    rates = {name: inputs[name] for name in ("k_on", "k_off", "k_m", "k_p", "gamma_m", "gamma_p")}
    start = {"S": inputs["s0"], "M": inputs["m0"], "P": inputs["p0"]}
    laws = {"M": "k_m*S - gamma_m*M", "P": "k_p*M - gamma_p*P"}
    switching = rates["k_on"] + rates["k_off"]
    share = rates["k_on"] / switching
    horizon = max(*inputs["times"], 30 / min(rates["gamma_m"], rates["gamma_p"], switching))
    full = solved(network(start, rates, rates={"S": "k_on*(1 - S) - k_off*S"} | laws), horizon)
    slaved = {"M": laws["M"].replace("S", "k_on/(k_on + k_off)"), "P": laws["P"]}
    reduced = solved(network({"M": start["M"], "P": start["P"]}, rates, rates=slaved), horizon)
    p, p_reduced = curve(full, "P"), curve(reduced, "P")
    steady = share * rates["k_m"] * rates["k_p"] / (rates["gamma_m"] * rates["gamma_p"])
    return {
        "p": p(inputs["times"]).tolist(),
        "p_ss": steady,
        "reduced_promoter_p": p_reduced(inputs["times"]).tolist(),
        "sup_rel_err_reduced": supremum(lambda t: p(t) - p_reduced(t), 0.0, horizon) / steady,
        "eps_promoter": rates["gamma_p"] / switching,
        "eps_mRNA": rates["gamma_p"] / rates["gamma_m"],
    }
