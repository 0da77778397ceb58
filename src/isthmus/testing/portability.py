"""One reduced model in libRoadRunner and COPASI, as a row of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import IsthmusError, NumericalError
from isthmus.testing.children import run_child
from isthmus.testing.corpus import Entry
from isthmus.testing.elsewhere import ATOL, RTOL, Change, Seen, Tool
from isthmus.testing.reductions import (
    CERTIFIED,
    EXACT_ONLY,
    NOTHING,
    OUTSIDE,
    choose_question,
    exact_position,
)
from isthmus.testing.round_trip import relative_gaps, sample_times

if TYPE_CHECKING:
    from isthmus.dynamics.rates import Dynamics
    from isthmus.model.question import Question
    from isthmus.records.progress import Progress
    from isthmus.study.recipe import Result

Floats = NDArray[np.float64]

SAME = "same"
DIFFERS = "differs"
INVALID = "invalid"
# Integrations at 1e-9 leave far less than this of the peak, but for systems that amplify it.
WITHIN: Final = 1e-5
_MARGIN: Final = 10.0
_FACTORS: Final = (1.3, 0.8)
_TRIED: Final = 8
_SMALLEST_ATOL: Final = 1e-24


@dataclass(frozen=True, slots=True)
class PortabilityRow:
    """What other tools make of one reduced model.

    status: same (every tool asked draws the curves drawn here, at nominal values and with each of two
    quantities changed), differs, invalid (libSBML finds errors), nothing, outside, refused CODE, error CODE,
    crash or timeout. reduced: certified or exact only. changed: the two quantities. error: the largest from
    the full model under the three conditions, beside its peak; tolerance and domain are those of the
    question. libroadrunner, copasi: the largest distance from our curve, beside its peak, or why none.
    antimony: that of the Antimony file, run here.
    """

    model: str
    status: str
    reduced: str = ""
    states: int | None = None
    final_states: int | None = None
    events: int | None = None
    observable: str = ""
    changed: str = ""
    invalid: int | None = None
    error: float | None = None
    antimony: str = ""
    libroadrunner: str = ""
    copasi: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What to run and what to expect. expected, tighter: (conditions, times, seen), at 10⁻⁹ and 10⁻¹¹."""

    times: Floats
    seen: tuple[Seen, ...]
    conditions: tuple[Change | None, ...]
    expected: Floats
    tighter: Floats
    atol: float

    def as_json(self) -> dict[str, Any]:
        """As plain data; `trial_from_json` gives it back."""
        return {
            "times": self.times.tolist(),
            "seen": [asdict(seen) for seen in self.seen],
            "conditions": [None if c is None else asdict(c) for c in self.conditions],
            "expected": self.expected.tolist(),
            "tighter": self.tighter.tolist(),
            "atol": self.atol,
        }


def trial_from_json(data: Mapping[str, Any]) -> Trial:
    """The trial that `as_json` told."""
    return Trial(
        np.array(data["times"]),
        tuple(Seen(**seen) for seen in data["seen"]),
        tuple(None if c is None else Change(**c) for c in data["conditions"]),
        np.array(data["expected"]),
        np.array(data["tighter"]),
        float(data["atol"]),
    )


def portability_apart(
    entry: Entry,
    tolerance: str,
    seconds: float,
    everything: bool,
    folder: Path,
    tools: Mapping[str, Tool],
) -> PortabilityRow:
    """The row of one model: reduced in a process of its own, then run by each tool."""
    arguments = [str(entry.path), str(folder), "--tolerance", tolerance]
    ending = run_child("portability-one", [*arguments, *(["--everything"] if everything else [])], seconds)
    if ending.outcome != "done":
        return PortabilityRow(entry.name, ending.outcome, detail=f"{ending.stage}: {ending.detail}")
    row = PortabilityRow(**ending.answer["row"])
    detail = row.detail.replace(f"{entry.path.parent}/", "")
    row = replace(row, model=entry.name, detail=detail)
    if ending.answer["trial"] is None:
        return row
    trial = trial_from_json(ending.answer["trial"])
    found = {tool: run_trial(trial, reduced_file(folder, entry.path), tools[tool]) for tool in tools}
    wrong = [f"{tool} {text}" for tool, text in found.items() if text.startswith(DIFFERS)]
    status = DIFFERS if wrong and row.status == SAME else row.status
    return replace(
        row,
        status=status,
        libroadrunner=found.get("libroadrunner", ""),
        copasi=found.get("copasi", ""),
        detail="; ".join([*wrong, *filter(None, [row.detail])]),
    )


