"""The time-scale ladder: a logarithmic axis of time with one rung for each mode of the full model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from isthmus.records.scale_line import ScaleLine
from isthmus.report.svg import BLUE, GREY, INK, SKY, SOFT, VERMILLION, Axis, Drawing, shown

WIDTH, LEFT, RUNG_START, RUNG_END, LABEL_X = 720, 58, 74, 318, 372
TOP, SPACING, MOST_LABELS = 44, 19, 30
COLOURS = {"fast": VERMILLION, "slow": BLUE, "frozen": GREY}


def draw_time_scales(lines: Sequence[ScaleLine], after: float, horizon: float, time_unit: str) -> str:
    """The ladder as SVG: slow at the top, fast at the bottom; thickness is the mode's largest participation.

    What the experiment sees, up to the horizon, is shaded; a dashed line marks the cut between slow and
    fast with its gap.
    """
    modes = sorted(
        (line for line in lines if math.isfinite(line.tau) and line.tau > 0), key=lambda line: -line.tau
    )
    height = TOP + max(220, SPACING * min(len(modes), MOST_LABELS) + 20) + 26
    bottom = height - 26
    drawing = Drawing(WIDTH, height, "Time scales", _describe(modes, time_unit))
    if not modes:
        drawing.text(LEFT, TOP, "no mode with a finite time scale")
        return drawing.markup()
    up = _time_axis(modes, horizon, bottom)
    _draw_frame(drawing, up, after, horizon, time_unit)
    _name_horizon(drawing, up, modes, horizon, time_unit)
    _mark_cut(drawing, up, modes)
    labelled = _chosen_labels(modes)
    heights = _spread([up.place(modes[index].tau) for index in labelled], TOP + 6, bottom)
    for mode in modes:
        _draw_rung(drawing, up, mode, time_unit)
    for index, y in zip(labelled, heights, strict=True):
        _label_rung(drawing, up.place(modes[index].tau), y, modes[index], time_unit)
    if len(labelled) < len(modes):
        drawing.text(
            LABEL_X,
            height - 6,
            f"{len(modes) - len(labelled)} of {len(modes)} modes are drawn without a label",
        )
    return drawing.markup()


def _describe(modes: Sequence[ScaleLine], time_unit: str) -> str:
    if not modes:
        return "No time scale was found."
    return (
        f"{len(modes)} modes from {shown(modes[-1].tau)} to {shown(modes[0].tau)} {time_unit}".strip() + "."
    )


def _time_axis(modes: Sequence[ScaleLine], horizon: float, bottom: float) -> Axis:
    low, high = min(modes[-1].tau, horizon), max(modes[0].tau, horizon)
    low, high = low / 1.8, high * 1.8
    if high / low < 100:
        low, high = low / 3, high * 3
    return Axis(low, high, bottom, TOP, logarithmic=True)


def _draw_frame(drawing: Drawing, up: Axis, after: float, horizon: float, time_unit: str) -> None:
    y_end, y_start = up.place(horizon), up.place(max(after, up.low))
    drawing.rectangle(RUNG_START - 10, y_end, RUNG_END - RUNG_START + 20, y_start - y_end, SKY, 0.15)
    drawing.line(RUNG_START - 10, y_end, RUNG_END + 10, y_end, BLUE, 1)
    for x in (RUNG_START, RUNG_END):
        drawing.line(x, up.start, x, up.end, SOFT, 1.5)
    for value in up.ticks(8):
        y = up.place(value)
        drawing.line(RUNG_START - 15, y, RUNG_START - 10, y, GREY)
        drawing.text(RUNG_START - 19, y + 4, shown(value), anchor="end")
    drawing.text(8, 16, f"time scale τ [{time_unit}]" if time_unit else "time scale τ")
    x = LABEL_X
    for label in ("frozen", "slow", "fast"):
        drawing.rectangle(x, 8, 20, 8, COLOURS[label], 1, 2)
        drawing.text(x + 26, 16, label, INK)
        x += 86


def _name_horizon(
    drawing: Drawing, up: Axis, modes: Sequence[ScaleLine], horizon: float, time_unit: str
) -> None:
    """Above its line, or below it where a rung would strike the words through."""
    end = up.place(horizon)
    rungs = [up.place(mode.tau) for mode in modes]
    above, below = ((end - 16.0, end), (end, end + 16.0))
    struck = [sum(low <= rung <= high for rung in rungs) for low, high in (above, below)]
    y = end - 5 if struck[0] <= struck[1] else end + 13
    drawing.text(RUNG_START + 6, y, f"horizon {shown(horizon)} {time_unit}".strip(), BLUE, 11)


def _mark_cut(drawing: Drawing, up: Axis, modes: Sequence[ScaleLine]) -> None:
    fast = [mode.tau for mode in modes if mode.label == "fast"]
    rest = [mode.tau for mode in modes if mode.label != "fast"]
    if not fast or not rest or min(rest) <= max(fast):
        return
    y = up.place(math.sqrt(max(fast) * min(rest)))
    drawing.line(RUNG_START - 10, y, RUNG_END + 10, y, INK, 1.2, "5 4")
    drawing.text(
        (RUNG_START + RUNG_END) / 2,
        y - 5,
        f"cut: gap ×{shown(min(rest) / max(fast), 2)}",
        INK,
        11,
        "middle",
        600,
    )


def _draw_rung(drawing: Drawing, up: Axis, mode: ScaleLine, time_unit: str) -> None:
    thickness = 1.5 + 7 * max((share for _, share in mode.species), default=0.0)
    hint = f"τ = {shown(mode.tau)} {time_unit}: " + _participants(mode, 8)
    y = up.place(mode.tau)
    drawing.rectangle(
        RUNG_START,
        y - thickness / 2,
        RUNG_END - RUNG_START,
        thickness,
        COLOURS[mode.label],
        0.88,
        thickness / 2,
        hint,
    )


def _label_rung(drawing: Drawing, rung_y: float, y: float, mode: ScaleLine, time_unit: str) -> None:
    drawing.path(
        [(RUNG_END + 3, rung_y), (RUNG_END + 14, rung_y), (LABEL_X - 16, y), (LABEL_X - 6, y)], GREY, 0.8
    )
    tau = f"{shown(mode.tau)} {time_unit}".strip()
    drawing.text(LABEL_X, y + 4, tau, COLOURS[mode.label] if mode.label != "frozen" else SOFT, 12, weight=700)
    extra = "" if mode.stable else "; grows"
    if math.isfinite(mode.period):
        extra += f"; turns in {shown(mode.period)}"
    drawing.text(LABEL_X + 84, y + 4, _participants(mode, 3) + extra, INK, 12)


def _participants(mode: ScaleLine, most: int) -> str:
    taking_part = [(name, share) for name, share in mode.species[:most] if share >= 0.05]
    shares = ", ".join(f"{_short(name)} {100 * share:.0f} %" for name, share in taking_part)
    return shares or "spread over many species"


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:16] + "…"


def _chosen_labels(modes: Sequence[ScaleLine]) -> list[int]:
    """Every mode where they fit, else the ends and those nearest to the cut between slow and fast."""
    if len(modes) <= MOST_LABELS:
        return list(range(len(modes)))
    first_fast = next((i for i, mode in enumerate(modes) if mode.label == "fast"), len(modes) // 2)
    nearest = sorted(range(1, len(modes) - 1), key=lambda i: (abs(i - first_fast + 0.5), i))
    return sorted([0, len(modes) - 1, *nearest[: MOST_LABELS - 2]])


def _spread(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """The wanted heights moved apart to the spacing of a line: down first, then up from the bottom."""
    heights: list[float] = []
    for y in wanted:
        heights.append(max(y, heights[-1] + SPACING if heights else top))
    limit = bottom
    for index in reversed(range(len(heights))):
        heights[index] = min(heights[index], limit)
        limit = heights[index] - SPACING
    return heights
