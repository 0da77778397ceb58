"""Forward sensitivities of ``M x' = G v(t, x, p)``: S = ∂x/∂q by M S' = G (∂v/∂x S + ∂v/∂p ∂p/∂q)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, Indices, Integers, SparseMatrix, System
from isthmus.errors import NumericalError
from isthmus.solve.evaluate import evaluate_jacobian, evaluate_kernel
from isthmus.solve.ndf import checked_input
from isthmus.solve.result import Counts, ResultCode

_BLOCK = 8


@dataclass(frozen=True, slots=True, eq=False)
class Forcing:
    """∂v/∂p as a kernel, and how p moves with the chosen quantities."""

    address: int
    """``void(const double *t, const double *x, const double *p, double *values)``: dv/dp at indices"""
    indptr: Integers
    """(m + 1,) first entry of each row of dv/dp"""
    indices: Integers
    """column of each entry of dv/dp"""
    direction: Floats
    """∂p/∂q: (parameters, w)"""
    keep: object = None
    """whatever keeps the compiled code alive"""

    def entries(self, gain: SparseMatrix) -> tuple[Indices, Indices, Indices, Floats]:
        """Rows, columns, sources and coefficients: ``f_q[row, column] += coefficient · values[source]``."""
        at, source = _joined(gain.indices, self.indptr)
        row, coefficient = gain.row_of_entries()[at], gain.data[at]
        moved = SparseMatrix.from_dense(self.direction)
        at, entry = _joined(self.indices[source], moved.indptr)
        return (
            np.ascontiguousarray(row[at], dtype=np.int64),
            np.ascontiguousarray(moved.indices[entry], dtype=np.int64),
            np.ascontiguousarray(source[at], dtype=np.int64),
            np.ascontiguousarray(coefficient[at] * moved.data[entry], dtype=np.float64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SensitivitySolution:
    """States and sensitivities at the requested times; NaN for times that were not reached."""

    code: ResultCode
    reached: float
    times: Floats
    x: Floats
    """(k, n)"""
    sensitivities: Floats
    """(k, chosen states, w)"""
    counts: Counts
    last: Floats
    """S of all states at the time reached: (n, w)"""

    @property
    def ok(self) -> bool:
        """Whether the end was reached."""
        return self.code is ResultCode.SUCCESS


def solve_sensitivities(
    system: System,
    forcing: Forcing,
    t0: float,
    t1: float,
    x0: ArrayLike,
    s0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    sensitivity_atol: ArrayLike | None = None,
    *,
    times: ArrayLike,
    rows: ArrayLike | None = None,
    max_steps: int = 100_000,
    cancel: Indices | None = None,
) -> SensitivitySolution:
    """Integrate states and sensitivities from t0 to t1 > t0, and give both at increasing times in between.

    s0: S at t0, (n, w). sensitivity_atol: (n, w), infinite where an entry is not to limit the step; without
    it only the states' errors do. Each column's error, in root mean square over the states of ``error / (rtol
    |S| + sensitivity_atol)``, is then at most 1 a step. rows: the states whose sensitivities are wanted, all
    unless given. Holds for systems without constraints whose rates are smooth along the way; a constraint is
    refused. Caracotsios and Stewart 1985; Shampine and Reichelt 1997.
    """
    if system.is_algebraic:
        raise NumericalError(
            "E-SOLVE-CONSTRAINED",
            f"{int(system.constraint_rows.sum())} equations without a derivative",
            needed="ordinary differential equations, for sensitivities",
        )
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = checked_times(times, t0, t1)
    chosen = np.ascontiguousarray(np.arange(system.states) if rows is None else rows, dtype=np.int64)
    begun = np.array(s0, dtype=np.float64)
    forced = forcing.entries(system.gain)
    slope = _starting_slope(system, forcing, forced, t0, start, parameters, begun)
    if not (np.isfinite(begun).all() and np.isfinite(slope).all()):
        return nothing_reached(ResultCode.NOT_FINITE, t0, asked, begun, len(chosen))
    return _march(
        system,
        forcing,
        forced,
        (float(t0), float(t1), asked, chosen),
        (start, begun, slope, parameters),
        (float(rtol), tolerances, sensitivity_atol, max_steps, cancel),
    )


def _march(
    system: System,
    forcing: Forcing,
    forced: tuple[Indices, Indices, Indices, Floats],
    span: tuple[float, float, Floats, Indices],
    begun: tuple[Floats, Floats, Floats, Floats],
    control: tuple[float, Floats, ArrayLike | None, int, Indices | None],
) -> SensitivitySolution:
    from isthmus.solve.equations import packed
    from isthmus.solve.ndf_driver import begin
    from isthmus.solve.sensitivity_driver import march_sensitivities
    from isthmus.solve.sensitivity_workspace import make_sensitivity_workspace
    from isthmus.solve.workspace import make_workspace

    t0, t1, asked, chosen = span
    start, first, slope, parameters = begun
    rtol, tolerances, floors, max_steps, cancel = control
    n, columns = first.shape
    floor = _padded(np.full((n, columns), np.inf) if floors is None else np.asarray(floors), np.inf)
    width = floor.shape[1]
    row, column, source, coefficient = forced
    more, block, differences = make_sensitivity_workspace(
        (width, len(row), len(chosen), int(floors is not None), forcing.address),
        (row, column, source),
        coefficient,
        chosen,
        floor,
        len(forcing.indices),
    )
    numbers, (table, workspace) = packed(system), make_workspace(system)
    code, h = begin(numbers, table, t0, t1, start, parameters, rtol, tolerances)
    if code != ResultCode.SUCCESS:
        return nothing_reached(ResultCode(code), t0, asked, first, len(chosen))
    differences[0], differences[1] = _padded(first, 0.0), h * _padded(slope, 0.0)
    states, written = np.full((len(asked), n), np.nan), np.full((len(asked), len(chosen), width), np.nan)
    before = int(np.searchsorted(asked, t0, side="right"))
    states[:before], written[:before, :, :columns] = start, first[chosen]
    flag = np.zeros(1, dtype=np.int64) if cancel is None else cancel
    code, reached, counts = march_sensitivities(
        numbers,
        table,
        more,
        t1,
        h,
        parameters,
        rtol,
        tolerances,
        max_steps,
        flag,
        asked[before:],
        states[before:],
        written[before:],
    )
    last = differences[0, :, :columns].copy()
    # Compiled code held only pointers into these.
    del block, workspace
    return SensitivitySolution(
        ResultCode(code),
        float(reached),
        asked,
        states,
        written[:, :, :columns],
        Counts(*counts.tolist()),
        last,
    )


def _starting_slope(
    system: System,
    forcing: Forcing,
    forced: tuple[Indices, Indices, Indices, Floats],
    t0: float,
    start: Floats,
    p: Floats,
    begun: Floats,
) -> Floats:
    """Return S' at the start."""
    values = evaluate_kernel(forcing.address, t0, start, p, len(forcing.indices))
    row, column, source, coefficient = forced
    width = begun.shape[1]
    flat = np.bincount(row * width + column, coefficient * values[source], minlength=begun.size)
    slope = evaluate_jacobian(system, t0, start, p) @ begun + flat.reshape(begun.shape)
    if system.has_identity_mass:
        return np.asarray(slope)
    return np.asarray(np.linalg.solve(system.mass_matrix.dense(), slope))


