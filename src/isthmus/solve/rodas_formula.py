"""The Rosenbrock method RODAS5 on lanes: eight stages, order five, the embedded solution of order four.

Coefficients in the transformed variables U of Hairer and Wanner 1996, Solving Ordinary Differential Equations
II, IV.7: ``(1/(h γ) I - J) U_i = f(t + α_i h, x + Σ a_ij U_j) + Σ (c_ij / h) U_j + γ_i h ∂f/∂t``. The values
are those of Di Marzo 1993, RODAS5(4): méthodes de Rosenbrock d'ordre 5(4) adaptées aux problèmes
différentiels-algébriques, Geneva. The last stage's U is the difference of the two solutions; both are stiffly
accurate.
"""

from __future__ import annotations

from typing import Final

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.lanes_type import Lanes, load, store

STAGES: Final = 8
GAMMA: Final = 0.19
ALPHA_2: Final = 0.38
ALPHA_3: Final = 0.3878509998321533
ALPHA_4: Final = 0.483971893787384
ALPHA_5: Final = 0.457047700881958
DRIFT_1: Final = 0.19
DRIFT_2: Final = -0.1823079225333714636
DRIFT_3: Final = -0.319231832186874912
DRIFT_4: Final = 0.3449828624725343
DRIFT_5: Final = -0.377417564392089818

_A21 = 2.0
_A31, _A32 = 3.040894194418781, 1.041747909077569
_A41, _A42, _A43 = 2.576417536461461, 1.62208306077664, -0.9089668560264532
_A51, _A52, _A53, _A54 = 2.760842080225597, 1.446624659844071, -0.3036980084553738, 0.2877498600325443
_A61, _A62, _A63, _A64, _A65 = (
    -14.09640773051259,
    6.925207756232704,
    -41.47510893210728,
    2.343771018586405,
    24.13215229196062,
)

_C21 = -10.31323885133993
_C31, _C32 = -21.04823117650003, -7.234992135176716
_C41, _C42, _C43 = 32.22751541853323, -4.943732386540191, 19.44922031041879
_C51, _C52, _C53, _C54 = -20.69865579590063, -8.816374604402768, 1.260436877740897, -0.7495647613787146
_C61, _C62, _C63, _C64, _C65 = (
    -46.22004352711257,
    -17.49534862857472,
    -289.6389582892057,
    93.60855400400906,
    318.3822534212147,
)
_C71, _C72, _C73, _C74, _C75, _C76 = (
    34.20013733472935,
    -14.1553540271769,
    57.823356409884,
    25.83362985412365,
    1.408950972071624,
    -6.551835421242162,
)
_C81, _C82, _C83, _C84, _C85, _C86, _C87 = (
    42.57076742291101,
    -13.80770672017997,
    93.98938432427124,
    18.77919633714503,
    -31.5835918722337,
    -6.685968952921985,
    -5.810979938412932,
)

_D21, _D22, _D23, _D24, _D25, _D26, _D27, _D28 = (
    27.354592673333357,
    -6.925207756232857,
    26.40037733258859,
    0.5635230501052979,
    -4.699151156849391,
    -1.6008677469422725,
    -1.5306074446748028,
    -1.3929872940716344,
)
_D31, _D32, _D33, _D34, _D35, _D36, _D37, _D38 = (
    44.19024239501722,
    1.3677947663381929e-13,
    202.93261852171622,
    -35.5669339789154,
    -181.91095152160645,
    3.4116351403665033,
    2.5793540257308067,
    2.2435122582734066,
)
_D41, _D42, _D43, _D44, _D45, _D46, _D47, _D48 = (
    -44.0988150021747,
    -5.755396159656812e-13,
    -181.26175034586677,
    56.99302194811676,
    183.21182741427398,
    -7.480257918273637,
    -5.792426076169686,
    -5.32503859794143,
)


@part
def second_stage(n: int, inverse: Lanes, x: Floats, u: Floats, point: Floats, right: Floats) -> None:
    """Set the point at which stage 2 is evaluated and what is added to its slope; inverse = 1/h."""
    for i in range(n):
        u1 = load(u, i)
        store(point, i, load(x, i) + _A21 * u1)
        store(right, i, inverse * (_C21 * u1))


