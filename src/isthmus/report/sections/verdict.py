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
        f'<p class="headline">{text(verdict.headline)}</p>{_sentence(verdict.sentence)}'
        f'<div class="tiles">{tiles}</div></section>'
    )


def _sentence(sentence: str) -> str:
    """The claim large, and how it is known and what is not under it in small print."""
    claim, _, rest = sentence.partition("; ")
    details = f'<p class="details">{text(rest[:1].upper() + rest[1:])}</p>' if rest else ""
    return f'<p class="sentence">{text(claim)}{"" if claim.endswith(".") else "."}</p>{details}'


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
                f"worst error ({percent(certificate.tolerance)} allowed)",
            )
        )
    if certificate is not None and certificate.draws:
        numbers.append((f"{certificate.failures} of {certificate.draws}", "conditions violate"))
    chosen: Rung = study.ladder[study.chosen]
    if math.isfinite(chosen.speed) and study.chosen > 0:
        numbers.append((speed_text(chosen.speed), "the full model's speed"))
    if study.seconds:
        numbers.append((f"{shown(sum(study.seconds.values()))} s", "to find and test it"))
    return numbers
