"""Two models, whoever made them, and whether the simpler one shows the same."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.records.certificate import Certificate
from isthmus.study.question import Asked, ask
from isthmus.study.session import certify_pair, open_model


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
    before, after_model = open_model(full), open_model(reduced)
    asked = Asked(tuple(observe), tolerance, horizon, after, tuple(vary), seed, metric or "peak")
    return certify_pair(before, after_model, ask(before.dynamics, asked))
