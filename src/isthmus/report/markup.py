"""HTML from data: everything a model or a person wrote is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final
from xml.etree import ElementTree

from isthmus.records.law import Formula

_MATH_TAGS: Final = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mfrac",
        "msup",
        "msub",
        "msubsup",
        "msqrt",
        "mtable",
        "mtr",
        "mtd",
        "mtext",
        "mspace",
    ]
)
_MATH_ATTRIBUTES: Final = frozenset({"mathvariant", "width", "columnalign"})


def text(value: object) -> str:
    """Anything as escaped text."""
    return escape(str(value))


def code(value: object) -> str:
    """Escaped text in the code font."""
    return f"<code>{text(value)}</code>"


def section(anchor: str, title: str, body: str, lead: str = "") -> str:
    """A section with a heading and, under it, a sentence that says what is to be seen (escaped here)."""
    introduction = f'<p class="lead">{text(lead)}</p>' if lead else ""
    return f'<section id="{text(anchor)}"><h2>{text(title)}</h2>{introduction}{body}</section>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: frozenset[int] = frozenset(),
    mark: int = -1,
) -> str:
    """A table; cells are markup already, `numeric` columns align right, row `mark` stands out."""
    heads = "".join(f"<th{_right(i, numeric)}>{text(name)}</th>" for i, name in enumerate(head))
    lines, chosen = [], ' class="chosen"'
    for position, row in enumerate(rows):
        cells = "".join(f"<td{_right(i, numeric)}>{cell}</td>" for i, cell in enumerate(row))
        lines.append(f"<tr{chosen if position == mark else ''}>{cells}</tr>")
    body = "".join(lines)
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _right(column: int, numeric: frozenset[int]) -> str:
    return ' class="number"' if column in numeric else ""


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values, values being markup."""
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def bullets(items: Iterable[str]) -> str:
    """A list of plain sentences."""
    return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>"


def folded(summary: str, body: str) -> str:
    """Something long that opens on a click; it is printed open."""
    return f"<details><summary>{text(summary)}</summary>{body}</details>"


def figure(picture: str, caption: str) -> str:
    """A picture with its caption (text, escaped here)."""
    below = f"<figcaption>{text(caption)}</figcaption>" if caption else ""
    return f"<figure>{picture}{below}</figure>"


def formula(value: Formula | None) -> str:
    """A formula as MathML where it is known and harmless, else as text; a dash for none."""
    if value is None:
        return '<span class="none">–</span>'
    drawn = clean_math(value.mathml)
    if drawn:
        return f'<span title="{text(value.infix)}">{drawn}</span>'
    if len(value.infix) > 400:
        return folded(f"formula of {len(value.infix)} characters", code(value.infix))
    return code(value.infix)


def clean_math(markup: str) -> str:
    """The MathML rebuilt from known elements and attributes only; "" where it holds anything else."""
    if not markup or "<!" in markup or "<?" in markup:
        return ""
    try:
        root = ElementTree.fromstring(markup)
    except ElementTree.ParseError:
        return ""
    for element in root.iter():
        if element.tag not in _MATH_TAGS or not _MATH_ATTRIBUTES.issuperset(element.attrib):
            return ""
    return ElementTree.tostring(root, encoding="unicode") if root.tag == "math" else ""
