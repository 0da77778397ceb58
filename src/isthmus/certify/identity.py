"""What a sampled certificate is about, as a hash: a question has one key, whatever its seed."""

from __future__ import annotations

import json
from hashlib import sha256

from isthmus.algebra.flat_graph import flatten_graph
from isthmus.model.question import Question


def question_key(question: Question) -> str:
    """SHA-256 of observables, tolerance, window, metric and domain; the user's seed is not part of it."""
    rows, roots = flatten_graph([observable.formula for observable in question.observables])
    document = [
        [observable.name for observable in question.observables],
        rows,
        roots,
        float(question.tolerance).hex(),
        float(question.horizon).hex(),
        float(question.after).hex(),
        question.metric,
        [(r.quantity, float(r.low).hex(), float(r.high).hex(), r.relative) for r in question.domain.ranges],
    ]
    return sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()