def reduced_file(folder: Path, path: Path) -> Path:
    """Where the child leaves the reduced model."""
    return folder / f"{path.stem}.reduced.xml"


def run_trial(trial: Trial, sbml: Path, tool: Tool) -> str:
    """How far a tool's curves are from ours, or `differs: why`."""
    found = tool.curves(sbml, trial.times, trial.seen, trial.conditions, RTOL, trial.atol)
    if found.refused:
        return f"{DIFFERS}: does not run it: {found.refused[:200]}"
    apart = np.array([relative_gaps(a, b) for a, b in zip(found.values, trial.expected, strict=True)])
    if apart.max() <= WITHIN:
        return f"{apart.max():.2g}"
    tight = tool.curves(sbml, trial.times, trial.seen, trial.conditions, RTOL / 100, trial.atol / 100)
    own = np.array([relative_gaps(a, b) for a, b in zip(trial.expected, trial.tighter, strict=True)])
    if not tight.refused:
        theirs = [relative_gaps(a, b) for a, b in zip(found.values, tight.values, strict=True)]
        own = own + np.array(theirs)
    excess = apart / np.maximum(WITHIN, _MARGIN * own)
    condition, column = np.unravel_index(int(np.argmax(excess)), excess.shape)
    if excess[condition, column] <= 1:
        return f"{apart.max():.2g} (own errors {own[condition, column]:.2g})"
    change = trial.conditions[int(condition)]
    under = "nominal values" if change is None else f"{change.id} = {change.value:g}"
    name = trial.seen[int(column)].id
    return f"{DIFFERS}: {name} by {apart[condition, column]:.2g} of its peak under {under}"


def reduce_and_run(
    path: str, folder: Path, tolerance: str, everything: bool, tell: Progress
) -> dict[str, Any]:
    """{"row": the fields of a row, "trial": what the other tools are to do or None}, from this process."""
    row = PortabilityRow(path, "")
    trial: Trial | None = None
    try:
        row, trial = _reduced(row, path, folder, tolerance, everything, tell)
    except NumericalError as error:
        row = replace(row, status=f"error {error.code}", detail=str(error))
    except IsthmusError as error:
        row = replace(row, status=f"refused {error.code}", detail=str(error))
    return {"row": asdict(row), "trial": None if trial is None else trial.as_json()}


def _reduced(
    row: PortabilityRow, path: str, folder: Path, tolerance: str, everything: bool, tell: Progress
) -> tuple[PortabilityRow, Trial | None]:
    from isthmus.dynamics.rates import read_rates
    from isthmus.dynamics.start import check_start
    from isthmus.formats import read_with_xml
    from isthmus.study.clock import Clock
    from isthmus.study.recipe import answer
    from isthmus.testing.kind import SMOOTH, find_kind

    tell("reading the model")
    imported, full_xml = read_with_xml(path)
    full = read_rates(imported.model)
    check_start(full)
    kind = find_kind(full)
    row = replace(row, states=len(full.states), events=len(imported.model.events))
    if kind != SMOOTH and not everything:
        return replace(row, status=OUTSIDE, detail=kind), None
    tell("asking the question")
    question, _ = choose_question(full, tolerance)
    row = replace(row, observable="; ".join(o.name for o in question.observables))
    result = answer(imported, full_xml, full, question, clock=Clock(), progress=tell)
    if not result.study.found:
        return replace(row, status=NOTHING), None
    reduced_file(folder, Path(path)).write_text(result.reduced_xml, encoding="utf-8")
    exact = result.study.chosen <= exact_position(result.study)
    row = replace(
        row,
        reduced=EXACT_ONLY if exact else CERTIFIED,
        final_states=result.study.ladder[result.study.chosen].size.states,
    )
    tell("running the reduced model")
    return tried(row, full, question, result)


