"""Pseudo-transient continuation to rest, in compiled code."""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.compiled import entry, part
from isthmus.solve.dominance import surely_decays
from isthmus.solve.factorisation import Factors, factorise, factors_at, solve_factored
from isthmus.solve.native_call import call_kernel, row_at
from isthmus.solve.result import ResultCode
from isthmus.solve.table import reader_of

_SUCCESS = int(ResultCode.SUCCESS)
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_NO_STEADY_STATE = int(ResultCode.NO_STEADY_STATE)
# The state rests, but only eigenvalues can tell whether what surrounds it comes back.
UNDECIDED = 100

_MOST_STEPS = 500
_GROWTH = 4.0
_SHRINK = 0.25
# A pseudo-time step may change the state by this part of its size, so that the nearest branch is followed.
_BOLD = 0.5
_SMALLEST = 1e-30
_ROUNDING = 2.3e-16


class Descent:
    """A relaxation under way: numbers, and pointers to arrays that the caller keeps.

    n states, m rates, r directions; G = B G_picked with B the n × r basis, which is the identity on the
    picked rows, so that z = x_picked and dx = B dz.
    """

    states: int
    rates: int
    directions: int
    rates_address: int
    jacobian_address: int
    factors: int
    gain: Floats
    gain_column: Indices
    gain_start: Indices
    pattern_start: Indices
    pattern_column: Indices
    basis: Floats
    """n × r"""
    picked: Indices
    """(r)"""
    time: Floats
    """one number"""
    p: Floats
    x: Floats
    slope: Floats
    following: Floats
    ahead: Floats
    change: Floats
    allowed: Floats
    v: Floats
    """one a rate"""
    values: Floats
    """one an entry of dv/dx"""
    product: Floats
    """m × r: dv/dx B"""
    matrix: Floats
    """r × r: the Jacobian of z' in z"""
    right: Floats
    reduced: Floats
    progress: Floats
    """the step, the number of steps, the tolerance"""


descent_at = reader_of(Descent)


@entry
def descend(address: int, verdict: int) -> int:
    """Continue until the state rests, or cannot.

    verdict: on the state where it stopped undecided, 1 where it attracts and -1 where it does not; else 0.
    """
    work = descent_at(address)
    factors = factors_at(work.factors)
    n, r = work.states, work.directions
    if verdict > 0:
        return _finish(work)
    x, slope, following, change = work.x, work.slope, work.following, work.change
    step, tolerance = work.progress[0], work.progress[2]
    if step == 0.0:
        if not _slopes(work, x, slope):
            return _NOT_FINITE
        step = 0.1 / max(_relative(work, slope), _SMALLEST)
    for count in range(int(work.progress[1]), _MOST_STEPS):
        work.progress[0], work.progress[1] = step, count
        if not _jacobian(work):
            return _NOT_FINITE
        if verdict == 0 and _rests(work, factors, tolerance):
            if not surely_decays(r, work.matrix, factors.matrix):
                return UNDECIDED
            return _finish(work)
        verdict = 0
        # A negative determinant: the step outlasts a growing direction, and would be drawn to what repels.
        if not (_solve(work, factors, 1.0 / step) and _determinant_sign(r, factors) > 0.0):
            step *= _SHRINK
            continue
        for i in range(n):
            work.ahead[i] = x[i] + change[i]
        moved = _relative(work, change)
        if not (moved <= 2.0 * _BOLD and _slopes(work, work.ahead, following)):
            step *= _SHRINK
            if step < _SMALLEST:
                return _STEP_UNDERFLOW
            continue
        fall = math.sqrt(_square(n, slope) / max(_square(n, following), _SMALLEST * _SMALLEST))
        grown = min(max(fall, 1.5), _BOLD / max(moved, _SMALLEST))
        step *= min(max(grown, _SHRINK), _GROWTH)
        for i in range(n):
            x[i] = work.ahead[i]
            slope[i] = following[i]
    work.progress[1] = _MOST_STEPS
    return _NO_STEADY_STATE


