"""One model of a corpus against its reference curves, as a row of a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import IsthmusError, NumericalError
from isthmus.testing.children import run_child
from isthmus.testing.corpus import Entry

if TYPE_CHECKING:
    from isthmus.dynamics.rates import Dynamics
    from isthmus.records.progress import Progress

Floats = NDArray[np.float64]

WITHIN = 1e-4
RTOL = 1e-8
TIGHT = 1e-10
AGREES = "agrees"
DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class TrajectoryRow:
    """How far one model's curves are from the reference, as a fraction of each curve's peak there.

    status: agrees (all within 10⁻⁴), differs, no reference, refused CODE, error CODE, crash or timeout.
    difference: of NDF at 10⁻⁸; tight: of NDF at 10⁻¹⁰, its absolute tolerance measured as everywhere.
    cvode, radau: of independent integrators at 10⁻¹⁰ and 10⁻¹⁴ of the largest initial value, Radau only where
    the others do not agree. apart: of NDF at 10⁻¹⁰ and CVODE from each other, beside the larger peak of the
    two. curve, peak: where the difference is largest.
    """

    model: str
    status: str
    difference: float | None = None
    curve: str = ""
    peak: float | None = None
    tight: float | None = None
    cvode: float | None = None
    radau: float | None = None
    apart: float | None = None
    kind: str = ""
    detail: str = ""
    explained: str = ""


def compare_apart(entry: Entry, seconds: float, explained: Mapping[str, str]) -> TrajectoryRow:
    """The row of one model, worked out in a process of its own."""
    if entry.reference is None:
        return TrajectoryRow(entry.name, "no reference")
    ending = run_child("compare-one", [str(entry.path), str(entry.reference)], seconds)
    if ending.outcome == "done":
        row = TrajectoryRow(**ending.answer)
    else:
        row = TrajectoryRow("", ending.outcome, detail=f"{ending.stage}: {ending.detail}")
    reason = "" if row.status == AGREES else explained.get(entry.name, "")
    detail = row.detail.replace(f"{entry.path.parent}/", "")
    return replace(row, model=entry.name, explained=reason, detail=detail)


def read_reference(path: Path) -> tuple[tuple[str, ...], Floats, Floats]:
    """(ids, times, curves: (times, ids)) of a table with a heading whose first column is time."""
    with path.open(newline="", encoding="utf-8") as stream:
        heading, *rows = csv.reader(stream)
    table = np.array([[float(cell) for cell in row] for row in rows])
    return tuple(heading[1:]), table[:, 0], table[:, 1:]


def compare_one(path: str, reference: str, tell: Progress) -> dict[str, Any]:
    """The fields of a row, worked out in this process."""
    row = TrajectoryRow(path, "")
    try:
        return asdict(_compare(row, path, Path(reference), tell))
    except NumericalError as error:
        return asdict(replace(row, status=f"error {error.code}", detail=str(error)))
    except IsthmusError as error:
        return asdict(replace(row, status=f"refused {error.code}", detail=str(error)))


def _compare(row: TrajectoryRow, path: str, reference: Path, tell: Progress) -> TrajectoryRow:
    from isthmus.dynamics.rates import read_rates
    from isthmus.dynamics.start import check_start
    from isthmus.formats import read_model
    from isthmus.testing.kind import find_kind

    tell("reading the model")
    names, times, expected = read_reference(reference)
    dynamics = read_rates(read_model(path))
    check_start(dynamics)
    row = replace(row, kind=find_kind(dynamics))
    tell("ndf")
    ours = curves(dynamics, names, times, "ndf", RTOL)
    apart = differences(ours, expected)
    worst = int(np.argmax(apart))
    row = replace(
        row,
        status=AGREES if apart[worst] <= WITHIN else DIFFERS,
        difference=float(apart[worst]),
        curve=names[worst],
        peak=float(np.abs(expected[:, worst]).max()),
    )
    return row if row.status == AGREES else _second_opinions(row, dynamics, names, times, expected, tell)


def _second_opinions(
    row: TrajectoryRow,
    dynamics: Dynamics,
    names: tuple[str, ...],
    times: Floats,
    expected: Floats,
    tell: Progress,
) -> TrajectoryRow:
    found: dict[str, Floats] = {}
    problems: list[str] = []

    # The measured absolute tolerance is a possible culprit: the other integrators get one of their own.
    own = 1e-14 * float(np.abs(dynamics.start()[0]).max(initial=0.0)) or 1e-14

    def run(method: str) -> None:
        tell(f"{method} at {TIGHT:g}")
        try:
            found[method] = curves(dynamics, names, times, method, TIGHT, None if method == "ndf" else own)
        except NumericalError as error:
            problems.append(f"{method}: {error.found}")

    run("ndf")
    run("cvode")
    apart = between(found["ndf"], found["cvode"]) if len(found) == 2 else None
    # Radau is slow: it is asked only where the other two do not agree.
    if apart is None or apart > WITHIN / 10:
        run("radau")
    far = {method: float(differences(values, expected).max()) for method, values in found.items()}
    return replace(
        row,
        tight=far.get("ndf"),
        cvode=far.get("cvode"),
        radau=far.get("radau"),
        apart=apart,
        detail="; ".join(problems),
    )


def curves(
    dynamics: Dynamics,
    names: tuple[str, ...],
    times: Floats,
    method: str,
    rtol: float,
    atol: float | None = None,
) -> Floats:
    """What the ids stand for at the times: (times, ids)."""
    from isthmus.algebra.expression import symbol
    from isthmus.model.question import Observable
    from isthmus.simulate.rates import simulate

    seen = [Observable(name, symbol(name)) for name in names]
    end = float(times[-1])
    trajectory = simulate(
        dynamics,
        end,
        times=times.tolist(),
        observables=seen,
        rtol=rtol,
        atol=atol,
        method=method,
        max_steps=1_000_000,
    )
    return trajectory.observed


def between(one: Floats, other: Floats) -> float:
    """The largest distance of two sets of curves, each beside the larger peak of the two."""
    larger = np.maximum(np.abs(one).max(axis=0), np.abs(other).max(axis=0))
    gaps = np.abs(one - other).max(axis=0)
    return float((gaps / np.where(larger > 0, larger, 1.0)).max())


def differences(values: Floats, expected: Floats) -> Floats:
    """The largest distance of each curve from the expected one, beside its peak, or 1 where that is zero."""
    peaks = np.abs(expected).max(axis=0)
    gaps = np.abs(values - expected).max(axis=0)
    return np.asarray(np.where(np.isfinite(gaps), gaps, np.inf) / np.where(peaks > 0, peaks, 1.0))
