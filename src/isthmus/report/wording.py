"""The words of a report, said the same way on paper, in the browser and on the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.study import Study
from isthmus.report.svg import percent, shown

Tone = Literal["good", "bad", "unsure"]

METRICS: Final = {
    "peak": "largest difference in the window, divided by that condition's own peak",
    "range": "largest difference in the window, divided by that condition's own range",
    "features": "difference in period, amplitude and mean; phase is not compared",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict for a person: a word, its tone, a headline and the sentence."""

    word: str
    tone: Tone
    headline: str
    sentence: str


def verdict_of(study: Study) -> Verdict:
    """What the study found, in one headline and one sentence."""
    certificate = study.certificate
    if study.interrupted:
        return Verdict("Interrupted", "unsure", "Stopped before the end", _interrupted_sentence(study))
    if study.chosen == 0:
        return Verdict(
            "Nothing smaller", "bad", "No smaller model answers the question", _nothing_sentence(study)
        )
    if certificate is None:
        return Verdict(
            "Not certified", "unsure", _headline(study), "No certificate was issued for this model."
        )
    if certificate.verdict == "kept":
        return Verdict("Certified", "good", _headline(study), sentence_of(study, certificate))
    if certificate.verdict == "broken":
        return Verdict("Broken", "bad", "The simpler model fails the test", sentence_of(study, certificate))
    return Verdict("Undecided", "unsure", "The test could not decide", sentence_of(study, certificate))


def _headline(study: Study) -> str:
    before, after = study.before, study.after
    if before.states != after.states:
        return f"{counted(before.states, 'state')} become {after.states}"
    return f"{counted(before.terms, 'term')} become {after.terms}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 state, 2 states."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _interrupted_sentence(study: Study) -> str:
    found = counted(len(study.ladder), "model")
    return f"The search was stopped after {found}, shown below; none of them is certified."


def _nothing_sentence(study: Study) -> str:
    names = listed([observable.name for observable in study.question.observables])
    return f"No smaller model keeps {names} within {percent(study.question.tolerance)} over the whole domain."


def sentence_of(study: Study, certificate: Certificate) -> str:
    """The certificate's own sentence, or one made from its numbers."""
    if certificate.sentence:
        return certificate.sentence
    names = listed(certificate.observables)
    claim = {"kept": "is within", "broken": "leaves", "undecided": "may or may not be within"}[
        certificate.verdict
    ]
    return f"{names} {claim} {percent(certificate.tolerance)} for {window_text(study)}: {certificate.domain}."


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names joined with commas and a last "and"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def window_text(study: Study) -> str:
    """The window of time in the model's own unit."""
    question = study.question
    return f"{shown(question.after)}–{shown(question.horizon)} {study.time_unit}".strip()


def domain_lines(question: Question) -> list[tuple[str, list[str]]]:
    """(bounds in words, quantities) for each distinct range of the domain, most common first.

    Without the levels of inputs, of which `input_lines` speaks.
    """
    groups: dict[str, list[str]] = {}
    levels = {level for scheduled in question.domain.inputs for level in scheduled.levels}
    for span in question.domain.ranges:
        if span.quantity in levels:
            continue
        unit = " × its value" if span.relative else ""
        groups.setdefault(f"{shown(span.low)} … {shown(span.high)}{unit}", []).append(span.quantity)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def input_lines(question: Question) -> list[str]:
    """Each input of the domain in words, with its text."""
    return [f"{scheduled.words} ({scheduled.text})" for scheduled in question.domain.inputs]


def strength_text(certificate: Certificate) -> str:
    """What kind of knowledge the certificate holds, and how much."""
    if certificate.strength == "exact":
        return (
            "exact: proved algebraically in rational numbers, so it holds for every value of every parameter"
        )
    if certificate.strength == "bounded":
        return "bounded: a rigorous bound over the whole domain, in outward-rounded arithmetic"
    if certificate.strength == "refused":
        return f"refused ({certificate.reason})" if certificate.reason else "refused"
    return "sampled: tested on conditions that the search never saw, drawn independently from the domain"


def trial_text(certificate: Certificate) -> str:
    """Draws, failures and what they allow one to say."""
    if certificate.draws == 0:
        return "no draw was needed" if certificate.strength == "exact" else "no condition was tried"
    failed = "none violated" if certificate.failures == 0 else f"{certificate.failures} violated"
    text = f"{certificate.draws} conditions tried, {failed} (at most {certificate.allowed_failures} allowed)"
    if certificate.undecided_draws:
        text += f"; {certificate.undecided_draws} of them could not be verified and count as violations"
    return text


def chance_text(certificate: Certificate) -> str:
    """The statistical statement, "" where there is none."""
    if (
        certificate.strength != "sampled"
        or certificate.violation_probability is None
        or certificate.confidence is None
    ):
        return ""
    bound = percent(certificate.violation_probability)
    return (
        f"at most {bound} of the conditions violate the tolerance,"
        f" with {percent(certificate.confidence)} confidence"
        f" (attempt {certificate.attempt} for this question)"
    )


def speed_text(ratio: float) -> str:
    """A run-time ratio, full over reduced: "12×" is twelve times as fast."""
    if not ratio > 0:
        return "–"
    return f"{shown(ratio, 2)}×"


def rung_name(position: int) -> str:
    """How the text calls a rung."""
    return "full model" if position == 0 else f"rung {position}"
