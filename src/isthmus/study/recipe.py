"""The whole path: a file and a question in; a ladder, a chosen model and a certificate out."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from isthmus.certify.attempts import Attempts
from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.identity import question_key
from isthmus.certify.sampled import Settings, certify_sampled
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import NothingWithinTolerance
from isthmus.formats import Imported, antimony_text, read, read_model, sbml_text, write_sbml
from isthmus.model.model import Model
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.overlay import Overlay
from isthmus.records.progress import Progress, ignore_progress
from isthmus.records.provenance import collect_provenance
from isthmus.records.scales import Scales
from isthmus.records.study import Study
from isthmus.records.trajectory import Trajectory
from isthmus.scales.spectrum import JacobianSpectrum
from isthmus.simulate.rates import run, simulate
from isthmus.study.core import make_bench, read_core
from isthmus.study.laws import find_laws, find_lumped, find_totals
from isthmus.study.question import Asked, ask
from isthmus.study.search.ladder import Foothold, climb_down
from isthmus.study.search.search import Descent, Effort, search
from isthmus.study.size import find_size

_OVERLAY_POINTS = 400
_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A study and its files: full_xml as read, the reduced model as SBML and Antimony, the trajectories of both."""

    study: Study
    full_xml: bytes
    reduced_xml: str
    reduced_ant: str
    trajectories: Trajectory | None


@dataclass(frozen=True, slots=True, eq=False)
class _Issued:
    """A rung with the certificate that was issued on its file as read back."""

    position: int
    certificate: Certificate
    reduced: Dynamics
    reduced_xml: str


def make_question(
    imported: Imported,
    observe: Sequence[str],
    tolerance: str = "1%",
    horizon: str | None = None,
    after: str | None = None,
    vary: Sequence[str] = (),
    seed: int = 1,
    metric: str | None = None,
) -> Question:
    """The question that these texts ask about a model; UsageError for what cannot be asked."""
    asked = Asked(tuple(observe), tolerance, horizon, after, tuple(vary), seed, metric or "peak")
    return ask(read_rates(imported.model), asked)


def reduce(
    source: str,
    *,
    observe: Sequence[str],
    tolerance: str = "1%",
    horizon: str | None = None,
    after: str | None = None,
    vary: Sequence[str] = (),
    seed: int = 1,
    metric: str | None = None,
    allow_implicit: bool = False,
    command: str = "",
    progress: Progress = ignore_progress,
    effort: Effort | None = None,
) -> Result:
    """Find and certify the simplest model that still answers the question.

    Raises UsageError, ModelError or NumericalError where the question cannot be asked of this model. Ctrl-C during the search gives an
    interrupted study with the rungs found so far.
    """
    clock = _Clock()
    progress("reading the model")
    imported, full_xml = _load(source)
    full = read_rates(imported.model)
    clock.lap("read")
    progress("asking the question")
    question = ask(
        full, Asked(tuple(observe), tolerance, horizon, after, tuple(vary), seed, metric or "peak")
    )
    clock.lap("question")
    core = read_core(imported.model, question)
    bench, notes = make_bench(core, question)
    nominal = run(core, question.horizon)
    scales = JacobianSpectrum().analyse(
        core, nominal.solution.t, nominal.solution.x, nominal.parameters, question.horizon
    )
    clock.lap("scales")
    descent, interrupted = Descent(), False
    labels = [f"{term.owner}" for term in core.terms]
    try:
        search(bench, labels, effort or Effort(), progress, descent)
    except KeyboardInterrupt:
        interrupted = True
    clock.lap("search")
    progress("judging the rungs")
    ladder = climb_down(
        bench,
        imported.model,
        [hold.reduction for hold in descent.holds],
        [hold.reduction for hold in descent.beyond],
        descent.answers,
    )
    clock.lap("ladder")
    issued: _Issued | None = None
    if not interrupted:
        issued = _certify(imported.model, full, ladder, question, progress)
        clock.lap("certificate")
    study = _study(
        imported,
        full,
        question,
        ladder,
        issued,
        scales,
        (*notes, *descent.notes),
        clock,
        interrupted,
        command or _command(source, observe, tolerance),
    )
    if issued is None:
        return Result(study, full_xml, "", "", None)
    trajectories = simulate(
        issued.reduced, question.horizon, points=_OVERLAY_POINTS, observables=question.observables
    )
    return Result(study, full_xml, issued.reduced_xml, antimony_text(issued.reduced.model), trajectories)


