"""The certificate in words."""

from __future__ import annotations

from isthmus.records.certificate import Certificate, Counterexample
from isthmus.records.study import Study
from isthmus.report.markup import bullets, code, facts, folded, section, table, text
from isthmus.report.svg import percent, shown
from isthmus.report.wording import chance_text, counted, listed, strength_text, trial_text, window_text

_QUANTILES = {
    "nominal": "at nominal values",
    "p90": "90 % of conditions under",
    "p99": "99 % of conditions under",
    "median": "half of them under",
}


def render(study: Study) -> str:
    """What is known, how, for which conditions, and what nobody looked at."""
    certificate = study.certificate
    if certificate is None:
        return section(
            "certificate", "The certificate", "<p>None was issued: nothing is claimed about the error.</p>"
        )
    body = facts(_rows(study, certificate))
    body += _side_conditions(certificate)
    if certificate.counterexample is not None:
        body += _counterexample(certificate.counterexample)
    body += "<h3>Not checked</h3>"
    body += bullets(certificate.not_checked) if certificate.not_checked else "<p>Nothing is left open.</p>"
    return section("certificate", "The certificate", body)


def _rows(study: Study, certificate: Certificate) -> list[tuple[str, str]]:
    rows = [
        ("verdict", f"<strong>{text(certificate.verdict)}</strong>"),
        ("strength", text(strength_text(certificate))),
        (
            "claim",
            text(
                f"{listed(certificate.observables)} within {percent(certificate.tolerance)}"
                f" for {window_text(study)}"
            ),
        ),
        ("conditions", text(certificate.domain)),
        ("test", text(trial_text(certificate))),
    ]
    chance = chance_text(certificate)
    if chance:
        rows.append(("what it means", text(chance)))
    if certificate.worst_error is not None:
        spread = ", ".join(
            f"{_QUANTILES.get(name, name)} {percent(value)}"
            for name, value in certificate.error_quantiles.items()
            if name != "worst"
        )
        rows.append(
            (
                "error met",
                text(f"worst {percent(certificate.worst_error)}" + (f" ({spread})" if spread else "")),
            )
        )
    if certificate.reason:
        rows.append(("reason", code(certificate.reason)))
    rows.append(("beyond", text("Outside this window and these conditions nothing is claimed.")))
    return rows


def _side_conditions(certificate: Certificate) -> str:
    if not certificate.side_conditions:
        return ""
    rows = [
        (text(name), "held in every draw" if broken == 0 else text(f"broken in {counted(broken, 'draw')}"))
        for name, broken in certificate.side_conditions.items()
    ]
    return "<h3>Side conditions</h3>" + table(("condition", "result"), rows)


def _counterexample(example: Counterexample) -> str:
    values = table(
        ("quantity", "value"),
        [(code(name), text(shown(value, 6))) for name, value in example.values.items()],
        numeric=frozenset({1}),
    )
    where = f"{example.observable} is off by {percent(example.error)} at time {shown(example.time)}"
    reason = f" {example.reason}" if example.reason else ""
    return f"<h3>Counterexample</h3><p>{text(where + '.' + reason)}</p>" + folded("the condition", values)
