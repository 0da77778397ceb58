"""Full against reduced, one picture an observable."""

from __future__ import annotations

from isthmus.records.study import Study
from isthmus.report.markup import figure, section
from isthmus.report.pictures.overlay import draw_overlay

_LEAD = (
    "At the nominal condition. The band is the tolerance around the full model;"
    " below, the difference as a share of the scale."
)


def render(study: Study) -> str:
    """The overlay of every observable, nothing where there are no curves."""
    overlay, question = study.overlay, study.question
    if len(overlay.times) < 2:
        return ""
    pictures = [
        figure(draw_overlay(overlay, index, question.tolerance, question.after, study.time_unit), "")
        for index in range(len(overlay.observables))
    ]
    return section("curves", "Full and reduced", "".join(pictures), _LEAD)
