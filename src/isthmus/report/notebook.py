"""A study in a notebook: the whole report in a frame of its own."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from isthmus.records.study import Study
from isthmus.report.html import render_html
from isthmus.report.terminal import plain_lines, study_blocks

HEIGHT = 720


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered study: a page where HTML is shown, plain text elsewhere.

    html: the whole report, as in `report.html`. text: what the command line prints.
    """

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """The page in a sandboxed frame, so that neither its styles nor the notebook's reach the other."""
        return (
            f'<iframe sandbox srcdoc="{escape(self.html)}" title="isthmus"'
            f' style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        )


def render_page(study: Study) -> Page:
    """The study as a page; the same study gives the same page."""
    text = "\n\n".join("\n".join(plain_lines(block)) for block in study_blocks(study))
    return Page(render_html(study), text)
