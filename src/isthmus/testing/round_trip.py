"""One model written as SBML and as Antimony and read back, as a row of a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import IsthmusError, NumericalError, UnsupportedFeature
from isthmus.testing.children import run_child
from isthmus.testing.corpus import Entry
from isthmus.testing.trajectories import RTOL, curves, read_reference

if TYPE_CHECKING:
    from isthmus.formats import Imported
    from isthmus.model.model import Model
    from isthmus.records.progress import Progress

Floats = NDArray[np.float64]

PASS = "pass"
DIFFERS = "differs"
WITHIN: Final = 1e-9
END: Final = 100.0
_POINTS: Final = 50
_OFF_ROUND: Final = 0.618
# How many times the integrator's own error two runs of one system may be apart.
_MARGIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class RoundTripRow:
    """What is left of one model after writing and reading.

    status: pass, differs, refused CODE, error CODE, crash or timeout; antimony: the same of that way.
    elements: how many things the file says beside the mathematics (names, metaids, SBO terms, notes,
    annotations, units); lost: how many of them the written file does not say alike. invalid: the errors that
    libSBML finds. difference, antimony_difference: the largest of a curve, beside its peak, from that of the
    model as read. renamed: ids that Antimony has other words for. unsaid: what Antimony does not keep of
    what it could. libroadrunner, copasi: how far the written file's curves are there from the original
    file's, beside what is allowed; a text where that tool runs neither. failure: the code with which the
    model as read does not integrate.
    """

    model: str
    status: str
    elements: int | None = None
    lost: int | None = None
    invalid: int | None = None
    difference: float | None = None
    antimony: str = ""
    antimony_difference: float | None = None
    renamed: int | None = None
    unsaid: int | None = None
    libroadrunner: str = ""
    copasi: str = ""
    failure: str = ""
    detail: str = ""


def round_trip_apart(entry: Entry, seconds: float, folder: Path) -> RoundTripRow:
    """The row of one model, worked out in a process of its own that leaves what it wrote in a folder."""
    reference = [str(entry.reference)] if entry.reference else []
    ending = run_child("round-trip-one", [str(entry.path), str(folder), *reference], seconds)
    if ending.outcome != "done":
        return RoundTripRow(entry.name, ending.outcome, detail=f"{ending.stage}: {ending.detail}")
    row = RoundTripRow(**ending.answer)
    return replace(row, model=entry.name, detail=row.detail.replace(f"{entry.path.parent}/", ""))


def sample_times(end: float) -> Floats:
    """0 and fifty times up to the end, none of them round: at the time of an event rounding decides."""
    return np.concatenate([[0.0], end * (np.arange(_POINTS) + _OFF_ROUND) / _POINTS])


def written_file(folder: Path, name: str) -> Path:
    """Where the child leaves the SBML of a model."""
    return folder / f"{name}.written.xml"


def round_trip_one(path: str, folder: Path, reference: str, tell: Progress) -> dict[str, Any]:
    """The fields of a row, worked out in this process."""
    from isthmus.formats import read

    row = RoundTripRow(path, "")
    try:
        tell("reading the model")
        imported = read(path)
        end = float(read_reference(Path(reference))[1][-1]) if reference else END
        return asdict(_judged(row, Path(path), imported, folder, sample_times(end), tell))
    except NumericalError as error:
        return asdict(replace(row, status=f"error {error.code}", detail=str(error)))
    except IsthmusError as error:
        return asdict(replace(row, status=f"refused {error.code}", detail=str(error)))


def _judged(
    row: RoundTripRow, path: Path, imported: Imported, folder: Path, times: Floats, tell: Progress
) -> RoundTripRow:
    from isthmus.formats import check_sbml, read_bytes, sbml_text
    from isthmus.testing.said import count_said, lost

    before = imported.model
    tell("writing SBML")
    text = sbml_text(before)
    written_file(folder, path.stem).write_text(text, encoding="utf-8")
    after = read_bytes(text.encode(), "").model
    errors = check_sbml(text)
    found = [f"libSBML: {error}" for error in errors]
    found += [] if _bare(before) == _bare(after) else ["the model read back is another"]
    found += [] if sbml_text(after) == text else ["written again it is another text"]
    original = path.read_bytes()
    if original.lstrip().startswith(b"<"):
        gone = lost(original, text.encode())
        row = replace(row, elements=count_said(original), lost=len(gone))
        found += gone
    tell("running the model")
    expected, failure = states_of(before, times)
    tell("running what was written")
    apart, problem = _apart(before, after, expected, failure, times, {})
    found += [problem] if problem else []
    row = replace(row, invalid=len(errors), difference=apart, failure=failure)
    row = _with_antimony(row, before, expected, times, tell)
    status = PASS if not found and row.antimony.split()[0] in (PASS, "refused") else DIFFERS
    return replace(row, status=status, detail="; ".join([*found, *filter(None, [row.detail])]))


def _bare(model: Model) -> str:
    """The model but for where it came from, as text: NaN is not equal to itself."""
    return repr(replace(model, source="", sha256=""))


def _with_antimony(
    row: RoundTripRow, before: Model, expected: Floats, times: Floats, tell: Progress
) -> RoundTripRow:
    from isthmus.formats import antimony_text, read_bytes
    from isthmus.testing.antimony_words import find_renamed, find_unsaid

    tell("writing Antimony")
    try:
        after = read_bytes(antimony_text(before).encode(), "model.ant").model
    except UnsupportedFeature as error:
        return replace(row, antimony=f"refused {error.code}", detail=error.found)
    except IsthmusError as error:
        return replace(row, antimony=f"error {error.code}", detail=str(error))
    renamed = find_renamed(before, after)
    unsaid = find_unsaid(before, after, renamed)
    tell("running what Antimony read")
    apart, problem = _apart(before, after, expected, row.failure, times, renamed)
    told = [*([problem] if problem else []), *(f"Antimony keeps no {what}" for what in unsaid)]
    return replace(
        row,
        antimony=DIFFERS if problem else PASS,
        antimony_difference=apart,
        renamed=len(renamed),
        unsaid=len(unsaid),
        detail="; ".join(told),
    )


def states_of(model: Model, times: Floats, rtol: float = RTOL) -> tuple[Floats, str]:
    """(the states of a model along time, "") or (nothing, the code of the failure)."""
    from isthmus.dynamics.rates import read_rates

    try:
        dynamics = read_rates(model)
        return curves(dynamics, dynamics.states, times, "ndf", rtol), ""
    except IsthmusError as error:
        return np.empty((0, 0)), error.code


def _apart(
    before: Model, after: Model, expected: Floats, failure: str, times: Floats, renamed: dict[str, str]
) -> tuple[float | None, str]:
    """(largest difference of a curve beside its peak, "") or (that or None, what is wrong).

    Two runs of one system at one tolerance stay within a few times the integrator's own error, which the
    distance to a run at a hundredth of the tolerance tells; 10⁻⁹ of the peak is always allowed.
    """
    from isthmus.dynamics.rates import read_rates

    states = read_rates(before).states if not failure else ()
    names = tuple(renamed.get(name, name) for name in states)
    missing = [name for name in names if name not in after.ids]
    if missing:
        return None, f"no {', '.join(missing[:3])} when read back"
    try:
        found = curves(read_rates(after), names, times, "ndf", RTOL)
    except IsthmusError as error:
        return None, "" if error.code == failure else f"read back it ends with {error.code}: {error}"
    if failure:
        return None, f"runs when read back, but as it was ends with {failure}"
    if not states:
        return 0.0, ""
    return judge_curves(found, expected, names, lambda: states_of(before, times, RTOL / 100)[0])


def judge_curves(found: Floats, expected: Floats, names: tuple[str, ...], tighter: Any) -> tuple[float, str]:
    """(largest difference, "" or which curve is further off than the runs' own error)."""
    apart = relative_gaps(found, expected)
    largest = float(apart.max())
    if largest <= WITHIN:
        return largest, ""
    tight = tighter()
    if tight.shape != expected.shape:
        return largest, "the tighter run fails"
    own = relative_gaps(expected, tight)
    excess = apart / np.maximum(WITHIN, _MARGIN * own)
    worst = int(np.argmax(excess))
    if excess[worst] <= 1:
        return largest, ""
    return largest, f"{names[worst]} is {apart[worst]:.2g} of its peak off, its own error {own[worst]:.2g}"


def relative_gaps(one: Floats, other: Floats, floor: float = 0.0) -> Floats:
    """The largest distance of each curve from the other, beside the larger peak.

    NaN at the same place agrees. floor: a distance that counts as none.
    """
    peaks = np.nanmax(np.fmax(np.abs(one), np.abs(other)), axis=0, initial=0.0)
    with np.errstate(invalid="ignore"):
        gaps = np.abs(one - other)
    gaps = np.where((one == other) | (np.isnan(one) & np.isnan(other)), 0.0, gaps)
    gaps = np.where(np.isnan(gaps), np.inf, gaps).max(axis=0, initial=0.0)
    return np.asarray(np.maximum(gaps - floor, 0.0) / np.where(peaks > 0, peaks, 1.0))
