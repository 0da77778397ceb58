"""Error against size: one step a rung, ever simpler to the right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from isthmus.records.ladder import Rung
from isthmus.report.svg import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SOFT,
    VERMILLION,
    Axis,
    Drawing,
    percent,
    shown,
)

WIDTH, LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 720, 74, 14, 40, 302, 366
ZERO_BAND = 36
MOST_LABELS = 24
# Errors beyond this are drawn at the top: how wrong a useless model is does not matter.
MOST_SHOWN = 3.0


def draw_staircase(ladder: Sequence[Rung], chosen: int, tolerance: float) -> str:
    """The staircase as SVG: errors of each rung on a logarithmic axis, exact ones in a band below it."""
    errors = [value for rung in ladder for value in (rung.error.nominal, rung.error.median, rung.error.worst)]
    drawing = Drawing(
        WIDTH,
        HEIGHT,
        "Error against size",
        f"{len(ladder)} models; rung {chosen} with {ladder[chosen].size.states} states was chosen.",
    )
    up = _error_axis(errors, tolerance)
    step = (WIDTH - LEFT - RIGHT) / len(ladder)
    place = _make_place(up)
    drawing.rectangle(LEFT + chosen * step, TOP - 8, step, BOTTOM - TOP + 8, GREEN, 0.13, 4)
    _draw_frame(drawing, up, tolerance)
    for position, rung in enumerate(ladder):
        _draw_rung(drawing, place, LEFT + position * step, step, position, rung)
    _join_steps(drawing, place, step, ladder)
    _label_sizes(drawing, step, ladder, chosen)
    _draw_legend(drawing)
    return drawing.markup()


def _error_axis(errors: Sequence[float], tolerance: float) -> Axis:
    positive = [value for value in errors if math.isfinite(value) and value > 0]
    highest = max(MOST_SHOWN, 3 * tolerance)
    low, high = min([*positive, tolerance / 10]), min(max([*positive, tolerance * 3]), highest)
    lowest = 10.0 ** math.floor(math.log10(max(low, high * 1e-12)))
    return Axis(lowest, high * 1.4, BOTTOM - ZERO_BAND, TOP, logarithmic=True)


def _make_place(up: Axis) -> Callable[[float], float | None]:
    def place(error: float) -> float | None:
        if math.isnan(error):
            return None
        if error == 0:
            return BOTTOM - ZERO_BAND / 2 + 4
        return up.place(error)

    return place


def _draw_frame(drawing: Drawing, up: Axis, tolerance: float) -> None:
    for value in up.ticks(5):
        y = up.place(value)
        drawing.line(LEFT, y, WIDTH - RIGHT, y, FAINT)
        drawing.text(LEFT - 7, y + 4, percent(value), anchor="end")
    drawing.rectangle(LEFT, BOTTOM - ZERO_BAND, WIDTH - LEFT - RIGHT, ZERO_BAND, FAINT, 0.5)
    drawing.text(LEFT - 7, BOTTOM - ZERO_BAND / 2 + 8, "exact", anchor="end")
    y = up.place(tolerance)
    drawing.line(LEFT, y, WIDTH - RIGHT, y, VERMILLION, 1.5, "6 4")
    drawing.text(LEFT + 6, y - 6, f"tolerance {percent(tolerance)}", VERMILLION)
    drawing.line(LEFT, BOTTOM, WIDTH - RIGHT, BOTTOM, GREY)


def _draw_rung(
    drawing: Drawing, place: Callable[[float], float | None], x: float, step: float, position: int, rung: Rung
) -> None:
    error, size = rung.error, rung.size
    hint = (
        f"rung {position}: {size.states} states, {size.terms} terms; nominal {percent(error.nominal)},"
        f" median {percent(error.median)}, 90 % {percent(error.p90)}, worst {percent(error.worst)}"
    )
    low, high = place(error.nominal), place(error.worst)
    if low is not None and high is not None and low > high:
        drawing.rectangle(x + 0.18 * step, high, 0.64 * step, low - high, BLUE, 0.14, 0, hint)
    for value, colour, width in (
        (error.nominal, ORANGE, 3.0),
        (error.median, BLUE, 2.0),
        (error.worst, INK, 3.0),
    ):
        y = place(value)
        if y is not None:
            drawing.line(x + 0.12 * step, y, x + 0.88 * step, y, colour, width)


def _join_steps(
    drawing: Drawing, place: Callable[[float], float | None], step: float, ladder: Sequence[Rung]
) -> None:
    for position, (left, right) in enumerate(pairwise(ladder)):
        a, b = place(left.error.worst), place(right.error.worst)
        if a is not None and b is not None:
            x = LEFT + (position + 1) * step
            drawing.path([(x - 0.12 * step, a), (x, a), (x, b), (x + 0.12 * step, b)], GREY, 1)


def _label_sizes(drawing: Drawing, step: float, ladder: Sequence[Rung], chosen: int) -> None:
    stride = math.ceil(len(ladder) / MOST_LABELS)
    for position, rung in enumerate(ladder):
        near = abs(position - chosen) < stride and position != chosen
        if position != chosen and (position % stride or (near and stride > 1)):
            continue
        x = LEFT + (position + 0.5) * step
        colour, weight = (GREEN, 700) if position == chosen else (SOFT, 400)
        drawing.text(x, BOTTOM + 18, shown(rung.size.states), colour, anchor="middle", weight=weight)
        drawing.text(x, BOTTOM + 35, shown(rung.size.terms), colour, anchor="middle", weight=weight)
    drawing.text(LEFT - 7, BOTTOM + 18, "states", anchor="end")
    drawing.text(LEFT - 7, BOTTOM + 35, "terms", anchor="end")
    x = LEFT + (chosen + 0.5) * step
    drawing.text(
        min(max(x, LEFT + 24), WIDTH - RIGHT - 24), BOTTOM + 54, "chosen", GREEN, anchor="middle", weight=700
    )


def _draw_legend(drawing: Drawing) -> None:
    entries = ((ORANGE, "nominal"), (BLUE, "median over the conditions"), (INK, "worst"))
    x = float(LEFT)
    for colour, label in entries:
        drawing.line(x, 14, x + 22, 14, colour, 3)
        drawing.text(x + 28, 18, label, INK)
        x += 48 + 6.6 * len(label)
