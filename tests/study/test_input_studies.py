"""Whole studies over a class of schedules: proofs, starts at rest, a refusal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.certify.drawing import make_drawing
from isthmus.certify.pair import make_pair
from isthmus.dynamics.rates import read_rates
from isthmus.formats import check_sbml, read_model
from isthmus.report.files import write_result
from isthmus.simulate.rates import simulate
from isthmus.study import recipe
from isthmus.study.compare import compare
from isthmus.study.question import Asked
from isthmus.study.search.effort import Effort
from isthmus.study.session import open_model
from isthmus.study.verify import verify

INFUSED = """
model infused()
  compartment cell = 1
  species S in cell, E in cell, C in cell, P in cell, W in cell
  S = 10; E = 0.1; C = 0; P = 0; W = 1
  feed = 0.02; k1 = 1; km1 = 0.5; k2 = 0.25
  infuse: -> S; cell*feed
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
  waste: W -> ; cell*k2*W*P
end
"""

FED = """
model fed()
  species A, B
  feed = 1; k = 0.5
  A = feed/k; B = 2
  infuse: -> A; feed
  clear: A -> ; k*A
  make: A -> A + B; A
  lose: B -> ; B
end
"""
FED_AT_REST = """
model fed_at_rest()
  species B
  feed = 1; k = 0.5
  A := feed/k; B = 2
  make: -> B; A
  lose: B -> ; B
end
"""


@pytest.mark.parametrize(
    ("text", "words", "heights"),
    [
        (
            "feed=steps:0..10/2:0..0.5",
            "every schedule of feed in 2 steps from time 0 to 10",
            {"feed_step_1": 0.4, "feed_step_2": 0.0},
        ),
        ("S=doses:0,5:0..4", "every dosing of S at times 0 and 5", {"S_dose_1": 3.0, "S_dose_2": 0.0}),
    ],
    ids=["steps", "doses"],
)
def test_a_study_of_a_driven_model_is_exact_over_every_schedule_and_can_be_repeated(
    tmp_path: Path, text: str, words: str, heights: dict[str, float]
) -> None:
    """The enzyme's total is conserved and the waste unseen, whatever is fed; the folder carries it all."""
    source = tmp_path / "infused.ant"
    source.write_text(INFUSED)
    asked = Asked(("P",), "0.00001%", "20", vary=("none",), inputs=(text,))
    result = recipe.reduce(str(source), asked, command="", effort=Effort(start_points=1, draws=20, looser=()))
    study = result.study
    assert study.certificate is not None
    assert (study.certificate.strength, study.certificate.verdict) == ("exact", "kept")
    assert study.after.states < study.before.states
    assert study.question.domain.inputs[0].text == asked.inputs[0]
    first, last = heights
    assert any(f"levels {first} to {last}" in note for note in study.notes)
    assert check_sbml(result.reduced_xml) == []
    folder = tmp_path / "out"
    write_result(folder, result)
    assert verify(folder).kept
    report = (folder / "report.html").read_text()
    assert words in report
    curves = [
        simulate(read_rates(read_model(folder / name)), 20.0, points=81, quantities=heights, rtol=1e-8)["P"]
        for name in ("full.xml", "reduced.xml")
    ]
    assert curves[1] == pytest.approx(curves[0], rel=1e-6, abs=1e-9)
    unfed = simulate(read_rates(read_model(folder / "full.xml")), 20.0, points=81, rtol=1e-8)["P"]
    assert abs(unfed - curves[0]).max() > 1e-4


def test_a_model_at_rest_before_its_schedule_starts_each_draw_at_rest() -> None:
    """B rests at feed_base/k, which a draw takes from its own feed_base and k, whatever is stepped to."""
    opened = open_model(FED).with_inputs("feed=steps:2..8/2:0..10")
    asked = opened.question("B", horizon=8, vary=("feed_base=0.5..2x", "k=0.5..2x"))
    pair = make_pair(opened.dynamics, opened.dynamics, asked)
    drawing = make_drawing(pair.full, asked)
    at = opened.dynamics.quantities.index
    for row in drawing.table(np.random.default_rng(3), 5):
        settled = drawing.settled(row)
        assert settled is not None
        assert settled[at("B")] == pytest.approx(row[at("feed_base")] / row[at("k")], rel=1e-6)
        assert settled[at("feed_step_1")] == row[at("feed_step_1")]


def test_what_holds_for_one_input_is_broken_over_a_class(tmp_path: Path) -> None:
    """A at rest is exact while the feed is constant, and lags behind it by 1/k = 2 where it steps."""
    full, reduced = tmp_path / "full.ant", tmp_path / "reduced.ant"
    full.write_text(FED)
    reduced.write_text(FED_AT_REST)
    constant = Asked(("B",), "1%", "8", vary=("feed=0.5..2x",))
    assert compare(str(full), str(reduced), constant).kept
    scheduled = Asked(("B",), "1%", "8", vary=("none",), inputs=("feed=steps:0..8/2:0.5..2",))
    broken = compare(str(full), str(reduced), scheduled)
    assert broken.verdict == "broken"
    assert broken.counterexample is not None
    heights = [broken.counterexample.values[f"feed_step_{place}"] for place in (1, 2)]
    assert all(0.5 <= height <= 2 for height in heights)
    assert broken.domain.startswith("every schedule of feed in 2 steps")
