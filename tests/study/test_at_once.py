"""Draws that lanes give up are run one by one."""

import numpy as np
import pytest
from tests.study.benches import GENE, make, pick, take

from isthmus.seeds import generator
from isthmus.study.search import at_once
from isthmus.study.search.candidate import Written, write
from isthmus.study.search.hunt import errors_at, full_answers


def test_what_takes_lanes_too_many_steps_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, _, steps = make(GENE.format(inducer=2), "P", "5%", "120")
    points = list(bench.drawing.table(generator(1, "test"), at_once.FEWEST))
    written = write(bench, take(pick(steps, "total QSSA of ON (-1 A, -1 OFF)")))
    assert isinstance(written, Written)
    usual = errors_at(bench, written, full_answers(bench, points))
    monkeypatch.setattr(at_once, "MOST_STEPS", 3)
    answers = full_answers(bench, points)
    assert len(answers) == len(points)
    assert all(answer.times is not bench.mesh for answer in answers)
    # Two screened runs, each within 2 % of the tolerance at nominal values, and a mesh.
    again = errors_at(bench, written, answers)
    assert np.abs(again - usual).max() <= 3 * 0.02 * bench.question.tolerance
