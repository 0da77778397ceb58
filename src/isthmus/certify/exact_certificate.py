"""Exact certificates: the proof of `certify.exact` as a certificate."""

from __future__ import annotations

from isthmus.certify.exact import PROVED, REFUTED, prove
from isthmus.certify.mapping import need_same_values
from isthmus.model.model import Model
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate

EVERY_VALUE = "every value of every parameter and initial value"
_BEYOND = ("randomness of single molecules",)


def certify_exact(before: Model, after: Model, question: Question) -> Certificate:
    """A certificate of strength "exact" where the observables are proved to be the same, else "refused".

    Holds for all times and values, so that tolerance, window and domain of the question hold as well.
    """
    need_same_values(before, after)
    proof = prove(before, after, question.observables)
    proved = proof.verdict == PROVED
    names = ", ".join(o.name for o in question.observables)
    verb = "are" if len(question.observables) > 1 else "is"
    if proved:
        sentence = (
            f"{names} {verb} exactly the same for {EVERY_VALUE} at all times;"
            f" proved in exact rationals; not checked: {_BEYOND[0]}."
        )
    else:
        sentence = f"No proof that {names} {verb} exactly the same: {proof.reason}."
    return Certificate(
        strength="exact" if proved else "refused",
        verdict="kept" if proved else "broken" if proof.verdict == REFUTED else "undecided",
        tolerance=question.tolerance,
        worst_error=0.0 if proved else None,
        draws=0,
        failures=0,
        violation_probability=0.0 if proved else None,
        confidence=1.0 if proved else None,
        attempt=0,
        metric=question.metric,
        horizon=question.horizon,
        domain=EVERY_VALUE,
        seed=question.seed,
        before_sha256=before.sha256,
        after_sha256=after.sha256,
        not_checked=_BEYOND,
        after=question.after,
        observables=tuple(o.name for o in question.observables),
        reason="" if proved else "E-CERT-NO-PROOF",
        sentence=sentence,
    )
