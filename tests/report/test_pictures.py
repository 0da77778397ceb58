"""The pictures: numbers at the right place, no label over another, extreme inputs drawn."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from isthmus.records.ladder import ErrorQuantiles, Rung, Size
from isthmus.records.overlay import Overlay
from isthmus.records.scale_line import ScaleLine
from isthmus.report.pictures.overlay import draw_overlay
from isthmus.report.pictures.staircase import draw_staircase
from isthmus.report.pictures.time_scales import draw_time_scales
from isthmus.report.svg import Axis, percent, shown


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def heights(svg: str, pattern: str) -> list[float]:
    elements = ElementTree.fromstring(svg).iter("text")
    return [float(element.get("y", "nan")) for element in elements if re.search(pattern, element.text or "")]


def rung(states: int, *errors: float) -> Rung:
    return Rung(Size(states, 1, 1, states), ErrorQuantiles(*errors), 1.0)


def test_a_logarithmic_axis_gives_each_decade_the_same_room():
    axis = Axis(0.01, 100, 0, 400, logarithmic=True)
    assert [axis.place(10.0**k) for k in range(-2, 3)] == pytest.approx([0, 100, 200, 300, 400])
    assert axis.ticks(6) == pytest.approx([0.01, 0.1, 1, 10, 100])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 600), (-0.3, 0.7), (1e-9, 3e-9), (5e6, 5.1e6)])
def test_linear_ticks_are_inside_and_evenly_spaced(low, high):
    ticks = Axis(low, high, 0, 100).ticks(6)
    steps = [b - a for a, b in pairwise(ticks)]
    assert 3 <= len(ticks) <= 8
    assert low - 1e-9 * (high - low) <= ticks[0]
    assert ticks[-1] <= high + 1e-9 * (high - low)
    assert steps == pytest.approx([steps[0]] * len(steps))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (703.354, "703"),
        (12345.0, "12300"),
        (0.00123456, "0.00123"),
        (1e-4, "10⁻⁴"),
        (2.5e7, "2.5·10⁷"),
        (-3.0, "−3"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_numbers_for_people(value, text):
    assert shown(value) == text


def test_percentages():
    assert [percent(x) for x in (0, 0.01, 0.00047, 2.0)] == ["0", "1 %", "0.047 %", "200 %"]


def test_an_exact_rung_is_drawn_in_its_own_band_and_the_chosen_one_is_marked():
    ladder = (rung(4, 0, 0, 0, 0), rung(2, 1e-3, 2e-3, 4e-3, 8e-3), rung(1, 0.2, 0.3, 0.4, 0.5))
    svg = draw_staircase(ladder, 1, 0.01)
    assert {"exact", "chosen", "tolerance 1 %"} <= set(words(svg))
    bold = [e.text for e in ElementTree.fromstring(svg).iter("text") if e.get("font-weight") == "700"]
    assert bold == ["2", "2", "chosen"]


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e300, 1e-300])
def test_strange_errors_are_drawn(value):
    svg = draw_staircase((rung(2, 0, 0, 0, 0), rung(1, value, value, value, value)), 0, 0.05)
    assert "nan" not in svg.lower().replace("nominal", "")
    ElementTree.fromstring(svg)


def test_a_long_ladder_has_no_label_over_another():
    ladder = tuple(rung(400 - i, *[1e-4 * (i + 1)] * 4) for i in range(300))
    places = [
        float(element.get("x", "nan"))
        for element in ElementTree.fromstring(draw_staircase(ladder, 150, 0.05)).iter("text")
        if element.get("y") == "320.0" and element.get("text-anchor") == "middle"
    ]
    gaps = [b - a for a, b in pairwise(sorted(places))]
    assert 15 <= len(places) <= 26
    assert min(gaps) > 18


def test_time_scales_are_sorted_labelled_and_cut():
    lines = (
        ScaleLine(0.1, "fast", (("C", 0.99),)),
        ScaleLine(100.0, "slow", (("S", 0.6), ("P", 0.4))),
        ScaleLine(1e6, "frozen", (("G", 1.0),)),
    )
    svg = draw_time_scales(lines, 0.0, 600.0, "s")
    text = words(svg)
    assert {"cut: gap ×1000", "horizon 600 s", "S 60 %, P 40 %"} <= set(text)
    assert text.index("100 s") < text.index("0.1 s")
    assert heights(svg, "^C 99") > heights(svg, "^S 60") > heights(svg, "^G 100")


def test_crowded_labels_are_moved_apart():
    lines = tuple(ScaleLine(1.0 + 1e-6 * i, "slow", ((f"X{i}", 1.0),)) for i in range(25))
    places = sorted(heights(draw_time_scales(lines, 0.0, 10.0, ""), "^X"))
    assert len(places) == 25
    assert min(b - a for a, b in pairwise(places)) >= 18.9


def test_many_modes_say_how_many_have_no_label():
    lines = tuple(
        ScaleLine(10.0 ** (i / 40), "fast" if i < 100 else "slow", (("X", 1.0),)) for i in range(200)
    )
    svg = draw_time_scales(lines, 0.0, 1000.0, "")
    assert "170 of 200 modes are drawn without a label" in words(svg)
    assert svg.count("<title>τ") == 200


@pytest.mark.parametrize("lines", [(), (ScaleLine(math.inf, "frozen", ()),)])
def test_no_time_scale_is_no_failure(lines):
    assert "no mode with a finite time scale" in words(draw_time_scales(lines, 0.0, 1.0, ""))


def curves(svg: str) -> list[list[tuple[float, ...]]]:
    """The points of each unfilled path."""
    paths = [e.get("d", "") for e in ElementTree.fromstring(svg).iter("path") if e.get("fill") == "none"]
    return [[tuple(map(float, pair.split())) for pair in re.split("[ML]", path) if pair] for path in paths]


def test_the_residual_is_the_difference_over_the_scale():
    times = tuple(float(i) for i in range(11))
    full = tuple(2.0 for _ in times)
    reduced = tuple(2.0 + (0.02 if i == 5 else 0.0) for i in range(11))
    overlay = Overlay(times, ("y",), (full,), (reduced,), (2.0,))
    residual = curves(draw_overlay(overlay, 0, 0.01, 0.0, ""))[-1]
    svg = draw_overlay(overlay, 0, 0.01, 0.0, "")
    # The scale is 2 and the difference 0.02, so the peak touches the tolerance line of +1 %.
    marks = {
        element.text: float(element.get("y", "nan")) - 4
        for element in ElementTree.fromstring(svg).iter("text")
    }
    assert residual[5][1] == pytest.approx(marks["+1 %"], abs=0.11)
    assert residual[0][1] == pytest.approx((marks["+1 %"] + marks["−1 %"]) / 2, abs=0.11)
    assert "Largest difference 1 %" in svg


def test_curves_with_holes_and_flat_curves_are_drawn():
    times = (0.0, 1.0, 2.0)
    overlay = Overlay(
        times,
        ("a", "b"),
        ((0.0, 0.0, 0.0), (1.0, math.nan, 1.0)),
        ((0.0, 0.0, 0.0), (1.0, math.inf, 1.0)),
        (0.0, 1.0),
    )
    for index in range(2):
        svg = draw_overlay(overlay, index, 0.05, 0.5, "min")
        ElementTree.fromstring(svg)
        assert "time [min]" in words(svg)
        assert not re.search(r"\b(nan|inf)\b", svg)


def test_an_overlay_must_fit_its_times():
    with pytest.raises(ValueError, match="one series of 2 values"):
        Overlay((0.0, 1.0), ("a",), ((1.0,),), ((1.0, 2.0),), (1.0,))
