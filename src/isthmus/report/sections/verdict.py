"""What was found, in one glance: the verdict, its sentence, and the numbers behind it."""

from __future__ import annotations

import math

from isthmus.records.ladder import Rung
from isthmus.records.study import Study
from isthmus.report.markup import text
from isthmus.report.svg import percent, shown
from isthmus.report.wording import speed_text, verdict_of

_SIGNS = {"good": "✓", "bad": "✗", "unsure": "?"}


def render(study: Study) -> str:
    """The banner at the top of the page."""
    verdict = verdict_of(study)
    tiles = "".join(
        f'<div class="tile"><div class="value">{text(value)}</div><div class="name">{text(name)}</div></div>'
        for value, name in _numbers(study)
    )
    return (
        f'<section id="verdict" class="verdict {verdict.tone}">'
        f'<p class="badge"><span aria-hidden="true">{_SIGNS[verdict.tone]}</span> {text(verdict.word)}</p>'
        f'<p class="headline">{text(verdict.headline)}</p><p class="sentence">{text(verdict.sentence)}</p>'
        f'<div class="tiles">{tiles}</div></section>'
    )


def _numbers(study: Study) -> list[tuple[str, str]]:
    before, after = study.before, study.after
    numbers = [
        (f"{before.states} → {after.states}", "states"),
        (f"{before.terms} → {after.terms}", "terms"),
        (f"{before.parameters} → {after.parameters}", "parameters"),
    ]
    certificate = study.certificate
    if certificate is not None and certificate.worst_error is not None:
        numbers.append(
            (
                percent(certificate.worst_error),
                f"worst error met (tolerance {percent(certificate.tolerance)})",
            )
        )
    if certificate is not None and certificate.draws:
        numbers.append((f"{certificate.failures} of {certificate.draws}", "test conditions violate"))
    chosen: Rung = study.ladder[study.chosen]
    if math.isfinite(chosen.speed) and study.chosen > 0:
        numbers.append((speed_text(chosen.speed), "faster to run"))
    if study.seconds:
        numbers.append((f"{shown(sum(study.seconds.values()))} s", "to find and test it"))
    return numbers
