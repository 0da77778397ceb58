"""A certificate as lines of text."""

from __future__ import annotations

from isthmus.records.certificate import Certificate
from isthmus.report.svg import percent, shown
from isthmus.report.terminal import Block, Grid
from isthmus.report.wording import chance_text, counted, listed, strength_text, trial_text


def certificate_blocks(certificate: Certificate) -> list[Block]:
    """The verdict, the sentence, what was tested, the counterexample, and what was not checked."""
    lines = [certificate.sentence] if certificate.sentence else []
    lines += [
        f"{listed(certificate.observables)} within {percent(certificate.tolerance)}"
        f" for {shown(certificate.after)}–{shown(certificate.horizon)}: {certificate.verdict}",
        strength_text(certificate),
        f"conditions: {certificate.domain}",
        trial_text(certificate),
    ]
    chance = chance_text(certificate)
    lines += [chance] if chance else []
    if certificate.worst_error is not None:
        lines.append(f"worst error {percent(certificate.worst_error)}")
    lines += [
        f"{name}: broken in {counted(count, 'draw')}"
        for name, count in certificate.side_conditions.items()
        if count
    ]
    blocks = [Block(f"Verdict: {certificate.verdict}", tuple(lines))]
    example = certificate.counterexample
    if example is not None:
        rows = tuple((name, shown(value, 6)) for name, value in example.values.items())
        off = f"{example.observable} is off by {percent(example.error)} at time {shown(example.time)}"
        title = f"Counterexample: {off}"
        blocks.append(Block(title, (), Grid(("quantity", "value"), rows, frozenset({1}))))
    if certificate.not_checked:
        blocks.append(Block("Not checked", certificate.not_checked))
    return blocks