def _load(source: str) -> tuple[Imported, bytes]:
    """(the model, full.xml): an SBML file verbatim; Antimony is written as SBML and read back from that."""
    imported = read(source)
    path = Path(source)
    data = path.read_bytes() if path.is_file() else source.encode()
    if data.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        return imported, data
    text = sbml_text(imported.model)
    again = read(text)
    return replace(again, model=replace(again.model, source=imported.model.source)), text.encode()


def _certify(
    model: Model, full: Dynamics, ladder: Sequence[Foothold], question: Question, progress: Progress
) -> _Issued | None:
    """A certificate for the simplest rung that gets one; each try spends its share of the error probability."""
    attempts = Attempts(question_key(question))
    issued: _Issued | None = None
    within = [i for i, hold in enumerate(ladder) if hold.written is not None and hold.within]
    for position in reversed(within[-_MOST_ATTEMPTS:]):
        hold = ladder[position]
        assert hold.written is not None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "reduced.xml"
            write_sbml(hold.written.model, path)
            text, after = path.read_text(encoding="utf-8"), read_model(path)
        reduced = read_rates(after)
        if hold.reduction.is_trivial:
            progress("proving the exact reduction")
            proof = certify_exact(model, after, question)
            if proof.kept:
                return _Issued(position, proof, reduced, text)
        settings = Settings(progress=lambda done, total: progress("certifying on fresh draws", done, total))
        sampled = certify_sampled(
            full, reduced, question, attempts=attempts, settings=settings, time_unit=model.units.time
        )
        attempts = sampled.attempts
        issued = _Issued(position, sampled.certificate, reduced, text)
        if sampled.certificate.kept:
            return issued
    return issued


def _study(
    imported: Imported,
    full: Dynamics,
    question: Question,
    ladder: Sequence[Foothold],
    issued: _Issued | None,
    scales: Scales,
    notes: Sequence[str],
    clock: _Clock,
    interrupted: bool,
    command: str,
) -> Study:
    model = imported.model
    hashes = {"full.xml": model.sha256}
    laws, lumped, totals, after = (), (), (), ladder[0].rung.size
    reduced = full
    if issued is not None:
        reduced = issued.reduced
        chosen = ladder[issued.position]
        assert chosen.written is not None
        hashes["reduced.xml"] = reduced.model.sha256
        laws = find_laws(model, reduced.model)
        lumped = find_lumped(chosen.written.realised, reduced)
        totals = find_totals(chosen.written.realised, reduced)
        after = chosen.rung.size
    return Study(
        model=model.name or model.id,
        question=question,
        before=find_size(model),
        after=after,
        ladder=tuple(hold.rung for hold in ladder),
        chosen=issued.position if issued is not None else 0,
        certificate=issued.certificate if issued is not None else None,
        laws=laws,
        lumped=lumped,
        totals=totals,
        scales=scales.lines(),
        overlay=_overlay(full, reduced, question),
        provenance=collect_provenance(command, question.seed, model.source, hashes),
        notes=(*(str(loss) for loss in imported.losses), *notes),
        seconds=clock.laps,
        time_unit=model.units.time,
        interrupted=interrupted,
    )


def _overlay(full: Dynamics, reduced: Dynamics, question: Question) -> Overlay:
    def curves(dynamics: Dynamics) -> Trajectory:
        return simulate(dynamics, question.horizon, points=_OVERLAY_POINTS, observables=question.observables)

    first, second = curves(full), curves(reduced)
    peaks = [float(abs(column).max()) for column in first.observed.T]
    return Overlay(
        tuple(map(float, first.times)),
        tuple(o.name for o in question.observables),
        tuple(tuple(map(float, column)) for column in first.observed.T),
        tuple(tuple(map(float, column)) for column in second.observed.T),
        tuple(peak or 1.0 for peak in peaks),
    )


def _command(source: str, observe: Sequence[str], tolerance: str) -> str:
    named = " ".join(f"--observe {shlex.quote(name)}" for name in observe)
    return f"isthmus reduce {shlex.quote(source)} {named} --tolerance {tolerance}"


class _Clock:
    """Wall time by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = perf_counter()
        self.laps[stage] = now - self._last
        self._last = now


__all__ = ["NothingWithinTolerance", "Result", "make_question", "reduce"]
