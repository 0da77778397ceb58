"""Stiff problems with published solutions, written from their equations.

Equations and solutions: Mazzia and Magherini 2008, Test Set for Initial Value Problem Solvers, release 2.4
(HIRES, Pollution, Oregonator, van der Pol, Robertson); Hairer and Wanner 1996, Solving Ordinary Differential
Equations II, IV.10. The solutions are at the end point, for y1, y2, …
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.dynamics.system import Floats
from isthmus.formats import read_model


@dataclass(frozen=True, slots=True)
class StiffProblem:
    """A problem as Antimony text, its end and its published solution there.

    atol: in parts of rtol, of the size of the smallest state that matters.
    """

    name: str
    text: str
    end: float
    solution: tuple[float, ...]
    atol: float


def _rate_rules(name: str, starts: dict[str, float], slopes: dict[str, str], given: str = "") -> str:
    lines = [f"model {name}", given]
    lines += [f"  {state} = {value!r}; {state}' = {slopes[state]};" for state, value in starts.items()]
    return "\n".join([*lines, "end"])


ROBERTSON = StiffProblem(
    "robertson",
    _rate_rules(
        "robertson",
        {"y1": 1.0, "y2": 0.0, "y3": 0.0},
        {
            "y1": "-0.04*y1 + 1e4*y2*y3",
            "y2": "0.04*y1 - 1e4*y2*y3 - 3e7*y2^2",
            "y3": "3e7*y2^2",
        },
    ),
    1e11,
    (0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050),
    1e-11,
)
HIRES = StiffProblem(
    "hires",
    _rate_rules(
        "hires",
        {"y1": 1.0, **{f"y{i}": 0.0 for i in range(2, 8)}, "y8": 0.0057},
        {
            "y1": "-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007",
            "y2": "1.71*y1 - 8.75*y2",
            "y3": "-10.03*y3 + 0.43*y4 + 0.035*y5",
            "y4": "8.32*y2 + 1.71*y3 - 1.12*y4",
            "y5": "-1.745*y5 + 0.43*y6 + 0.43*y7",
            "y6": "-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7",
            "y7": "280*y6*y8 - 1.81*y7",
            "y8": "-280*y6*y8 + 1.81*y7",
        },
    ),
    321.8122,
    (
        0.7371312573325668e-3,
        0.1442485726316185e-3,
        0.5888729740967575e-4,
        0.1175651343283149e-2,
        0.2386356198831331e-2,
        0.6238968252742796e-2,
        0.2849998395185769e-2,
        0.2850001604814231e-2,
    ),
    1e-4,
)
OREGONATOR = StiffProblem(
    "oregonator",
    _rate_rules(
        "oregonator",
        {"y1": 1.0, "y2": 2.0, "y3": 3.0},
        {
            "y1": "77.27*(y2 + y1*(1 - 8.375e-6*y1 - y2))",
            "y2": "(y3 - (1 + y1)*y2)/77.27",
            "y3": "0.161*(y1 - y3)",
        },
    ),
    360.0,
    (0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3),
    1e-6,
)
VAN_DER_POL = StiffProblem(
    "van_der_pol",
    _rate_rules("van_der_pol", {"y1": 2.0, "y2": 0.0}, {"y1": "y2", "y2": "((1 - y1^2)*y2 - y1)/1e-6"}),
    2.0,
    (0.1706167732170483e1, -0.8928097010247975),
    1.0,
)
_POLLUTION_RATES = (
    "0.35*y1",
    "26.6*y2*y4",
    "12300*y5*y2",
    "0.86e-3*y7",
    "0.82e-3*y7",
    "15000*y7*y6",
    "0.13e-3*y9",
    "24000*y9*y6",
    "16500*y11*y2",
    "9000*y11*y1",
    "0.022*y13",
    "12000*y10*y2",
    "1.88*y14",
    "16300*y1*y6",
    "4.8e6*y3",
    "0.35e-3*y4",
    "0.0175*y4",
    "1e8*y16",
    "0.444e12*y16",
    "1240*y17*y6",
    "2.1*y19",
    "5.78*y19",
    "0.0474*y1*y4",
    "1780*y19*y1",
    "3.12*y20",
)
POLLUTION = StiffProblem(
    "pollution",
    _rate_rules(
        "pollution",
        {f"y{i}": 0.0 for i in range(1, 21)}
        | {"y2": 0.2, "y4": 0.04, "y7": 0.1, "y8": 0.3, "y9": 0.01, "y17": 0.007},
        {
            "y1": "-r1 - r10 - r14 - r23 - r24 + r2 + r3 + r9 + r11 + r12 + r22 + r25",
            "y2": "-r2 - r3 - r9 - r12 + r1 + r21",
            "y3": "-r15 + r1 + r17 + r19 + r22",
            "y4": "-r2 - r16 - r17 - r23 + r15",
            "y5": "-r3 + 2*r4 + r6 + r7 + r13 + r20",
            "y6": "-r6 - r8 - r14 - r20 + r3 + 2*r18",
            "y7": "-r4 - r5 - r6 + r13",
            "y8": "r4 + r5 + r6 + r7",
            "y9": "-r7 - r8",
            "y10": "-r12 + r7 + r9",
            "y11": "-r9 - r10 + r8 + r11",
            "y12": "r9",
            "y13": "-r11 + r10",
            "y14": "-r13 + r12",
            "y15": "r14",
            "y16": "-r18 - r19 + r16",
            "y17": "-r20",
            "y18": "r20",
            "y19": "-r21 - r22 - r24 + r23 + r25",
            "y20": "-r25 + r24",
        },
        "".join(f"  r{i} := {rate};\n" for i, rate in enumerate(_POLLUTION_RATES, 1)),
    ),
    60.0,
    (
        0.5646255480022769e-1,
        0.1342484130422339,
        0.4139734331099427e-8,
        0.5523140207484359e-2,
        0.2018977262302196e-6,
        0.1464541863493966e-6,
        0.7784249118997964e-1,
        0.3245075353396018,
        0.7494013383880406e-2,
        0.1622293157301561e-7,
        0.1135863833257075e-7,
        0.2230505975721359e-2,
        0.2087162882798630e-3,
        0.1396921016840158e-4,
        0.8964884856898295e-2,
        0.4352846369330103e-17,
        0.6899219696263405e-2,
        0.1007803037365946e-3,
        0.1772146513969984e-5,
        0.5682943292316392e-4,
    ),
    1e-12,
)
PROBLEMS = (ROBERTSON, HIRES, OREGONATOR, VAN_DER_POL, POLLUTION)


@cache
def dynamics_of(problem: StiffProblem) -> Dynamics:
    """The problem, compiled."""
    return read_rates(read_model(problem.text))


def solution_of(problem: StiffProblem) -> Floats:
    """The published solution in the order of the compiled states."""
    return np.array([problem.solution[int(state[1:]) - 1] for state in dynamics_of(problem).states])


def relative_error(problem: StiffProblem, found: Floats) -> float:
    """The largest relative error of the states at the end."""
    return float(np.abs(found / solution_of(problem) - 1.0).max())
