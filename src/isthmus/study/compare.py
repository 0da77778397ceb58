"""Two models, whoever made them, and whether the simpler one shows the same."""

from __future__ import annotations

from isthmus.records.certificate import Certificate
from isthmus.study.inputs import parse_inputs
from isthmus.study.question import Asked, ask
from isthmus.study.session import certify_pair, open_model


def compare(full: str, reduced: str, asked: Asked) -> Certificate:
    """An exact certificate where the two are proved to be the same, else a sampled one over the domain.

    This is its only attempt. Inputs drive both models; one that the reduced model does not have cannot act.

    Raises UsageError, ModelError, NumericalError.
    """
    before, after = open_model(full).with_inputs(*asked.inputs), open_model(reduced)
    known = parse_inputs(asked.inputs, before.model)
    after = after.with_inputs(*(i.text for i in known if i.quantity in after.model.ids))
    return certify_pair(before, after, ask(before.dynamics, asked))
