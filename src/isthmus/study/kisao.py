"""KiSAO, the ontology of algorithms: which of ours runs what a SED-ML file names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from isthmus.errors import UnsupportedFeature
from isthmus.formats.sedml import AlgorithmParameter

RELATIVE_TOLERANCE: Final = "KISAO_0000209"
ABSOLUTE_TOLERANCE: Final = "KISAO_0000211"
MOST_STEPS: Final = "KISAO_0000415"
TIME: Final = "KISAO_0000832"
_OWN: Final = {
    "KISAO_0000019": "cvode",  # CVODE
    "KISAO_0000496": "cvode",  # CVODES
    "KISAO_0000433": "cvode",  # CVODE-like
    "KISAO_0000283": "ida",  # IDA
    "KISAO_0000432": "ida",  # IDA-like
    "KISAO_0000304": "radau",  # Radau
    "KISAO_0000288": "ndf",  # backward differentiation formula
    "KISAO_0000281": "ndf",  # multistep
    "KISAO_0000694": "ndf",  # any ODE solver
}
# Any accurate integrator of ordinary differential equations gives what these approximate.
_SUBSTITUTED: Final = {
    "KISAO_0000020": "PVODE",
    "KISAO_0000030": "Euler forward",
    "KISAO_0000031": "Euler backward",
    "KISAO_0000032": "explicit fourth-order Runge–Kutta",
    "KISAO_0000033": "Rosenbrock",
    "KISAO_0000064": "Runge–Kutta",
    "KISAO_0000071": "LSODE",
    "KISAO_0000086": "Fehlberg",
    "KISAO_0000087": "Dormand–Prince",
    "KISAO_0000088": "LSODA",
    "KISAO_0000089": "LSODAR",
    "KISAO_0000090": "LSODI",
    "KISAO_0000091": "LSODIS",
    "KISAO_0000093": "LSODPK",
    "KISAO_0000094": "Livermore solver",
    "KISAO_0000232": "LSOIBT",
    "KISAO_0000233": "LSODES",
    "KISAO_0000234": "LSODKR",
    "KISAO_0000261": "Euler",
    "KISAO_0000276": "Gill",
    "KISAO_0000279": "Adams–Bashforth",
    "KISAO_0000280": "Adams–Moulton",
    "KISAO_0000289": "Adams",
    "KISAO_0000290": "Merson",
    "KISAO_0000301": "Heun",
    "KISAO_0000302": "embedded Runge–Kutta",
    "KISAO_0000303": "Zonneveld",
    "KISAO_0000305": "Verner",
    "KISAO_0000321": "Cash–Karp",
    "KISAO_0000355": "DASPK",
    "KISAO_0000356": "DASSL",
    "KISAO_0000364": "Adams predictor–corrector",
    "KISAO_0000377": "one-step",
    "KISAO_0000379": "Bulirsch–Stoer",
    "KISAO_0000381": "midpoint",
    "KISAO_0000382": "modified midpoint",
    "KISAO_0000383": "Bader–Deuflhard",
    "KISAO_0000384": "semi-implicit midpoint",
    "KISAO_0000434": "Higham–Hall",
    "KISAO_0000435": "embedded Runge–Kutta 5(4)",
    "KISAO_0000436": "Dormand–Prince 8(5,3)",
    "KISAO_0000535": "VODE",
    "KISAO_0000536": "ZVODE",
    "KISAO_0000537": "explicit Runge–Kutta 3(2)",
    "KISAO_0000560": "LSODA/LSODAR hybrid",
}
_REFUSED: Final = {
    "KISAO_0000003": "weighted stochastic simulation",
    "KISAO_0000015": "Gillespie's first reaction",
    "KISAO_0000027": "Gibson and Bruck's next reaction",
    "KISAO_0000028": "slow-scale stochastic simulation",
    "KISAO_0000029": "Gillespie's direct method",
    "KISAO_0000038": "sorting stochastic simulation",
    "KISAO_0000039": "tau-leaping",
    "KISAO_0000040": "Poisson tau-leaping",
    "KISAO_0000045": "implicit tau-leaping",
    "KISAO_0000046": "trapezoidal tau-leaping",
    "KISAO_0000048": "adaptive explicit–implicit tau-leaping",
    "KISAO_0000074": "binomial tau-leaping",
    "KISAO_0000082": "k-alpha leaping",
    "KISAO_0000084": "non-negative Poisson tau-leaping",
    "KISAO_0000231": "Pahle's hybrid",
    "KISAO_0000241": "Gillespie-like",
    "KISAO_0000263": "NFSim, agent-based",
    "KISAO_0000286": "Euler–Maruyama",
    "KISAO_0000333": "accelerated stochastic simulation",
    "KISAO_0000352": "a hybrid",
    "KISAO_0000437": "flux balance analysis",
    "KISAO_0000449": "synchronous logical simulation",
    "KISAO_0000450": "asynchronous logical simulation",
}
_RTOL: Final = 1e-9
"""An archive is run to be compared with others, so it is run more accurately than a look at a model."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Our integrator for an algorithm. notes: what differs from what was asked."""

    method: str
    rtol: float
    max_steps: int
    notes: tuple[str, ...] = ()


def choose_integrator(kisao: str, parameters: Iterable[AlgorithmParameter]) -> Chosen:
    """The integrator and the settings for an algorithm of a SED-ML file.

    The absolute tolerance stays ours, one for each state. Raises UnsupportedFeature E-KISAO for an algorithm
    that is not a solver of ordinary differential equations, by name.
    """
    notes: list[str] = []
    if kisao in _OWN:
        method = _OWN[kisao]
    elif kisao in _SUBSTITUTED or not kisao:
        method = "ndf"
        name = f"{_SUBSTITUTED[kisao]} ({kisao})" if kisao else "no algorithm"
        notes.append(f"{name} was asked for; ndf, an implicit multistep method, was used instead")
    else:
        raise UnsupportedFeature(
            "E-KISAO",
            f"the algorithm {kisao}" + (f", {_REFUSED[kisao]}" if kisao in _REFUSED else ""),
            needed="a solver of ordinary differential equations, such as KISAO_0000019 (CVODE)",
        )
    rtol, most = _RTOL, 1_000_000
    for parameter in parameters:
        value = _number(parameter.value)
        if parameter.kisao == RELATIVE_TOLERANCE and 1e-13 <= value < 1:
            rtol = min(value, rtol)
        elif parameter.kisao == MOST_STEPS and value >= 1:
            most = max(most, int(min(value, 1e9)))
        elif parameter.kisao == ABSOLUTE_TOLERANCE:
            notes.append(f"the absolute tolerance {parameter.value} is replaced by one for each state")
        else:
            notes.append(f"{parameter.kisao} = {parameter.value} has no meaning for {method}")
    return Chosen(method, rtol, most, tuple(notes))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