def _joined(left: Integers, indptr: Integers) -> tuple[Indices, Indices]:
    """For each entry that names a row of another matrix: the entry and each entry of that row, as pairs."""
    starts = indptr[left].astype(np.int64)
    lengths = indptr[left + 1].astype(np.int64) - starts
    at = np.repeat(np.arange(len(lengths)), lengths)
    return at, np.arange(len(at)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[at]


def _padded(matrix: Floats, value: float) -> Floats:
    """Return a copy with columns added up to whole blocks."""
    rows, columns = matrix.shape
    wide = np.full((rows, max(-(-columns // _BLOCK), 1) * _BLOCK), value)
    wide[:, :columns] = matrix
    return wide


def checked_times(times: ArrayLike, t0: float, t1: float) -> Floats:
    """Return the times as a copy; refuse those outside the run or out of order."""
    asked = np.array(times, dtype=np.float64).reshape(-1)
    within = len(asked) == 0 or (asked[0] >= t0 and asked[-1] <= t1 and bool((np.diff(asked) > 0).all()))
    if not (within and t1 > t0):
        raise NumericalError(
            "E-SOLVE-TIMES",
            f"times out of order or outside {t0:g} to {t1:g}",
            needed="increasing times within",
        )
    return asked


def nothing_reached(
    code: ResultCode, t0: float, asked: Floats, begun: Floats, chosen: int
) -> SensitivitySolution:
    """What there is where nothing could be integrated; begun: S at t0."""
    n, columns = begun.shape
    return SensitivitySolution(
        code,
        t0,
        asked,
        np.full((len(asked), n), np.nan),
        np.full((len(asked), chosen, columns), np.nan),
        Counts(),
        begun,
    )
