"""Topic t04_ultrasensitivity: effective Hill coefficients by each definition."""

import math
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from isthmus.scales.ultrasensitivity import (
    Binding,
    CovalentCycle,
    IndependentSites,
    concerted_active_fraction,
)


def answer(inputs: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The answer to a case, told apart by its inputs."""
    if "scaled" in inputs:
        return _limit()
    if "N" in inputs:
        return _independent(inputs)
    if "intrinsic_K" in inputs:
        binding = Binding.adair(inputs["intrinsic_K"])
        return {"Y": list(map(binding.occupancy, inputs["x"])), "n_H": list(map(binding.hill, inputs["x"]))}
    if "J1" in inputs:
        return _cycle(inputs)
    return _concerted(inputs)


def _limit() -> dict[str, Any]:
    sites = IndependentSites(math.inf)
    return {
        "n_H_EC_limit": sites.hill,
        "n_H_local_limit": sites.logit_slope_at_half,
        "EC50_over_N": sites.effective_concentration(0.5),
        "max_dy_dlnx": sites.steepest[1],
    }


def _independent(inputs: dict[str, Any]) -> dict[str, Any]:
    sites = IndependentSites(inputs["N"], inputs["K"])
    position, slope = sites.steepest
    return {
        "EC10": sites.effective_concentration(0.1),
        "EC50": sites.effective_concentration(0.5),
        "EC90": sites.effective_concentration(0.9),
        "n_H_EC90_EC10": sites.hill,
        "n_H_local_at_EC50": sites.logit_slope_at_half,
        "max_dlny_dlnx": sites.logit_slope_supremum,
        "max_logit_slope": sites.logit_slope_supremum,
        "max_dy_dlnx": slope,
        "x_at_max_dy_dlnx": position,
        "hill_fit": _hill_fit(sites),
    }


def _hill_fit(sites: IndependentSites) -> dict[str, float]:
    """Unweighted least squares of y on EC50 · 10^linspace(−3, 3, 121), n and K50 free, plateau 1."""
    half = sites.effective_concentration(0.5)
    x = half * 10 ** np.linspace(-3, 3, 121)
    y = (x / (sites.constant + x)) ** sites.sites

    def residual(parameters):
        return 1 / (1 + np.exp(-parameters[0] * (np.log(x) - parameters[1]))) - y

    fit = least_squares(
        residual, [sites.hill, math.log(half)], method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    left = residual(fit.x)
    return {
        "n": float(fit.x[0]),
        "K50": math.exp(fit.x[1]),
        "rmse": float(np.sqrt(np.mean(left**2))),
        "max_abs_resid": float(np.abs(left).max()),
    }


def _concerted(inputs: dict[str, Any]) -> dict[str, Any]:
    n, allosteric, ratio = inputs["n"], inputs["L"], inputs["c"]
    binding = Binding.concerted(n, allosteric, ratio)
    half = binding.half_saturation()
    return {
        "R_bar": [concerted_active_fraction(n, allosteric, ratio, a) for a in inputs["alpha"]],
        "Y_bar": list(map(binding.occupancy, inputs["alpha"])),
        "alpha50": half,
        "n_H_at_half": binding.hill(half),
        "n_H_max": binding.steepest_hill()[1],
    }


def _cycle(inputs: dict[str, Any]) -> dict[str, Any]:
    cycle = CovalentCycle(inputs["J1"], inputs["J2"])
    return {
        "W": list(map(cycle.modified, inputs["v1_over_v2"])),
        "R_v_90_10": cycle.response_coefficient,
        "n_H_eff": cycle.hill,
        "v_at_half": cycle.ratio_for(0.5),
    }
