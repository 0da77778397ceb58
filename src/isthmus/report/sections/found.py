"""What was found in the full model: conserved totals and time scales."""

from __future__ import annotations

from collections import Counter

from isthmus.records.study import Study
from isthmus.report.markup import bullets, code, figure, formula, section, table, text
from isthmus.report.pictures.time_scales import draw_time_scales
from isthmus.report.svg import shown

_CAPTION = (
    "One rung for each mode of the full model, slow at the top."
    " The thicker a rung, the more one species dominates the mode;"
    " the shares on the right say which. Shaded: what the experiment can see, up to the horizon."
)


def render(study: Study) -> str:
    """Notes, totals and the time-scale ladder."""
    parts = [bullets(study.notes)] if study.notes else []
    parts.append(f"<h3>Time scales</h3><p>{text(_count(study))}</p>")
    question = study.question
    parts.append(
        figure(draw_time_scales(study.scales, question.after, question.horizon, study.time_unit), _CAPTION)
    )
    parts.append(_totals(study))
    return section("found", "What was found", "".join(parts))


def _count(study: Study) -> str:
    counts = Counter(line.label for line in study.scales)
    if not counts:
        return "No time scale was found."
    spoken = ", ".join(f"{counts[label]} {label}" for label in ("fast", "slow", "frozen") if counts[label])
    return f"{len(study.scales)} modes: {spoken}."


def _totals(study: Study) -> str:
    if not study.totals:
        return "<h3>Conserved totals</h3><p>None.</p>"
    rows = [
        (code(total.id), formula(total.formula), text(f"{shown(total.value, 4)} {total.unit}"))
        for total in study.totals
    ]
    return "<h3>Conserved totals</h3>" + table(
        ("total", "is the sum", "nominal value"), rows, numeric=frozenset({2})
    )