@part
def third_stage(n: int, inverse: Lanes, x: Floats, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`, for stage 3."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        store(point, i, load(x, i) + _A31 * u1 + _A32 * u2)
        store(right, i, inverse * (_C31 * u1 + _C32 * u2))


@part
def fourth_stage(n: int, inverse: Lanes, x: Floats, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`, for stage 4."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        store(point, i, load(x, i) + _A41 * u1 + _A42 * u2 + _A43 * u3)
        store(right, i, inverse * (_C41 * u1 + _C42 * u2 + _C43 * u3))


@part
def fifth_stage(n: int, inverse: Lanes, x: Floats, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`, for stage 5."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        u4 = load(u, 3 * n + i)
        store(point, i, load(x, i) + _A51 * u1 + _A52 * u2 + _A53 * u3 + _A54 * u4)
        store(right, i, inverse * (_C51 * u1 + _C52 * u2 + _C53 * u3 + _C54 * u4))


@part
def sixth_stage(n: int, inverse: Lanes, x: Floats, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`, for stage 6."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        u4 = load(u, 3 * n + i)
        u5 = load(u, 4 * n + i)
        store(point, i, load(x, i) + _A61 * u1 + _A62 * u2 + _A63 * u3 + _A64 * u4 + _A65 * u5)
        store(right, i, inverse * (_C61 * u1 + _C62 * u2 + _C63 * u3 + _C64 * u4 + _C65 * u5))


@part
def seventh_stage(n: int, inverse: Lanes, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`; its point is that of stage 6 further on by that stage."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        u4 = load(u, 3 * n + i)
        u5 = load(u, 4 * n + i)
        u6 = load(u, 5 * n + i)
        store(point, i, load(point, i) + u6)
        store(right, i, inverse * (_C71 * u1 + _C72 * u2 + _C73 * u3 + _C74 * u4 + _C75 * u5 + _C76 * u6))


@part
def eighth_stage(n: int, inverse: Lanes, u: Floats, point: Floats, right: Floats) -> None:
    """As `second_stage`; its point is that of stage 7 further on by that stage."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        u4 = load(u, 3 * n + i)
        u5 = load(u, 4 * n + i)
        u6 = load(u, 5 * n + i)
        u7 = load(u, 6 * n + i)
        store(point, i, load(point, i) + u7)
        first = _C81 * u1 + _C82 * u2 + _C83 * u3 + _C84 * u4
        second = _C85 * u5 + _C86 * u6 + _C87 * u7
        store(right, i, inverse * (first + second))


@part
def bend(n: int, u: Floats, curve: Floats) -> None:
    """Set the three vectors by which the curve between the ends of the step departs from the chord."""
    for i in range(n):
        u1 = load(u, i)
        u2 = load(u, n + i)
        u3 = load(u, 2 * n + i)
        u4 = load(u, 3 * n + i)
        u5 = load(u, 4 * n + i)
        u6 = load(u, 5 * n + i)
        u7 = load(u, 6 * n + i)
        u8 = load(u, 7 * n + i)
        first = _D21 * u1 + _D22 * u2 + _D23 * u3 + _D24 * u4
        second = _D25 * u5 + _D26 * u6 + _D27 * u7 + _D28 * u8
        store(curve, i, first + second)
        first = _D31 * u1 + _D32 * u2 + _D33 * u3 + _D34 * u4
        second = _D35 * u5 + _D36 * u6 + _D37 * u7 + _D38 * u8
        store(curve, n + i, first + second)
        first = _D41 * u1 + _D42 * u2 + _D43 * u3 + _D44 * u4
        second = _D45 * u5 + _D46 * u6 + _D47 * u7 + _D48 * u8
        store(curve, 2 * n + i, first + second)


@part
def between(n: int, share: Lanes, x: Floats, after: Floats, curve: Floats, out: Floats) -> None:
    """Set the state at a share of the step from 0 to 1, to fourth order."""
    left = 1.0 - share
    for i in range(n):
        bow = load(curve, i) + share * (load(curve, n + i) + share * load(curve, 2 * n + i))
        store(out, i, left * load(x, i) + share * (load(after, i) + left * bow))
