"""A certificate repeated: the two files of a folder, the same question, draws that nobody has seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.sampled import certify_sampled
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError, Where
from isthmus.formats import read_model
from isthmus.records.certificate import Certificate
from isthmus.records.question_json import question_from_json


def verify(directory: str | Path, seed: int = 2) -> Certificate:
    """Repeat the certificate of a folder that `reduce` wrote, on its two files as they are now.

    With the draws of another seed.

    Raises UsageError where the folder is not such a folder, or where a file is not the one that the
    certificate speaks of.
    """
    folder = Path(directory)
    study = _document(folder / "study.json")
    issued = Certificate.from_json(_document(folder / "certificate.json"))
    question = question_from_json(study["question"])
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
