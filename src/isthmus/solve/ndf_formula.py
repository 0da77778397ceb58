"""The numerical differentiation formulas of orders 1 to 5, in backward differences of a quasi-constant step.

Notation: Shampine and Reichelt 1997 (The MATLAB ODE suite), Byrne and Hindmarsh 1975. Row i of
``differences`` is the i-th backward difference of the solution at the spacing h; order k solves, for the
correction d to the predictor,

    M (psi + d) = h / alpha_k · G v(t + h, predicted + d),   psi = sum_{i<=k} gamma_i D_i / alpha_k.
"""

from __future__ import annotations

import math

import numpy as np

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.native_call import row_at

HIGHEST_ORDER = 5

KAPPA = np.array([0.0, -0.1850, -1.0 / 9.0, -0.0823, -0.0415, 0.0])
GAMMA = np.array([0.0, 1.0, 3.0 / 2.0, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0])
ALPHA = (1.0 - KAPPA) * GAMMA
ERROR_CONSTANT = KAPPA * GAMMA + 1.0 / np.arange(1.0, HIGHEST_ORDER + 2)

# Tables of the change of step are kept in rows of this many numbers.
_WIDTH = 8


@part
def predict(n: int, differences: Floats, order: int, predicted: Floats, psi: Floats) -> None:
    """Extrapolate the polynomial to the next point, and write psi."""
    for i in range(n):
        predicted[i] = differences[i]
        psi[i] = 0.0
    for j in range(1, order + 1):
        row = row_at(differences, j * n)
        weight = GAMMA[j] / ALPHA[order]
        for i in range(n):
            predicted[i] += row[i]
            psi[i] += weight * row[i]


@part
def rescale(n: int, differences: Floats, order: int, factor: float, small: Floats) -> None:
    """Change the spacing of the differences by a factor, by interpolation; ``small`` holds three tables."""
    table, unit = row_at(small, 0), row_at(small, _WIDTH * _WIDTH)
    change = row_at(small, 2 * _WIDTH * _WIDTH)
    _fill_table(order, factor, table)
    _fill_table(order, 1.0, unit)
    for k in range(1, order + 1):
        for j in range(1, order + 1):
            total = 0.0
            for m in range(1, order + 1):
                total += table[k * _WIDTH + m] * unit[m * _WIDTH + j]
            change[k * _WIDTH + j] = total
    for i in range(n):
        for j in range(1, order + 1):
            table[j] = differences[j * n + i]
        for j in range(1, order + 1):
            total = 0.0
            for k in range(1, order + 1):
                total += change[k * _WIDTH + j] * table[k]
            differences[j * n + i] = total


@part
def _fill_table(order: int, factor: float, table: Floats) -> None:
    for j in range(1, order + 1):
        value = 1.0
        for i in range(1, order + 1):
            value *= (i - 1 - factor * j) / i
            table[i * _WIDTH + j] = value


@part
def accept(n: int, differences: Floats, order: int, correction: Floats) -> None:
    """Move the differences to the new point."""
    above, highest = row_at(differences, (order + 1) * n), row_at(differences, (order + 2) * n)
    for i in range(n):
        highest[i] = correction[i] - above[i]
        above[i] = correction[i]
    for back in range(order + 1):
        row = row_at(differences, (order - back) * n)
        for i in range(n):
            row[i] += row[i + n]


@part
def weights_of(n: int, one: Floats, other: Floats, rtol: float, atol: Floats, weights: Floats) -> None:
    """Write the error that each component is allowed."""
    for i in range(n):
        weights[i] = max(rtol * max(abs(one[i]), abs(other[i])), atol[i])


@part
def norm(n: int, values: Floats, weights: Floats) -> float:
    """Return the root mean square of the weighted values."""
    total = 0.0
    for i in range(n):
        ratio = values[i] / weights[i]
        total += ratio * ratio
    return float(math.sqrt(total / n))
