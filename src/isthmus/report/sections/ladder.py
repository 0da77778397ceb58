"""The ladder: error against size, rung by rung."""

from __future__ import annotations

from isthmus.records.ladder import Rung
from isthmus.records.study import Study
from isthmus.report.markup import figure, section, table, text
from isthmus.report.pictures.staircase import draw_staircase
from isthmus.report.svg import percent
from isthmus.report.wording import rung_name, speed_text

_HEAD = ("", "states", "reactions", "terms", "nominal", "median", "90 %", "worst", "speed", "what was done")
_CAPTION = (
    "Each step is one model, ever simpler to the right;"
    " the shading spans nominal to worst error over the conditions that the"
    " search tried. The chosen model was then certified on conditions that the search never saw."
)


def render(study: Study) -> str:
    """The staircase and its table."""
    picture = draw_staircase(study.ladder, study.chosen, study.question.tolerance)
    rows = [_row(position, rung, study) for position, rung in enumerate(study.ladder)]
    body = figure(picture, _CAPTION) + table(_HEAD, rows, numeric=frozenset(range(1, 9)), mark=study.chosen)
    return section("ladder", "The ladder", body, _lead(study))


def _lead(study: Study) -> str:
    count = len(study.ladder) - 1
    if count == 0:
        return "No simpler model was found."
    models = "one simpler model" if count == 1 else f"{count} ever simpler models"
    return f"The search kept {models}; the chosen one is marked."


def _row(position: int, rung: Rung, study: Study) -> list[str]:
    size, error = rung.size, rung.error
    steps = "<br>".join(text(step) for step in rung.steps)
    if not rung.closed_form:
        steps += '<br><span class="aside">needs an implicit solve</span>'
    name = rung_name(position) + (" (chosen)" if position == study.chosen else "")
    numbers = [size.states, size.reactions, size.terms]
    errors = [percent(value) for value in (error.nominal, error.median, error.p90, error.worst)]
    return [text(name), *map(text, numbers), *map(text, errors), text(speed_text(rung.speed)), steps]