@part
def _finish(work: Descent) -> int:
    for i in range(work.states):
        work.x[i] += work.change[i]
    work.progress[1] += 1.0
    return _SUCCESS


@part
def _slopes(work: Descent, x: Floats, out: Floats) -> bool:
    call_kernel(work.rates_address, work.time, x, work.p, work.v)
    gain, column, start, v = work.gain, work.gain_column, work.gain_start, work.v
    finite = True
    for i in range(work.states):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += gain[k] * v[column[k]]
        out[i] = total
        finite &= math.isfinite(total)
    return finite


@part
def _jacobian(work: Descent) -> bool:
    """Write ``G_picked dv/dx B``; return whether all of it is finite."""
    call_kernel(work.jacobian_address, work.time, work.x, work.p, work.values)
    r, basis, values, product = work.directions, work.basis, work.values, work.product
    for j in range(work.rates):
        row = row_at(product, j * r)
        for b in range(r):
            row[b] = 0.0
        for e in range(work.pattern_start[j], work.pattern_start[j + 1]):
            value, along = values[e], row_at(basis, work.pattern_column[e] * r)
            for b in range(r):
                row[b] += value * along[b]
    finite = True
    for a in range(r):
        target = row_at(work.matrix, a * r)
        for b in range(r):
            target[b] = 0.0
        for k in range(work.gain_start[work.picked[a]], work.gain_start[work.picked[a] + 1]):
            coefficient, row = work.gain[k], row_at(product, work.gain_column[k] * r)
            for b in range(r):
                target[b] += coefficient * row[b]
        for b in range(r):
            finite &= math.isfinite(target[b])
    return finite


@part
def _solve(work: Descent, factors: Factors, shift: float) -> bool:
    """Write the change of state that solves ``(shift - A) dz = z'``; return whether it is finite."""
    r, matrix = work.directions, factors.matrix
    for k in range(r * r):
        matrix[k] = -work.matrix[k]
    for a in range(r):
        matrix[a * r + a] += shift
        work.right[a] = work.slope[work.picked[a]]
    if not factorise(r, factors):
        return False
    solve_factored(r, factors, work.right, work.reduced)
    finite = True
    for i in range(work.states):
        total = 0.0
        for b in range(r):
            total += work.basis[i * r + b] * work.reduced[b]
        work.change[i] = total
        finite &= math.isfinite(total)
    return finite


@part
def _rests(work: Descent, factors: Factors, tolerance: float) -> bool:
    """Return whether a full Newton step changes no state by more than is allowed; the step is kept."""
    if not _solve(work, factors, 0.0):
        # A neutral direction is at rest where nothing drives it.
        largest = 0.0
        for k in range(work.directions * work.directions):
            largest = max(largest, abs(work.matrix[k]))
        if not _solve(work, factors, _ROUNDING * largest):
            return False
    for i in range(work.states):
        if not abs(work.change[i]) <= max(tolerance * abs(work.x[i]), work.allowed[i]):
            return False
    return True


@part
def _determinant_sign(r: int, factors: Factors) -> float:
    sign = 1.0
    for k in range(r):
        if factors.inverse[k] < 0.0:
            sign = -sign
        for later in range(k + 1, r):
            if factors.row[later] < factors.row[k]:
                sign = -sign
    return sign


@part
def _relative(work: Descent, change: Floats) -> float:
    """Return the largest change relative to the state's size, small states measured against the largest."""
    largest = 0.0
    for i in range(work.states):
        largest = max(largest, abs(work.x[i]))
    found = 0.0
    for i in range(work.states):
        size = max(abs(work.x[i]), max(1e-3 * largest, work.allowed[i]))
        found = max(found, abs(change[i]) / size)
    return float(found)


@part
def _square(n: int, vector: Floats) -> float:
    total = 0.0
    for i in range(n):
        total += vector[i] * vector[i]
    return total
