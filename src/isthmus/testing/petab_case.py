"""One PEtab problem with known answers: χ², log-likelihood, simulations."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final

from isthmus.errors import IsthmusError, UsageError, Where
from isthmus.testing.suite_run import PASS, REFUSED, WRONG

if TYPE_CHECKING:
    from isthmus.records.fit import Compared

NO_REFERENCE: Final = "no reference"
_KEYS: Final = (
    "observableId",
    "experimentId",
    "preequilibrationConditionId",
    "simulationConditionId",
    "time",
)
_OVERRIDES: Final = ("observableParameters", "noiseParameters")
_RELATIVE: Final = 1e-3
_OF_PEAK: Final = 1e-6


@dataclass(frozen=True, slots=True)
class PetabCase:
    """A problem and what is known of it. tolerance: absolute, of the simulations; None for 10⁻³ of each."""

    name: str
    problem: Path
    known: Mapping[str, float] = field(default_factory=dict)
    allowed: Mapping[str, float] = field(default_factory=dict)
    tables: tuple[Path, ...] = ()
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class PetabRow:
    """How a problem went. excess: the largest difference of a simulation, in what is allowed."""

    case: str
    status: str
    by: str = ""
    chi2: float | None = None
    known_chi2: float | None = None
    llh: float | None = None
    known_llh: float | None = None
    excess: float | None = None
    seconds: float = 0.0
    detail: str = ""


def find_petab_cases(folder: Path) -> tuple[PetabCase, ...]:
    """The cases of the PEtab test suite, or of a benchmark collection with its `index.tsv`."""
    cases = [_suite_case(path, folder) for path in sorted(folder.rglob("_*_solution.yaml"))]
    for index in sorted(folder.rglob("index.tsv")):
        with index.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream, dialect="excel-tab"):
                cases += _benchmarks(index.parent / row["id"], row.get("llh_at_nominal_amici") or "")
    if not cases:
        found = "no case of the PEtab test suite and no index.tsv"
        raise UsageError("E-FILE", found, needed="a folder of PEtab problems", where=Where(str(folder)))
    return tuple(cases)


def _suite_case(solution: Path, folder: Path) -> PetabCase:
    import yaml

    answers = yaml.safe_load(solution.read_text(encoding="utf-8"))
    problem = solution.with_name(solution.name.replace("_solution", ""))
    return PetabCase(
        solution.parent.relative_to(folder).as_posix(),
        problem,
        {name: float(answers[name]) for name in ("chi2", "llh")},
        {name: float(answers[f"tol_{name}"]) for name in ("chi2", "llh")},
        tuple(solution.parent / name for name in answers["simulation_files"]),
        float(answers["tol_simulations"]),
    )


def _benchmarks(folder: Path, llh: str) -> list[PetabCase]:
    known = {"llh": float(llh)} if llh else {}
    allowed = {name: _RELATIVE * max(1.0, abs(value)) for name, value in known.items()}
    tables = tuple(sorted(folder.glob("simulatedData*.tsv")))
    problems = [p for p in sorted(folder.glob("*.yaml")) if "test" not in p.stem]
    return [PetabCase(folder.name, problem, known, allowed, tables) for problem in problems]


def run_case(case: PetabCase) -> dict[str, Any]:
    """The fields of a row, worked out in this process."""
    from isthmus.formats.petab import read_problem
    from isthmus.study.calibration.fit import find_fit

    began = process_time()
    blank = PetabRow(
        case.name, NO_REFERENCE, known_chi2=case.known.get("chi2"), known_llh=case.known.get("llh")
    )
    try:
        fit = find_fit(read_problem(case.problem))
    except IsthmusError as error:
        row = replace(blank, status=REFUSED, by=error.code, detail=str(error))
        return asdict(row) | {"seconds": process_time() - began}
    found = {"chi2": fit.chi_squared, "llh": fit.log_likelihood}
    wrong = [
        f"{name} {found[name]:.8g}, not {value:.8g}"
        for name, value in case.known.items()
        if not abs(found[name] - value) <= case.allowed[name]
    ]
    excess, worst = _simulations(case, fit.compared)
    # A collection's tables of simulations may be of other values or names than its problem: the likelihood
    # decides where it is known.
    if excess is not None and not excess <= 1.0 and (case.tolerance is not None or not case.known):
        wrong.append(worst)
    status = WRONG if wrong else PASS if case.known or excess is not None else NO_REFERENCE
    row = replace(
        blank,
        status=status,
        chi2=fit.chi_squared,
        llh=fit.log_likelihood,
        excess=None if excess is None or math.isinf(excess) else excess,
        detail="; ".join(wrong) or (worst if excess is not None and excess > 1.0 else ""),
    )
    return asdict(row) | {"seconds": process_time() - began}


def _simulations(case: PetabCase, compared: Sequence[Compared]) -> tuple[float | None, str]:
    """(largest difference from the nearest row with the same keys, in what is allowed; where it is)."""
    rows: list[dict[str, str]] = []
    for table in case.tables:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            rows += csv.DictReader(stream, dialect="excel-tab")
    if not rows:
        return None, ""
    # Some tables of simulations leave the overrides out; then the row is known by the rest alone.
    every = [[key for key in (*_KEYS, *more) if key in rows[0]] for more in (_OVERRIDES, ())]
    theirs: dict[tuple[str, ...], list[float]] = {}
    for known in rows:
        for keys in every:
            theirs.setdefault(_key(known, keys), []).append(float(known["simulation"]))
    peaks: dict[str, float] = {}
    for known in rows:
        name = known["observableId"]
        peaks[name] = max(peaks.get(name, 0.0), abs(float(known["simulation"])))
    excess, worst = 0.0, ""
    for one in compared:
        row = one.measurement.row
        values = theirs.get(_key(row, every[0])) or theirs.get(_key(row, every[1]), [])
        nearest = min(values, key=lambda value: abs(value - one.simulation), default=math.nan)
        allowed = case.tolerance
        if allowed is None:
            allowed = _RELATIVE * abs(nearest) + _OF_PEAK * peaks.get(one.measurement.observable, 0.0)
        gap = abs(one.simulation - nearest)
        share = 0.0 if gap == 0.0 else gap / allowed if allowed > 0.0 else math.inf
        if not share <= excess:
            excess = share if share == share else math.inf
            worst = f"{one.measurement.where}: simulated {one.simulation:.8g}, not {nearest:.8g}"
    return excess, worst


def _key(row: Mapping[str, str], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(repr(float(row[key])) if key == "time" else (row.get(key) or "").strip() for key in keys)
