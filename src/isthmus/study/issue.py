"""A certificate for a rung of the ladder, issued on its file as read back from disk."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.certify.attempts import Attempts
from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.identity import question_key
from isthmus.certify.sampled import Settings, certify_sampled
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.formats import read_model, write_sbml
from isthmus.model.model import Model
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.progress import Progress
from isthmus.study.lineage import with_lineage
from isthmus.study.search.ladder import Foothold
from isthmus.study.unit_labels import unit_label

_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Issued:
    """A rung with the certificate that was issued on its file as read back."""

    position: int
    certificate: Certificate
    reduced: Dynamics
    reduced_xml: str


def certify(
    model: Model, full: Dynamics, ladder: Sequence[Foothold], question: Question, progress: Progress
) -> Issued | None:
    """A certificate for the simplest rung that gets one.

    Each sampled try spends its share of the error probability; the exact rung, which needs a proof only, is
    always tried before giving up. Where nothing is certified, the last verdict is given.
    """
    attempts = Attempts(question_key(question))
    issued: Issued | None = None
    within = [i for i, hold in enumerate(ladder) if hold.written is not None and hold.within]
    approximate = [i for i in within if not ladder[i].reduction.is_trivial]
    exact = [i for i in within if ladder[i].reduction.is_trivial]
    for position in (*reversed(approximate[-_MOST_ATTEMPTS:]), *exact):
        hold = ladder[position]
        text, after = _read_back(hold, model)
        reduced = read_rates(after)
        if hold.reduction.is_trivial:
            progress("proving the exact reduction")
            proof = certify_exact(model, after, question)
            if proof.kept:
                return Issued(position, proof, reduced, text)
        settings = Settings(progress=lambda done, total: progress("certifying on fresh draws", done, total))
        units = unit_label(model, model.units.time)
        sampled = certify_sampled(
            full, reduced, question, attempts=attempts, settings=settings, time_unit=units
        )
        attempts = sampled.attempts
        issued = Issued(position, sampled.certificate, reduced, text)
        if sampled.certificate.kept:
            return issued
    return issued


def _read_back(hold: Foothold, full: Model) -> tuple[str, Model]:
    """(text, model): the rung's file as another program will find it."""
    assert hold.written is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reduced.xml"
        write_sbml(with_lineage(hold.written.model, full, hold.written.realised.members), path)
        return path.read_text(encoding="utf-8"), read_model(path)
