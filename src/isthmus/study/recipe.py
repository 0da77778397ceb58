"""The whole path: a file and a question in; a ladder, a chosen model and a certificate out."""

from __future__ import annotations

from dataclasses import dataclass

from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.formats import Imported, antimony_text, read_with_xml
from isthmus.model.question import Question
from isthmus.records.progress import Progress, ignore_progress
from isthmus.records.study import Study
from isthmus.records.trajectory import Trajectory
from isthmus.scales.spectrum import JacobianSpectrum
from isthmus.simulate.rates import run, simulate
from isthmus.study.bench import make_bench, read_core
from isthmus.study.clock import Clock
from isthmus.study.inputs import bring_in, parse_inputs
from isthmus.study.issue import Issued, certify
from isthmus.study.question import Asked, ask
from isthmus.study.search.effort import Effort
from isthmus.study.search.ladder import climb_down
from isthmus.study.search.search import Descent, search
from isthmus.study.write_up import OVERLAY_POINTS, make_study


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A study and its files.

    Full_xml as read, the reduced model as SBML and Antimony, the trajectories of both.
    """

    study: Study
    full_xml: bytes
    reduced_xml: str
    reduced_ant: str
    trajectories: Trajectory | None


def reduce(
    source: str,
    asked: Asked,
    *,
    command: str,
    allow_implicit: bool = False,
    progress: Progress = ignore_progress,
    effort: Effort | None = None,
) -> Result:
    """Find and certify the simplest model that still answers the question.

    command: what was typed, for the provenance.

    Raises UsageError, ModelError or NumericalError where the question cannot be asked of this model. Ctrl-C
    during the search gives an interrupted study with the rungs found so far.
    """
    clock = Clock()
    progress("reading the model")
    imported, full_xml = read_with_xml(source)
    imported, full_xml = bring_in(imported, full_xml, parse_inputs(asked.inputs, imported.model))
    full = read_rates(imported.model)
    clock.lap("read")
    progress("asking the question")
    question = ask(full, asked)
    clock.lap("question")
    return answer(
        imported,
        full_xml,
        full,
        question,
        clock=clock,
        allow_implicit=allow_implicit,
        command=command,
        progress=progress,
        effort=effort,
    )


def answer(
    imported: Imported,
    full_xml: bytes,
    full: Dynamics,
    question: Question,
    *,
    clock: Clock,
    allow_implicit: bool = False,
    command: str = "",
    progress: Progress = ignore_progress,
    effort: Effort | None = None,
) -> Result:
    """Search, certify and write down the answer to a question about a model that is already read.

    See `reduce`.
    """
    core = read_core(imported.model, question)
    bench, notes = make_bench(core, question)
    nominal = run(core, question.horizon)
    scales = JacobianSpectrum().analyse(
        core, nominal.solution.t, nominal.solution.x, nominal.parameters, question.horizon
    )
    clock.lap("scales")
    descent, interrupted = Descent(), False
    issued: Issued | None = None
    try:
        search(
            bench,
            [term.owner for term in core.terms],
            effort or Effort(),
            progress,
            descent,
            allow_implicit=allow_implicit,
        )
    except KeyboardInterrupt:
        interrupted = True
    clock.lap("search")
    progress("stopping: judging the rungs found so far" if interrupted else "judging the rungs")
    rungs = climb_down(
        bench,
        imported.model,
        [hold.reduction for hold in descent.holds],
        [hold.reduction for hold in descent.beyond],
        descent.answers,
        implicit=allow_implicit,
    )
    ladder = [next(rungs)]
    try:
        for rung in rungs:
            ladder.append(rung)
    except KeyboardInterrupt:
        interrupted = True
    if not descent.answers:
        descent.notes.append("no draw of the domain was tried: the errors shown are those at nominal values")
    if allow_implicit and not interrupted:
        gained = len(descent.holds) - descent.portable
        descent.notes.append(
            f"implicit laws allowed {gained} more steps than closed forms did"
            if gained
            else "implicit laws gained nothing: every accepted step has a closed form"
        )
    clock.lap("ladder")
    try:
        if not interrupted:
            issued = certify(imported.model, full, ladder, question, progress)
    except KeyboardInterrupt:
        interrupted = True
    clock.lap("certificate")
    study = make_study(
        imported,
        full,
        question,
        ladder,
        issued,
        scales,
        (*_input_notes(question), *notes, *descent.notes),
        clock,
        interrupted,
        command,
    )
    if issued is None:
        return Result(study, full_xml, "", "", None)
    trajectories = simulate(
        issued.reduced, question.horizon, points=OVERLAY_POINTS, observables=question.observables
    )
    return Result(study, full_xml, issued.reduced_xml, antimony_text(issued.reduced.model), trajectories)


def _input_notes(question: Question) -> list[str]:
    """Where the inputs are in the files."""
    return [
        f"full.xml is the model driven by {scheduled.text}, with the levels {_from_to(scheduled.levels)}"
        for scheduled in question.domain.inputs
    ]


def _from_to(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
