"""A certificate repeated: the two files of a folder, the same question, draws that nobody has seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.sampled import certify_sampled
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError, Where
from isthmus.formats import read_model
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.question_json import question_from_json

Record = TypeVar("Record")


def verify(directory: str | Path, seed: int = 2) -> Certificate:
    """Repeat the certificate of a folder that `reduce` wrote, on its two files as they are now.

    With the draws of another seed.

    Raises UsageError where the folder is not such a folder, or where a file is not the one that the
    certificate speaks of.
    """
    folder = Path(directory)
    question = _read(folder / "study.json", lambda document: question_from_json(document["question"]))
    issued = _read(folder / "certificate.json", Certificate.from_json)
    _require_same_question(folder / "study.json", question, issued)
    full, reduced = read_model(folder / "full.xml"), read_model(folder / "reduced.xml")
    for name, found, stated in (
        ("full.xml", full.sha256, issued.before_sha256),
        ("reduced.xml", reduced.sha256, issued.after_sha256),
    ):
        if found != stated:
            raise UsageError(
                "E-VERIFY-CHANGED",
                "the file is not the one that the certificate speaks of",
                needed=f"the file with SHA-256 {stated[:12]}…",
                advice="isthmus compare full.xml reduced.xml asks anew",
                where=Where(str(folder / name)),
            )
    if issued.strength == "exact":
        return certify_exact(full, reduced, question)
    units = full.units.time
    return certify_sampled(
        read_rates(full), read_rates(reduced), question, seed=seed, attempt=issued.attempt, time_unit=units
    ).certificate


def _require_same_question(path: Path, question: Question, issued: Certificate) -> None:
    """Refuse a question that is not the one that the certificate answers."""
    ranges = tuple((r.quantity, r.low, r.high, r.relative) for r in question.domain.ranges)
    stated = tuple((r.quantity, r.low, r.high, r.relative) for r in issued.domain_ranges)
    pairs = {
        "tolerance": (question.tolerance, issued.tolerance),
        "start of the window": (question.after, issued.after),
        "horizon": (question.horizon, issued.horizon),
        "list of observables": (tuple(o.name for o in question.observables), issued.observables),
    }
    if issued.strength == "sampled":
        pairs["domain"] = (ranges, stated)
    for what, (asked, certified) in pairs.items():
        if asked != certified:
            raise UsageError(
                "E-VERIFY-CHANGED",
                f"the {what} of the question is not the one that the certificate speaks of",
                needed="study.json and certificate.json of one study, as isthmus wrote them",
                advice="isthmus compare full.xml reduced.xml asks anew",
                where=Where(str(path)),
            )


def _read(path: Path, parse: Callable[[dict[str, Any]], Record]) -> Record:
    """A document as a record; UsageError where it is not the one that isthmus wrote."""
    try:
        return parse(_document(path))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UsageError(
            "E-VERIFY-FOLDER",
            f"cannot be understood: {type(error).__name__}: {error}",
            needed="the file as isthmus wrote it, by this version",
            where=Where(str(path)),
        ) from error


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            "E-VERIFY-FOLDER",
            f"cannot be read: {error.strerror}",
            needed="a folder that `isthmus reduce` wrote, with a certificate",
            where=Where(str(path)),
        ) from None
    except ValueError:
        raise UsageError(
            "E-VERIFY-FOLDER", "is not JSON", needed="the file as isthmus wrote it", where=Where(str(path))
        ) from None
    if not isinstance(document, dict):
        raise UsageError(
            "E-VERIFY-FOLDER",
            "holds no object",
            needed="the file as isthmus wrote it",
            where=Where(str(path)),
        )
    return document
