"""The draws of a search hold thermodynamic cycles and start at rest, as those of a certificate do."""

from __future__ import annotations

import numpy as np
from tests.study.benches import make

from isthmus.seeds import generator
from isthmus.study.search.conditions import settle

CYCLE = """
model ring
  compartment cell = 1
  species A in cell, B in cell, C in cell
  A = 3; B = 0; C = 0
  f1 = 2; b1 = 1; f2 = 3; b2 = 2; f3 = 1; b3 = 3
  ab: A -> B; cell*f1*A
  ba: B -> A; cell*b1*B
  bc: B -> C; cell*f2*B
  cb: C -> B; cell*b2*C
  ca: C -> A; cell*f3*C
  ac: A -> C; cell*b3*A
end
"""

REST = """
model rest
  compartment cell = 1
  species A in cell
  A = 2
  supply = 6; loss = 3
  gain: -> A; cell*supply*piecewise(2, time > 1, 1)
  loss_of_A: A -> ; cell*loss*A
end
"""


def test_the_search_draws_hold_the_thermodynamic_cycle() -> None:
    bench, _, _ = make(CYCLE, "B", "1%", "5")
    table = bench.drawing.table(generator(1, "test"), 50)
    column = {name: j for j, name in enumerate(bench.dynamics.quantities)}
    forward = np.prod(table[:, [column[name] for name in ("f1", "f2", "f3")]], axis=1)
    backward = np.prod(table[:, [column[name] for name in ("b1", "b2", "b3")]], axis=1)
    # At nominal values 2 · 3 · 1 = 1 · 2 · 3.
    np.testing.assert_allclose(forward, backward, rtol=1e-12)
    assert np.ptp(table[:, column["f1"]]) > 1.0
    moved = np.array(table)
    moved[:, column["f1"]] = 4.0
    bench.drawing.hold(moved)
    forward = np.prod(moved[:, [column[name] for name in ("f1", "f2", "f3")]], axis=1)
    backward = np.prod(moved[:, [column[name] for name in ("b1", "b2", "b3")]], axis=1)
    np.testing.assert_allclose(forward, backward, rtol=1e-12)


def test_the_search_starts_each_draw_at_rest_where_the_nominal_start_is() -> None:
    bench, _, _ = make(REST, "A", "1%", "4")
    assert bench.drawing.steady is not None
    column = {name: j for j, name in enumerate(bench.dynamics.quantities)}
    for row in bench.drawing.table(generator(1, "test"), 10):
        settled = bench.drawing.settled(row)
        assert settled is not None
        rest = row[column["supply"]] / row[column["loss"]]
        np.testing.assert_allclose(settled[column["A"]], rest, rtol=1e-6)
        (condition,) = settle(bench, [settled])
        before = condition.solution.at(np.array([0.0, 0.5]))
        np.testing.assert_allclose(before, rest, rtol=1e-5)
