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
from isthmus.solve.compiled import part, summing
from isthmus.solve.native_call import row_at

HIGHEST_ORDER = 5

KAPPA = np.array([0.0, -0.1850, -1.0 / 9.0, -0.0823, -0.0415, 0.0])
GAMMA = np.array([0.0, 1.0, 3.0 / 2.0, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0])
ALPHA = (1.0 - KAPPA) * GAMMA
ERROR_CONSTANT = KAPPA * GAMMA + 1.0 / np.arange(1.0, HIGHEST_ORDER + 2)

# Tables of the change of step are kept in rows of this many numbers.
_WIDTH = 8
# (-1)^m C(j, m) at (m, j): differences of a polynomial from its values.
ALTERNATING = np.array([float((-1) ** m * math.comb(j, m)) for m in range(_WIDTH) for j in range(_WIDTH)])


@part
def predict(n: int, differences: Floats, order: int, predicted: Floats, psi: Floats) -> None:
    """Extrapolate the polynomial to the next point, and write psi."""
    scale = 1.0 / ALPHA[order]
    row, above = row_at(differences, n), row_at(differences, 2 * n)
    one, two = scale * GAMMA[1], scale * GAMMA[2]
    if order == 1:
        for i in range(n):
            predicted[i] = differences[i] + row[i]
            psi[i] = one * row[i]
        return
    if order == 2:
        for i in range(n):
            predicted[i] = differences[i] + row[i] + above[i]
            psi[i] = one * row[i] + two * above[i]
        return
    # One pass whatever the order: rows of many states come from afar.
    third, three = row_at(differences, 3 * n), scale * GAMMA[3]
    if order == 3:
        for i in range(n):
            predicted[i] = differences[i] + row[i] + above[i] + third[i]
            psi[i] = one * row[i] + two * above[i] + three * third[i]
        return
    fourth, four = row_at(differences, 4 * n), scale * GAMMA[4]
    if order == 4:
        for i in range(n):
            predicted[i] = differences[i] + row[i] + above[i] + third[i] + fourth[i]
            psi[i] = one * row[i] + two * above[i] + three * third[i] + four * fourth[i]
        return
    fifth, five = row_at(differences, 5 * n), scale * GAMMA[5]
    for i in range(n):
        predicted[i] = differences[i] + row[i] + above[i] + third[i] + fourth[i] + fifth[i]
        psi[i] = one * row[i] + two * above[i] + three * third[i] + four * fourth[i] + five * fifth[i]


@part
def rescale(n: int, differences: Floats, order: int, factor: float, small: Floats) -> None:
    """Change the spacing of the differences by a factor, by interpolation; ``small`` holds three tables."""
    table, change = row_at(small, 0), row_at(small, 2 * _WIDTH * _WIDTH)
    for j in range(1, order + 1):
        value = 1.0
        for i in range(1, order + 1):
            value *= (i - 1 - factor * j) / i
            table[i * _WIDTH + j] = value
    # Lower differences do not enter higher ones: one after the other, in place.
    for j in range(1, order + 1):
        for k in range(1, order + 1):
            total = 0.0
            for m in range(1, j + 1):
                total += table[k * _WIDTH + m] * ALTERNATING[m * _WIDTH + j]
            change[k * _WIDTH + j] = total if k >= j else 0.0
    for j in range(1, order + 1):
        _combine(n, row_at(differences, j * n), order - j, row_at(change, j * _WIDTH + j))


@part
def _combine(n: int, row: Floats, more: int, weight: Floats) -> None:
    """Multiply a row by its weight and add so many rows after it, weighted."""
    own = weight[0]
    if more == 0:
        for i in range(n):
            row[i] *= own
        return
    next_row, w1 = row_at(row, n), weight[_WIDTH]
    for i in range(n):
        row[i] = own * row[i] + w1 * next_row[i]
    for k in range(2, more + 1):
        further, w = row_at(row, k * n), weight[k * _WIDTH]
        for i in range(n):
            row[i] += w * further[i]


@part
def accept(n: int, differences: Floats, order: int, correction: Floats) -> None:
    """Move the differences to the new point."""
    above, highest = row_at(differences, (order + 1) * n), row_at(differences, (order + 2) * n)
    row = row_at(differences, order * n)
    for i in range(n):
        highest[i] = correction[i] - above[i]
        above[i] = correction[i]
        row[i] += correction[i]
    # Two orders at a time: half the passes. Not in a loop, within which LLVM takes rows for overlapping.
    if order >= 2:
        _raise_two(n, row_at(differences, (order - 2) * n))
    if order >= 4:
        _raise_two(n, row_at(differences, (order - 4) * n))
    if order % 2 == 1:
        row = row_at(differences, n)
        for i in range(n):
            differences[i] += row[i]


@part
def _raise_two(n: int, lower: Floats) -> None:
    """Move a row of differences and the one after it to the new point; the next has been moved."""
    row, above = row_at(lower, n), row_at(lower, 2 * n)
    for i in range(n):
        row[i] += above[i]
        lower[i] += row[i]


@part
def weights_of(n: int, one: Floats, other: Floats, rtol: float, atol: Floats, weights: Floats) -> None:
    """Write one over the error that each component is allowed."""
    for i in range(n):
        first, second, least = abs(one[i]), abs(other[i]), atol[i]
        allowed = rtol * (first if first > second else second)
        weights[i] = 1.0 / (allowed if allowed > least else least)


@summing
def norm(n: int, values: Floats, weights: Floats) -> float:
    """Return the root mean square of the weighted values."""
    total = 0.0
    for i in range(n):
        ratio = values[i] * weights[i]
        total += ratio * ratio
    return float(math.sqrt(total / n))
