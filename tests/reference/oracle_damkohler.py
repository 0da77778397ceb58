"""Topic t03_damkohler: diffusion against reaction in bodies, gradients and the search of a target."""

from typing import Any

from isthmus.scales.diffusion_limited import Encounter, Search, turnover_length
from isthmus.scales.effectiveness import (
    Geometry,
    Spheroid,
    damkohler,
    effectiveness,
    overall_effectiveness,
    profile,
)
from isthmus.scales.gradients import ExponentialGradient, PowerLawGradient

SHAPES = {shape.name.lower(): shape for shape in Geometry}


def answer(inputs: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The answer to a case, told apart by its inputs."""
    if "k_turnover" in inputs:
        return _turnover(inputs)
    if "r0" in inputs:
        return _search(inputs)
    if "consumption_a" in inputs:
        return _spheroid(inputs)
    if "flux_j" in inputs:
        return _exponential(inputs)
    if "k2" in inputs:
        return _power_law(inputs)
    return _body(inputs)


def _body(inputs: dict[str, Any]) -> dict[str, Any]:
    phi = inputs["phi"]
    if "Bi" in inputs:
        return {
            f"eta_overall_{name}": overall_effectiveness(shape, phi, inputs["Bi"])
            for name, shape in SHAPES.items()
        }
    if "x_over_R" in inputs:
        return {name: [profile(shape, phi, x) for x in inputs["x_over_R"]] for name, shape in SHAPES.items()}
    if "geometry" in inputs:
        shape = SHAPES[inputs["geometry"]]
        return {"eta": [effectiveness(shape, p) for p in phi], "Da": list(map(damkohler, phi))}
    return {name: [effectiveness(shape, p) for p in phi] for name, shape in SHAPES.items()}


def _exponential(inputs: dict[str, Any]) -> dict[str, Any]:
    gradient = ExponentialGradient(inputs["D"], inputs["k"], inputs["flux_j"])
    end = inputs["L_finite"]
    return {
        "lambda_": gradient.length,
        "c_ss_halfline": [gradient.concentration(x) for x in inputs["x"]],
        "c_ss_finite_noflux": [gradient.concentration(x, end) for x in inputs["x"]],
        "c_transient_t_by_x": [[gradient.concentration_at(x, t) for x in inputs["x"]] for t in inputs["t"]],
        "accumulation_time": list(map(gradient.accumulation_time, inputs["x"])),
    }


def _power_law(inputs: dict[str, Any]) -> dict[str, Any]:
    gradient = PowerLawGradient(inputs["D"], inputs["k2"], inputs["j"])
    return {
        "c": list(map(gradient.concentration, inputs["x"])),
        "x0": gradient.offset,
        "A": gradient.amplitude,
    }


def _spheroid(inputs: dict[str, Any]) -> dict[str, Any]:
    spheroid = Spheroid(inputs["R"], inputs["D"], inputs["consumption_a"], inputs["c0"])
    return {
        "R_crit": spheroid.critical_radius,
        "r_necrotic": spheroid.necrotic_radius,
        "hypoxia_free": spheroid.is_supplied,
    }


def _search(inputs: dict[str, Any]) -> dict[str, Any]:
    search = Search(Encounter(float(inputs["k_intrinsic"]), inputs["D"], inputs["a"]), inputs["R"])
    mean = search.mean_time_from_anywhere
    return {
        "mfpt": search.mean_time(inputs["r0"]),
        "mfpt_volume_average": mean,
        "well_mixed_estimate_V_over_keff": search.well_mixed_time,
        "ratio_avg_to_estimate": mean / search.well_mixed_time,
    }


def _turnover(inputs: dict[str, Any]) -> dict[str, Any]:
    absorber = Encounter(float("inf"), inputs["D"], inputs["a"])
    return {
        "k_eff": absorber.rate_with_turnover(inputs["k_turnover"]),
        "lambda_": turnover_length(inputs["D"], inputs["k_turnover"]),
    }
