"""A question as lines of text, for a dry run."""

from __future__ import annotations

from isthmus.algebra.infix_printer import infix
from isthmus.model.question import Question
from isthmus.report.svg import percent, shown
from isthmus.report.terminal import Block
from isthmus.report.wording import METRICS, domain_lines, input_lines


def question_block(question: Question) -> Block:
    """Observables, tolerance, window, metric and domain."""
    lines = [
        f"observe {observable.name} = {infix(observable.formula)}" for observable in question.observables
    ]
    lines += [
        f"within {percent(question.tolerance)}: {METRICS.get(question.metric, question.metric)}",
        f"from {shown(question.after)} to {shown(question.horizon)} ({question.horizon_reason})",
    ]
    lines += [f"input {line}" for line in input_lines(question)]
    lines += [f"vary {', '.join(names)}: {bounds}" for bounds, names in domain_lines(question)]
    return Block("Question", (*lines, f"seed {question.seed}"))
