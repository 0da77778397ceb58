"""The laws before and after, and the lumped parameters in them."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.algebra.presentation import name_markup
from isthmus.records.law import Law
from isthmus.records.study import Study
from isthmus.report.markup import code, folded, formula, section, table, text
from isthmus.report.svg import shown

_MOST = 40


def render(study: Study) -> str:
    """Lumped parameters, changed laws, and the unchanged ones folded away."""
    changed = [law for law in study.laws if law.changed]
    kept = [law for law in study.laws if not law.changed]
    parts = [_lumped(study)]
    if changed:
        parts.append("<h3>Laws that changed</h3>" + _table(changed[:_MOST]))
        if len(changed) > _MOST:
            parts.append(folded(f"{len(changed) - _MOST} more laws that changed", _table(changed[_MOST:])))
    if kept:
        count = "one law" if len(kept) == 1 else f"{len(kept)} laws"
        parts.append(folded(f"{count} that stayed as before", _table(kept)))
    if not study.laws:
        parts.append("<p>No law was recorded.</p>")
    return section("laws", "The laws", "".join(parts))


def _lumped(study: Study) -> str:
    if not study.lumped:
        return ""
    rows = [
        (
            f"<math>{name_markup(item.id)}</math>",
            formula(item.formula),
            text(f"{shown(item.value, 4)} {item.unit}".strip()),
            text(item.meaning),
        )
        for item in study.lumped
    ]
    lead = (
        "<p>Each is one name for a combination of original parameters;"
        " those that appear in combinations only can no longer"
        " be told apart from the observables.</p>"
    )
    head = ("parameter", "definition", "nominal value", "meaning")
    return f"<h3>Lumped parameters</h3>{lead}{table(head, rows, numeric=frozenset({2}))}"


def _table(laws: Sequence[Law]) -> str:
    rows = [(_target(law), formula(law.before), formula(law.after)) for law in laws]
    return table(("", "before", "after"), rows)


def _target(law: Law) -> str:
    name = name_markup(law.target)
    match law.role:
        case "rate":
            return f"rate of {code(law.target)}"
        case "derivative":
            return (
                f"<math><mfrac><mrow><mi>d</mi>{name}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac></math>"
            )
        case "initial":
            return f"<math>{name}<mo>(</mo><mn>0</mn><mo>)</mo></math>"
        case "event":
            return f"<math>{name}</math>, set by {code(law.event)}"
    return f"<math>{name}</math>"
