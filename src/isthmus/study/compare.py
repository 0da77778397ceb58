"""Two models, whoever made them, and whether the simpler one shows the same."""

from __future__ import annotations

from isthmus.records.certificate import Certificate
from isthmus.study.question import Asked, ask
from isthmus.study.session import certify_pair, open_model


def compare(full: str, reduced: str, asked: Asked) -> Certificate:
    """An exact certificate where the two are proved to be the same, else a sampled one over the domain.

    This is its only attempt.

    Raises UsageError, ModelError, NumericalError.
    """
    before, after = open_model(full), open_model(reduced)
    return certify_pair(before, after, ask(before.dynamics, asked))
