"""One model of a corpus through `reduce` with a question made for it, as a row of a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from isthmus.errors import IsthmusError, NumericalError, UsageError
from isthmus.testing.children import Ending, run_child
from isthmus.testing.corpus import Entry

if TYPE_CHECKING:
    from isthmus.dynamics.rates import Dynamics
    from isthmus.model.question import Question
    from isthmus.records.progress import Progress
    from isthmus.records.study import Study

ARBITRARY_HORIZON = "100"
CERTIFIED = "certified"
EXACT_ONLY = "exact only"
NOTHING = "nothing"
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class ReductionRow:
    """What became of one model.

    status: certified, exact only, nothing, outside (not smooth and autonomous), refused CODE, error CODE,
    crash or timeout. states and terms: before, after the exact steps, as chosen. oscillates: the derived
    horizon is four peaks. why: of the observable and the horizon; detail: of a refusal, a crash or a
    timeout. stage: where a run that did not end was.
    """

    model: str
    status: str
    states: int | None = None
    exact_states: int | None = None
    final_states: int | None = None
    terms: int | None = None
    exact_terms: int | None = None
    final_terms: int | None = None
    verdict: str = ""
    strength: str = ""
    failures: int | None = None
    draws: int | None = None
    worst_error: float | None = None
    violation_bound: float | None = None
    search_seconds: float | None = None
    total_seconds: float | None = None
    observable: str = ""
    horizon: float | None = None
    oscillates: str = ""
    kind: str = ""
    why: str = ""
    stage: str = ""
    detail: str = ""


def reduce_apart(entry: Entry, tolerance: str, seconds: float, everything: bool = False) -> ReductionRow:
    """The row of one model, worked out in a process of its own."""
    arguments = [str(entry.path), "--tolerance", tolerance, *(["--everything"] if everything else [])]
    ending = run_child("reduce-one", arguments, seconds)
    row = ReductionRow(**ending.answer) if ending.outcome == "done" else _unfinished(ending)
    detail = row.detail.replace(f"{entry.path.parent}/", "")
    stage = ending.stage if row.status.startswith("error") else row.stage
    return replace(row, model=entry.name, total_seconds=ending.seconds, detail=detail, stage=stage)


def _unfinished(ending: Ending) -> ReductionRow:
    return ReductionRow("", ending.outcome, stage=ending.stage, detail=ending.detail)


def reduce_one(path: str, tolerance: str, everything: bool, tell: Progress) -> dict[str, Any]:
    """The fields of a row, worked out in this process."""
    row = ReductionRow(path, "")
    try:
        return asdict(_reduce(row, path, tolerance, everything, tell))
    except NumericalError as error:
        return asdict(replace(row, status=f"error {error.code}", detail=str(error)))
    except IsthmusError as error:
        return asdict(replace(row, status=f"refused {error.code}", detail=str(error)))


def _reduce(row: ReductionRow, path: str, tolerance: str, everything: bool, tell: Progress) -> ReductionRow:
    from isthmus.dynamics.rates import read_rates
    from isthmus.dynamics.start import check_start
    from isthmus.formats import read_with_xml
    from isthmus.study.clock import Clock
    from isthmus.study.recipe import answer
    from isthmus.testing.kind import SMOOTH, find_kind

    tell("reading the model")
    began = perf_counter()
    imported, full_xml = read_with_xml(path)
    full = read_rates(imported.model)
    check_start(full)
    row = replace(row, kind=find_kind(full), states=len(full.states), terms=len(full.terms))
    if row.kind != SMOOTH and not everything:
        return replace(row, status=OUTSIDE, detail=row.kind)
    tell("asking the question")
    question, why = choose_question(full, tolerance)
    clock = Clock()
    result = answer(imported, full_xml, full, question, clock=clock, progress=tell)
    row = replace(
        row,
        observable="; ".join(o.name for o in question.observables),
        horizon=question.horizon,
        oscillates="yes" if "oscillating" in question.horizon_reason else "no",
        why=why,
        total_seconds=perf_counter() - began,
    )
    return _judged(row, result.study)


def choose_question(full: Dynamics, tolerance: str) -> tuple[Question, str]:
    """(a question, why this one): what `inspect` proposes to see, else what moves most.

    Up to the derived horizon, else to 100.
    """
    from isthmus.study.inspect import propose_observables
    from isthmus.study.question import Asked, ask

    proposals = propose_observables(full.model, full)
    moved = most_moved(full)
    choices: list[tuple[tuple[str, ...], str]] = []
    if proposals:
        choices.append((tuple(p.observable for p in proposals), f"proposed: {proposals[0].why}"))
    if moved:
        choices.append(((moved,), "moves most of all, relative to its peak"))
    for observe, why in choices:
        try:
            return ask(full, Asked(observe, tolerance)), why
        except (UsageError, NumericalError) as error:
            if error.code not in ("E-NO-HORIZON", "E-INTEGRATION"):
                raise
    observe, why = choices[-1] if choices else ((), "")
    asked = Asked(observe, tolerance, ARBITRARY_HORIZON)
    return ask(full, asked), f"{why}; no horizon can be derived"


def most_moved(full: Dynamics) -> str:
    """The last state among those whose range is largest beside their peak, up to 100; "" for none."""
    import numpy as np

    from isthmus.simulate.rates import run

    done = run(full, float(ARBITRARY_HORIZON))
    curves = done.solution.x
    peaks = np.abs(curves).max(axis=0)
    moved = np.ptp(curves, axis=0) / np.where(peaks > 0, peaks, 1.0)
    if not len(moved) or moved.max() <= 0:
        return ""
    return full.states[int(np.flatnonzero(moved >= 0.99 * moved.max())[-1])]


def _judged(row: ReductionRow, study: Study) -> ReductionRow:
    exact = exact_position(study)
    smallest = study.ladder[study.chosen].size if study.found else study.before
    status = NOTHING if not study.found else EXACT_ONLY if study.chosen <= exact else CERTIFIED
    row = replace(
        row,
        status=status,
        states=study.before.states,
        exact_states=study.ladder[exact].size.states,
        final_states=smallest.states,
        terms=study.before.terms,
        exact_terms=study.ladder[exact].size.terms,
        final_terms=smallest.terms,
        search_seconds=study.seconds["search"],
        detail=" | ".join(study.notes),
    )
    if study.certificate is None:
        return row
    issued = study.certificate
    return replace(
        row,
        verdict=issued.verdict,
        strength=issued.strength,
        failures=issued.failures,
        draws=issued.draws,
        worst_error=issued.worst_error,
        violation_bound=issued.violation_probability,
        detail=row.detail or issued.reason,
    )


def exact_position(study: Study) -> int:
    """The rung that the exact steps alone reach; 0 where they change nothing."""
    has_one = len(study.ladder) > 1 and study.ladder[1].steps[0].startswith("exact:")
    return 1 if has_one else 0
