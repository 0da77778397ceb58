"""Two models, whoever made them, and whether the simpler one shows the same."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.sampled import certify_sampled
from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.records.certificate import Certificate
from isthmus.study.question import Asked, ask


def compare(
    full: str,
    reduced: str,
    *,
    observe: Sequence[str],
    tolerance: str = "1%",
    horizon: str | None = None,
    after: str | None = None,
    vary: Sequence[str] = (),
    seed: int = 1,
    metric: str | None = None,
) -> Certificate:
    """An exact certificate where the two are proved to be the same, else a sampled one over the domain.

    This is its only attempt.

    Raises UsageError, ModelError, NumericalError.
    """
    before, after_model = read_model(full), read_model(reduced)
    dynamics = read_rates(before)
    asked = Asked(tuple(observe), tolerance, horizon, after, tuple(vary), seed, metric or "peak")
    question = ask(dynamics, asked)
    proof = certify_exact(before, after_model, question)
    if proof.kept:
        return proof
    return certify_sampled(
        dynamics, read_rates(after_model), question, attempt=0, time_unit=before.units.time
    ).certificate
