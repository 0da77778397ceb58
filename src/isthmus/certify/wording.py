"""A certificate in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isthmus.certify.clopper_pearson import Plan
from isthmus.model.domain import domain_text
from isthmus.model.question import Question


def percent(value: float) -> str:
    """0.05 as "5 %"."""
    return f"{100 * value:.3g} %"


def claim_words(
    question: Question, metric: str, metric_notes: Sequence[str], time_unit: str
) -> tuple[str, str]:
    """(subject with its verb, predicate) of the claim: observables; tolerance, window and domain."""
    names = [observable.name for observable in question.observables]
    subject = f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"
    unit = f" {time_unit}" if time_unit else ""
    scales = {"peak": "of peak", "range": "of range", "features": "in period, amplitude and mean"}
    scale = scales.get(metric, f"({metric})")
    told = f" ({'; '.join(metric_notes)})" if metric_notes else ""
    window = f"for {question.after:g}–{question.horizon:g}{unit}"
    return subject, (
        f"within {percent(question.tolerance)} {scale}{told} {window} over {domain_text(question.domain)}"
    )


def sampled_words(
    verdict: str,
    claim: tuple[str, str],
    plan: Plan,
    counts: tuple[int, int, int],
    bounds: tuple[float, float],
    worst: str,
    not_checked: Sequence[str],
) -> str:
    """The verdict of a sampled certificate in one sentence.

    counts: (draws, failures, failures for lack of verification). bounds: (lower, upper) on the violation
    probability.
    """
    subject, predicate = claim
    draws, failures, unverified = counts
    unknown = "not checked: " + "; ".join(not_checked)
    counted = f"{failures} of {draws} draws failed, {plan.failures} of {plan.draws} are allowed"
    if verdict == "kept":
        rule = (
            f"at most {percent(plan.eta)} of conditions violate, with {percent(1 - plan.overall)} confidence"
        )
        return f"{subject} {predicate}; sampled: {rule} ({counted}; {worst}); {unknown}."
    if verdict == "broken":
        rule = (
            f"at least {percent(bounds[0])} of conditions violate, with {percent(1 - plan.delta)} confidence"
        )
        return f"{subject} not {predicate}; sampled: {rule} ({counted}; {worst}); {unknown}."
    if draws < plan.draws:
        why = f"stopped after {draws} of {plan.draws} draws"
    else:
        why = f"{counted}, {unverified} of them because the full model could not be solved reliably there"
    return f"Undecided whether {subject} {predicate}; sampled: {why}; {unknown}."


def not_checked_words(
    held: Mapping[str, str], extra: Sequence[str], horizon: float, time_unit: str
) -> tuple[str, ...]:
    """What the certificate says nothing of. held: quantities that were not varied, with the reason."""
    unit = f" {time_unit}" if time_unit else ""
    words = ["conditions outside the domain", f"times beyond {horizon:g}{unit}"]
    if held:
        by_reason: dict[str, list[str]] = {}
        for quantity, reason in held.items():
            by_reason.setdefault(reason, []).append(quantity)
        parts = [f"{_some(names)} ({reason})" for reason, names in by_reason.items()]
        words.append("other values of " + ", ".join(parts))
    words.extend(extra)
    words.append("randomness of single molecules")
    return tuple(words)


def _some(names: Sequence[str]) -> str:
    if len(names) <= 4:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