def tried(
    row: PortabilityRow, full: Dynamics, question: Question, result: Result
) -> tuple[PortabilityRow, Trial]:
    """The row with what can be told here, and the trial for the other tools."""
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import check_sbml, read_bytes, read_model

    errors = check_sbml(result.reduced_xml)
    small = read_rates(read_model(result.reduced_xml))
    names = [o.name for o in question.observables]
    times = sample_times(question.horizon)
    conditions = (None, *_changes(small, full, question, names, times))
    runs = [run_under(small, names, times, condition, RTOL) for condition in conditions]
    trial = Trial(
        times,
        tuple(_seen(small, name) for name in names),
        conditions,
        np.array([observed for observed, _ in runs]),
        np.array([run_under(small, names, times, c, RTOL / 100)[0] for c in conditions]),
        _atol(runs[0][1]),
    )
    wanted = [run_under(full, names, times, _in_full(small, c), RTOL)[0] for c in conditions]
    far = max(
        float((np.abs(a - b).max(axis=0) / _peaks(b)).max())
        for a, b in zip(trial.expected, wanted, strict=True)
    )
    from_text = read_rates(read_bytes(result.reduced_ant.encode(), "reduced.ant").model)
    there = [name if name in from_text.model.ids else f"{name}_" for name in names]
    off = float(relative_gaps(run_under(from_text, there, times, None, RTOL)[0], trial.expected[0]).max())
    return replace(
        row,
        status=INVALID if errors else SAME if off <= WITHIN else DIFFERS,
        invalid=len(errors),
        error=far,
        antimony=f"{off:.2g}",
        changed="; ".join(f"{c.id} {c.before:g} → {c.value:g}" for c in conditions if c is not None),
        detail="; ".join(errors[:2]),
    ), trial


def run_under(
    dynamics: Dynamics, names: Sequence[str], times: Floats, change: Change | None, rtol: float
) -> tuple[Floats, Floats]:
    """(the observed curves, the states) of a model with one quantity changed."""
    from isthmus.algebra.expression import symbol
    from isthmus.model.question import Observable
    from isthmus.simulate.rates import simulate

    found = simulate(
        dynamics,
        float(times[-1]),
        times=times.tolist(),
        quantities={} if change is None else {change.id: change.value},
        observables=[Observable(name, symbol(name)) for name in names],
        rtol=rtol,
        max_steps=1_000_000,
    )
    return np.asarray(found.observed), np.asarray(found.values)


def _changes(
    small: Dynamics, full: Dynamics, question: Question, names: Sequence[str], times: Floats
) -> list[Change]:
    """The two quantities of the domain, of a few tried, that move the observables most."""
    ranges = {item.quantity for item in question.domain.ranges}
    choices = [
        (name, float(value))
        for name, value in zip(small.quantities, small.nominal, strict=True)
        if value and name in small.model.ids and _can_be_set(small, name) and _origin(small, name) in ranges
    ]
    before = run_under(small, names, times, None, 1e-6)[0]
    moved: list[tuple[float, Change]] = []
    for name, value in choices[:: max(1, len(choices) // _TRIED)]:
        kind = "concentration" if name in small.model.species_by_id else "parameter"
        change = Change(name, value * _FACTORS[0], value, kind)
        moved.append(
            (float(relative_gaps(run_under(small, names, times, change, 1e-6)[0], before).max()), change)
        )
    moved.sort(key=lambda pair: -pair[0])
    return [
        replace(change, value=change.before * factor)
        for (_, change), factor in zip(moved[: len(_FACTORS)], _FACTORS, strict=False)
    ]


def _can_be_set(dynamics: Dynamics, name: str) -> bool:
    """Whether every tool has one meaning for setting it: no volume, no amount."""
    species = dynamics.model.species_by_id.get(name)
    if species is not None:
        return not (species.initial_is_amount or species.substance_only)
    return name in dynamics.model.parameters_by_id


def _origin(small: Dynamics, name: str) -> str:
    """The quantity of the full model that a quantity of the reduced one is."""
    parameter = small.model.parameters_by_id.get(name)
    return parameter.initial_of if parameter is not None and parameter.initial_of else name


def _in_full(small: Dynamics, change: Change | None) -> Change | None:
    return None if change is None else replace(change, id=_origin(small, change.id))


def _seen(dynamics: Dynamics, name: str) -> Seen:
    species = dynamics.model.species_by_id.get(name)
    if species is None or not species.substance_only:
        return Seen(name)
    return Seen(name, True, species.compartment)


def _atol(states: Floats) -> float:
    """As fine beside the smallest state as the relative tolerance is; other tools have one for all states.

    A state below 10⁻¹² of the largest is a trace that would only stop them.
    """
    peaks = np.abs(states).max(axis=0)
    smallest = float(peaks[peaks > 1e-12 * peaks.max(initial=0.0)].min(initial=1.0))
    return float(np.clip(RTOL * smallest, _SMALLEST_ATOL, ATOL))


def _peaks(curves: Floats) -> Floats:
    peaks = np.abs(curves).max(axis=0)
    return np.asarray(np.where(peaks > 0, peaks, 1.0))
