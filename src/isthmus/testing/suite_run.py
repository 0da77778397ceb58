"""One model of the SBML Test Suite, simulated and judged point by point."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import IsthmusError
from isthmus.testing.suite_case import Settings, read_settings

if TYPE_CHECKING:
    from isthmus.algebra.expression import Expression
    from isthmus.dynamics.rates import Dynamics

Floats = NDArray[np.float64]

PASS = "pass"
REFUSED = "refused"
WRONG = "wrong"
CRASH = "crash"
FLUX_BALANCE = "flux balance"
# Tighter by four orders than any case asks for.
RTOL = 1e-8
_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """What became of one model.

    status: pass, refused, wrong or crash. by: of a refusal its code. detail: of a refusal or crash the
    message. excess: the largest |ours − expected| beside what the case allows (at most 1 passes), at that
    variable and time, with ours and expected.
    """

    model: str
    status: str
    by: str = ""
    detail: str = ""
    excess: float | None = None
    variable: str = ""
    time: float | None = None
    ours: float | None = None
    expected: float | None = None
    seconds: float = 0.0


def run_model(model: str, settings: str, results: str, grid: int) -> dict[str, Any]:
    """The fields of a row; grid: how many times finer than asked the output is."""
    began = perf_counter()
    row = SuiteRow(Path(model).stem, "")
    try:
        row = _judged(row, model, read_settings(Path(settings)), Path(results), grid)
    except IsthmusError as error:
        row = replace(row, status=REFUSED, by=error.code, detail=str(error).replace(model, Path(model).name))
    return asdict(replace(row, seconds=perf_counter() - began))


def _judged(row: SuiteRow, model: str, settings: Settings, results: Path, grid: int) -> SuiteRow:
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import read_model

    if settings.duration is None or settings.start is None:
        return replace(row, status=REFUSED, by=FLUX_BALANCE, detail="a flux balance, not a time course")
    heading, times, expected = read_results(results)
    dynamics = read_rates(read_model(model))
    names = [name for name in settings.variables if name in heading]
    ours = simulated(dynamics, settings, names, len(times), grid)
    wanted = expected[:, [heading.index(name) for name in names]]
    excess = excesses(ours, wanted, settings)
    if not excess.size:
        return replace(row, status=WRONG, detail="nothing to compare")
    point, column = np.unravel_index(int(np.argmax(excess)), excess.shape)
    return replace(
        row,
        status=PASS if excess[point, column] <= 1 else WRONG,
        excess=float(excess[point, column]),
        variable=names[int(column)],
        time=float(times[point]),
        ours=float(ours[point, column]),
        expected=float(wanted[point, column]),
    )


def read_results(path: Path) -> tuple[list[str], Floats, Floats]:
    """(names, times, curves: (times, names)); the first column is time, spaces mean nothing."""
    with path.open(newline="", encoding="utf-8") as stream:
        heading, *rows = [[cell.strip() for cell in line] for line in csv.reader(stream) if line]
    table = np.array([[float(cell) for cell in row if cell] for row in rows], dtype=np.float64)
    return list(filter(None, heading))[1:], table[:, 0], table[:, 1:]


def simulated(dynamics: Dynamics, settings: Settings, names: list[str], points: int, grid: int) -> Floats:
    """Our curves of these variables at the points asked for, from an output `grid` times finer."""
    from isthmus.model.question import Observable
    from isthmus.simulate.rates import simulate

    assert settings.start is not None and settings.duration is not None
    end = settings.start + settings.duration
    fine = np.linspace(settings.start, end, (points - 1) * grid + 1)
    seen = [Observable(name, _told(dynamics, settings, name)) for name in names]
    trajectory = simulate(dynamics, end, times=fine.tolist(), observables=seen, rtol=RTOL, max_steps=_STEPS)
    return np.asarray(trajectory.observed)[::grid]


def _told(dynamics: Dynamics, settings: Settings, name: str) -> Expression:
    """A variable as the case wants it: species as amount or concentration."""
    from isthmus.algebra.expression import div, mul, symbol

    species = dynamics.model.species_by_id.get(name)
    if species is None:
        return symbol(name)
    size = dynamics.model.compartments_by_id[species.compartment]
    if name in settings.amounts and not species.substance_only:
        return mul(symbol(name), symbol(size.id))
    if name in settings.concentrations and species.substance_only and size.dimensions:
        return div(symbol(name), symbol(size.id))
    return symbol(name)


def excesses(ours: Floats, expected: Floats, settings: Settings) -> Floats:
    """|ours − expected| beside what is allowed; the same infinity and two NaN are equal."""
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - expected)
        allowed = settings.absolute + settings.relative * np.abs(expected)
        ratio = np.divide(gap, allowed, out=np.where(gap == 0, 0.0, np.inf), where=allowed > 0)
    same = (ours == expected) | (np.isnan(ours) & np.isnan(expected))
    return np.asarray(np.where(same, 0.0, np.where(np.isfinite(ratio), ratio, np.inf)))
