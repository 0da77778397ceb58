"""Full against reduced: both curves with the tolerance band, and the residual below."""

from __future__ import annotations

import math

from isthmus.records.overlay import Overlay, Series
from isthmus.report.svg import (
    BLUE,
    FAINT,
    GREY,
    INK,
    SOFT,
    VERMILLION,
    Axis,
    Drawing,
    draw_grid,
    percent,
    shown,
)

WIDTH, LEFT, RIGHT = 720, 66, 14
CURVES_TOP, CURVES_BOTTOM = 34, 250
RESIDUAL_TOP, RESIDUAL_BOTTOM, HEIGHT = 290, 372, 414


def draw_overlay(overlay: Overlay, index: int, tolerance: float, after: float, time_unit: str) -> str:
    """The picture of one observable as SVG.

    The band is ± tolerance · scale around the full model's curve from `after` on: inside it the answer is
    good enough.
    """
    name = overlay.observables[index]
    unit = overlay.units[index] if overlay.units else ""
    full, reduced, scale = overlay.full[index], overlay.reduced[index], overlay.scales[index]
    times = overlay.times
    residual = tuple((b - a) / scale if scale else math.nan for a, b in zip(full, reduced, strict=True))
    drawing = Drawing(
        WIDTH,
        HEIGHT,
        f"{name}: full and reduced model",
        f"Largest difference {percent(_largest(times, residual, after))} of the scale,"
        f" tolerance {percent(tolerance)}.",
    )
    across = Axis(times[0], times[-1], LEFT, WIDTH - RIGHT)
    margin = tolerance * scale
    up = _value_axis(full, reduced, margin)
    _shade_band(drawing, across, up, times, full, margin, after)
    draw_grid(drawing, across, up)
    drawing.text(4, 14, f"{name} [{unit}]" if unit else name, INK, weight=600)
    drawing.path(_points(across, up, times, full), BLUE, 2.6)
    drawing.path(_points(across, up, times, reduced), VERMILLION, 2, "7 5")
    _draw_legend(drawing, tolerance)
    _draw_residual(drawing, across, times, residual, tolerance, after, time_unit)
    return drawing.markup()


def _largest(times: Series, residual: Series, after: float) -> float:
    inside = [
        abs(value)
        for time, value in zip(times, residual, strict=True)
        if time >= after and math.isfinite(value)
    ]
    return max(inside, default=math.nan)


def _value_axis(full: Series, reduced: Series, margin: float) -> Axis:
    values = [value for value in (*full, *reduced) if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(values), max(values)
    low = 0.0 if 0 <= low < 0.3 * high else low - margin
    high += margin
    if not high > low:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    return Axis(low, high + 0.04 * (high - low), CURVES_BOTTOM, CURVES_TOP)


def _points(across: Axis, up: Axis, times: Series, values: Series) -> list[tuple[float, float]]:
    return [(across.place(t), up.place(v)) for t, v in zip(times, values, strict=True) if math.isfinite(v)]


def _shade_band(
    drawing: Drawing, across: Axis, up: Axis, times: Series, full: Series, margin: float, after: float
) -> None:
    inside = [(t, v) for t, v in zip(times, full, strict=True) if t >= after and math.isfinite(v)]
    upper = [(across.place(t), up.place(v + margin)) for t, v in inside]
    lower = [(across.place(t), up.place(v - margin)) for t, v in reversed(inside)]
    drawing.area(upper + lower, BLUE, 0.16)
    if after > times[0]:
        x = across.place(after)
        drawing.line(x, CURVES_TOP, x, RESIDUAL_BOTTOM, GREY, 1, "2 3")


def _draw_legend(drawing: Drawing, tolerance: float) -> None:
    y, x = 14, WIDTH - RIGHT - 356
    drawing.line(x, y, x + 26, y, BLUE, 2.6)
    drawing.text(x + 32, y + 4, "full", INK)
    drawing.line(x + 74, y, x + 100, y, VERMILLION, 2, "7 5")
    drawing.text(x + 106, y + 4, "reduced", INK)
    drawing.rectangle(x + 176, y - 7, 26, 14, BLUE, 0.16)
    drawing.text(x + 208, y + 4, f"full ± tolerance ({percent(tolerance)})", INK)


def _draw_residual(
    drawing: Drawing,
    across: Axis,
    times: Series,
    residual: Series,
    tolerance: float,
    after: float,
    time_unit: str,
) -> None:
    largest = max((abs(value) for value in residual if math.isfinite(value)), default=0.0)
    reach = 1.15 * max(tolerance, min(largest, 6 * tolerance))
    up = Axis(-reach, reach, RESIDUAL_BOTTOM, RESIDUAL_TOP)
    for value in (-tolerance, 0.0, tolerance):
        y = up.place(value)
        drawing.line(
            across.start, y, across.end, y, FAINT if value == 0 else BLUE, 1, "" if value == 0 else "2 3"
        )
        sign = "+" if value > 0 else ""
        drawing.text(
            across.start - 7, y + 4, "0" if value == 0 else sign + percent(value), anchor="end", size=11
        )
    drawing.path(_points(across, up, times, residual), INK, 1.6)
    drawing.line(across.start, up.start, across.end, up.start, GREY)
    for value in across.ticks(6):
        x = across.place(value)
        drawing.line(x, up.start, x, up.start + 4, GREY)
        drawing.text(x, up.start + 18, shown(value), anchor="middle")
    drawing.text(4, RESIDUAL_TOP - 12, "difference / scale", INK, weight=600)
    label = f"time [{time_unit}]" if time_unit else "time"
    drawing.text((across.start + across.end) / 2, up.start + 36, label, SOFT, anchor="middle")
