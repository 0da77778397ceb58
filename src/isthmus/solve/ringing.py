"""Telling a step limited by stability from one limited by accuracy.

Orders 3 to 5 are unstable for decaying modes near the imaginary axis. Errors of such a mode ring on, as
large as the tolerance, long after the solution has come to rest, and hold the step down (Hindmarsh 1992,
Detecting stability barriers in BDF solvers). The last two corrections span the mode, so that the
Jacobian gives its lambda; the method makes of it a factor zeta a step, with

    h lambda = sum_(j<=k) w^j / j - kappa_k gamma_k w^(k+1),   w = 1 - 1/zeta.

The mode rings where it decays and its factor does not.
"""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.equations import Equations, sparse_times
from isthmus.solve.native_call import row_at
from isthmus.solve.ndf_formula import GAMMA, KAPPA, norm
from isthmus.solve.workspace import Workspace

# The part of J d that the span of the corrections may leave out, squared: else there are more modes.
_MISFIT = 1e-2
_DECAY = 1e-4
# In tolerances. Larger oscillations are followed, not damped.
_AMPLITUDE = 1e3
_NOISE = 1e-3
_ITERATIONS = 6


@part
def rings(equations: Equations, order: int, h: float, work: Workspace) -> bool:
    """Return whether the corrections of the last two steps, equally long and of one order, ring."""
    n = equations.states
    now, before = row_at(work.differences, (order + 1) * n), work.before
    gap = row_at(work.differences, (order + 2) * n)
    for i in range(n):
        before[i] = now[i] - gap[i]
    one, two = work.mass_psi, work.mass_correction
    sparse_times(n, equations.mass, equations.mass_column, equations.mass_start, now, one)
    sparse_times(n, equations.mass, equations.mass_column, equations.mass_start, before, two)
    # Each state counts alike: tolerances may differ by any factor. What is far below them is noise.
    share = work.change
    for i in range(n):
        least = _NOISE / work.weights[i]
        share[i] = 1.0 / (one[i] * one[i] + two[i] * two[i] + least * least)
    a, b, c = _dot(n, one, one, share), _dot(n, one, two, share), _dot(n, two, two, share)
    determinant = a * c - b * b
    if not determinant > 1e-4 * a * c:
        return False
    product, entries = work.slope, work.small
    for side in range(2):
        _jacobian_times(equations, work.slots, now if side == 0 else before, product)
        u, v = _dot(n, product, one, share), _dot(n, product, two, share)
        alpha, beta = (u * c - v * b) / determinant, (v * a - u * b) / determinant
        whole = _dot(n, product, product, share)
        if not whole - alpha * u - beta * v <= _MISFIT * whole:
            return False
        entries[2 * side], entries[2 * side + 1] = h * alpha, h * beta
    trace = 0.5 * (entries[0] + entries[3])
    square = entries[0] * entries[3] - entries[1] * entries[2] - trace * trace
    if not (trace < -_DECAY and square > trace * trace):
        return False
    size, growth = _factor(order, trace, math.sqrt(square))
    spread = norm(n, now, work.weights) / size ** (order + 1.0)
    return bool(growth > 0.5 * trace and spread < _AMPLITUDE)


@part
def _dot(n: int, one: Floats, other: Floats, share: Floats) -> float:
    total = 0.0
    for i in range(n):
        total += share[i] * one[i] * other[i]
    return total


@part
def _jacobian_times(equations: Equations, slots: Floats, vector: Floats, out: Floats) -> None:
    for i in range(equations.states):
        out[i] = 0.0
    row, column, constrained = equations.slot_row, equations.slot_column, equations.constrained
    for k in range(equations.slots):
        if constrained[row[k]] == 0:
            out[row[k]] += slots[k] * vector[column[k]]


@part
def _factor(order: int, decay: float, turn: float) -> tuple[float, float]:
    """Return |w| and ln |zeta| for h lambda = decay + i turn, by Newton from zeta = exp(h lambda)."""
    shrink = math.exp(-decay)
    x, y = 1.0 - shrink * math.cos(turn), shrink * math.sin(turn)
    for _ in range(_ITERATIONS):
        # The power w^j, the sum and its derivative.
        px, py = 1.0, 0.0
        sx, sy, dx, dy = -decay, -turn, 0.0, 0.0
        for j in range(1, order + 2):
            weight = 1.0 / j if j <= order else -KAPPA[order] * GAMMA[order]
            dx, dy = dx + j * weight * px, dy + j * weight * py
            px, py = px * x - py * y, px * y + py * x
            sx, sy = sx + weight * px, sy + weight * py
        scale = dx * dx + dy * dy
        x, y = x - (sx * dx + sy * dy) / scale, y - (sy * dx - sx * dy) / scale
    return math.sqrt(x * x + y * y), -0.5 * math.log((1.0 - x) * (1.0 - x) + y * y)
