"""Drawing: a few SVG elements, axes with ticks, and the colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

# Okabe and Ito (2008): told apart by colour-blind readers, and by brightness in print.
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
INK: Final = "#1d2733"
SOFT: Final = "#5b6773"
FAINT: Final = "#dfe4ea"
GREY: Final = "#8b96a1"


def shown(value: float, digits: int = 3) -> str:
    """A number for people: three significant digits, ×10ⁿ where it is very large or small."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.{digits}g}"
        text = f"{float(text):.0f}" if "e" in text else text
        return text.replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    power = "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return (power if mantissa == "1" else f"{mantissa}·{power}").replace("-", "−")


def percent(fraction: float) -> str:
    """A fraction as a percentage with two significant digits."""
    if fraction == 0 or not math.isfinite(fraction):
        return shown(fraction)
    return f"{shown(100 * fraction, 2)} %"


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear or logarithmic map from [low, high] to the pixels [start, end]."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value, clipped to the axis."""
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = math.log10(low), math.log10(high), math.log10(max(value, self.low))
        share = min(max((at - low) / (high - low), 0.0), 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self, wanted: int = 6) -> list[float]:
        """Round values inside the axis, about `wanted` of them."""
        if not self.logarithmic:
            return _linear_ticks(self.low, self.high, wanted)
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        stride = max(1, math.ceil((last - first + 1) / wanted))
        return [10.0**exponent for exponent in range(first, last + 1, stride)]


def _linear_ticks(low: float, high: float, wanted: int) -> list[float]:
    raw = (high - low) / max(wanted, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [float(f"{(first + i) * step:.12g}") for i in range(count)]


@dataclass
class Drawing:
    """An SVG picture being drawn; `markup` closes it. Every text is escaped here."""

    width: float
    height: float
    title: str
    summary: str
    _parts: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
            f' stroke-width="{width:g}"{dashes}/>'
        )

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        opacity: float = 1,
        radius: float = 0,
        hint: str = "",
    ) -> None:
        """A filled rectangle; `hint` appears on hovering."""
        body = f"<title>{escape(hint)}</title></rect>" if hint else "</rect>"
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
            f' fill="{fill}" fill-opacity="{opacity:g}" rx="{radius:g}">{body}'
        )

    def circle(
        self, x: float, y: float, radius: float, fill: str, edge: str = "none", hint: str = ""
    ) -> None:
        """A dot."""
        body = f"<title>{escape(hint)}</title></circle>" if hint else "</circle>"
        self._parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{edge}"'
            f' stroke-width="2">{body}'
        )

    def path(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 2, dash: str = ""
    ) -> None:
        """A line through points."""
        if not points:
            return
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path d="{_route(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
            f' stroke-linejoin="round"{dashes}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], fill: str, opacity: float) -> None:
        """A filled polygon."""
        if points:
            self._parts.append(f'<path d="{_route(points)}Z" fill="{fill}" fill-opacity="{opacity:g}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str = SOFT,
        size: float = 12,
        anchor: str = "start",
        weight: int = 400,
    ) -> None:
        """One line of text; anchor: start, middle or end."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size:g}" font-weight="{weight}"'
            f' text-anchor="{anchor}">{escape(text)}</text>'
        )

    def markup(self) -> str:
        """The `<svg>` element, as wide as its place, with a title and a description for screen readers."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{escape(self.title)}">'
            f"<title>{escape(self.title)}</title><desc>{escape(self.summary)}</desc>{''.join(self._parts)}</svg>"
        )


def _route(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def draw_grid(drawing: Drawing, across: Axis, up: Axis) -> None:
    """Grid lines with their values, and tick marks below; `up.start` is the bottom."""
    for value in up.ticks(5):
        y = up.place(value)
        drawing.line(across.start, y, across.end, y, FAINT)
        drawing.text(across.start - 7, y + 4, shown(value), anchor="end")
    for value in across.ticks(6):
        x = across.place(value)
        drawing.line(x, up.start, x, up.start + 4, GREY)
    drawing.line(across.start, up.start, across.end, up.start, GREY)
