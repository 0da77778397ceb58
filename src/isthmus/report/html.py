"""The report as one HTML file: it opens offline and asks the network for nothing."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from isthmus.records.study import Study
from isthmus.report.markup import text
from isthmus.report.sections import certificate, curves, found, ladder, laws, provenance, question, verdict

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SECTIONS: Final = (verdict, question, found, ladder, curves, laws, certificate, provenance)
_ANCHORS: Final = (
    ("question", "Question"),
    ("found", "What was found"),
    ("ladder", "Ladder"),
    ("curves", "Curves"),
    ("laws", "Laws"),
    ("certificate", "Certificate"),
    ("provenance", "Provenance"),
)


def render_html(study: Study) -> str:
    """The whole page; the same study gives the same bytes."""
    style = files("isthmus.report").joinpath("style.css").read_text(encoding="utf-8")
    body = "".join(part.render(study) for part in _SECTIONS)
    links = "".join(
        f'<a href="#{anchor}">{name}</a>' for anchor, name in _ANCHORS if f'id="{anchor}"' in body
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="generator" content="isthmus"><title>{text(study.model)} – isthmus</title>'
        f"<style>{style}</style></head><body>"
        f'<header><p class="brand">isthmus</p><h1>{text(study.model)}</h1><nav>{links}</nav></header>'
        f"<main>{body}</main></body></html>\n"
    )
