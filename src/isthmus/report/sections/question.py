"""The question that the model had to answer."""

from __future__ import annotations

from isthmus.algebra.presentation import to_presentation
from isthmus.records.certificate import Certificate
from isthmus.records.study import Study
from isthmus.report.markup import code, facts, folded, formula, section, text
from isthmus.report.svg import percent
from isthmus.report.wording import METRICS, domain_lines, input_lines, window_text

_FEW = 12


def render(study: Study) -> str:
    """Observables, tolerance, window, metric and domain."""
    question = study.question
    rows = [
        ("what to see", "<br>".join(_observable(study, index) for index in range(len(question.observables)))),
        ("how well", f"within {text(percent(question.tolerance))}"),
        ("error", text(METRICS.get(question.metric, question.metric))),
        (
            "window",
            f"{text(window_text(study))} <span class='aside'>({text(question.horizon_reason)})</span>",
        ),
        ("conditions", _domain(study, study.certificate)),
        ("seed", text(question.seed)),
    ]
    return section("question", "The question", facts(rows))


def _observable(study: Study, index: int) -> str:
    observable = study.question.observables[index]
    if observable.formula.op == "symbol" and observable.formula.value == observable.name:
        return code(observable.name)
    from isthmus.algebra.infix_printer import infix
    from isthmus.records.law import Formula

    shape = Formula(infix(observable.formula), mathml=to_presentation(observable.formula))
    return f"{code(observable.name)} = {formula(shape)}"


def _domain(study: Study, certificate: Certificate | None) -> str:
    lines = domain_lines(study.question)
    inputs = input_lines(study.question)
    if not lines and not inputs:
        return "the nominal values only"
    sentence = f"<p>{text(certificate.domain)}</p>" if certificate is not None and certificate.domain else ""
    groups = [f"<li>{text(line)}</li>" for line in inputs]
    for bounds, quantities in lines:
        names = ", ".join(code(name) for name in quantities)
        shown = (
            names if len(quantities) <= _FEW else folded(f"{len(quantities)} quantities", f"<p>{names}</p>")
        )
        groups.append(f"<li>{text(bounds)}: {shown}</li>")
    return f"{sentence}<ul>{''.join(groups)}</ul>"
