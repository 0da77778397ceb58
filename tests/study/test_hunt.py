"""The hunt: many draws at once on lanes give the errors that single runs give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.study.benches import GENE, MICHAELIS_MENTEN, make, pick, take

from isthmus.model.reduction import Reduction
from isthmus.reduce.base import Step
from isthmus.seeds import generator
from isthmus.study.search.at_once import FEWEST, mesh_of, suits
from isthmus.study.search.candidate import Written, is_closed, is_surely_open, write
from isthmus.study.search.hunt import errors_at, full_answers
from isthmus.study.search.signs import Signs

CHAIN = """
model chain
  compartment cell = 1; species A in cell, B in cell, C in cell, D in cell;
  A = 1; B = 0; C = 0; D = 0;
  A -> B; cell * k1 * A;  B -> C; cell * k2 * B;  C -> D; cell * k3 * C;
  k1 = 1; k2 = 200; k3 = 1;
end
"""
PROMOTER = "total QSSA of ON (-1 A, -1 OFF)"


def test_errors_of_draws_run_at_once_are_those_of_single_precise_runs() -> None:
    bench, _, steps = make(GENE.format(inducer=2), "P", "5%", "120")
    written = write(bench, written_reduction(steps))
    assert isinstance(written, Written)
    points = list(bench.drawing.table(generator(1, "test"), FEWEST))
    answers = full_answers(bench, points)
    assert len(answers) == FEWEST
    assert all(answer.times is bench.mesh for answer in answers)
    together = errors_at(bench, written, answers)
    precisely = replace(bench, screening=bench.rtol, derived={})
    few = points[:: FEWEST // 20]
    again = write(precisely, written_reduction(steps))
    assert isinstance(again, Written)
    alone = errors_at(precisely, again, full_answers(precisely, few))
    # Two screened runs, each within 2 % of the tolerance at nominal values, and a mesh.
    assert np.abs(together[:: FEWEST // 20] - alone).max() <= 3 * 0.02 * bench.question.tolerance


def written_reduction(steps: list[Step]) -> Reduction:
    """The promoter in equilibrium and the message slaved."""
    return take(pick(steps, PROMOTER), pick(steps, "QSSA of M"))


def test_a_violation_is_seen_by_draws_run_at_once() -> None:
    bench, _, steps = make(MICHAELIS_MENTEN.format(enzyme=10.0), "P", "1%", "70")
    written = write(bench, take(pick(steps, "QSSA of C (-1 E)")))
    assert isinstance(written, Written)
    answers = full_answers(bench, list(bench.drawing.table(generator(1, "test"), FEWEST)))
    errors = errors_at(bench, written, answers)
    assert (errors > bench.question.tolerance).mean() > 0.9


def test_a_hidden_species_that_turns_negative_is_a_violation() -> None:
    bench, _, steps = make(CHAIN, "D", "5%", "10")
    points = list(bench.drawing.table(generator(1, "test"), FEWEST))
    # B = k1 A / k2 at once, taken from B + C = 0: C starts at −k1 / k2, a hundredth of its peak.
    written = write(bench, take(pick(steps, "total QSSA of B (-1 C)")))
    assert isinstance(written, Written)
    assert list(np.array(written.pair.species)[written.signs.columns - 1]) == ["B", "C"]
    for some in (points, points[:20]):
        answers = full_answers(bench, some)
        assert np.isinf(errors_at(bench, written, answers)).all()
        blind = replace(written, signs=Signs(np.zeros(0, dtype=np.int64), np.zeros(0), None))
        assert (errors_at(bench, blind, answers) < bench.question.tolerance).all()
    # Taken from A + B, nothing turns negative.
    other = write(bench, take(pick(steps, "total QSSA of B (-1 A)")))
    assert isinstance(other, Written) and other.signs.lowest is not None
    assert (errors_at(bench, other, full_answers(bench, points)) < bench.question.tolerance).all()


def test_few_draws_are_run_one_by_one_on_their_own_steps() -> None:
    bench, _, _ = make(GENE.format(inducer=2), "P", "5%", "120")
    assert not suits(bench.dynamics, bench.metric, FEWEST - 1)
    assert not suits(bench.dynamics, replace(bench.metric, kinds=("features",)), FEWEST)
    (answer,) = full_answers(bench, [np.asarray(bench.dynamics.nominal)])
    assert answer.times is not bench.mesh


def test_the_mesh_covers_the_window_and_follows_the_steps() -> None:
    steps = np.concatenate([np.geomspace(1e-6, 1.0, 200), np.linspace(50.0, 51.0, 100), [100.0]])
    mesh = mesh_of(steps, 2.0, 100.0)
    assert mesh[0] == 2.0
    assert mesh[-1] == 100.0
    assert (np.diff(mesh) > 0).all()
    assert np.diff(mesh).max() <= 0.01 * 98.0 + 1e-9
    assert ((mesh >= 50.0) & (mesh <= 51.0)).sum() >= 90


def test_a_reduction_is_written_once_whatever_its_steps_are_called() -> None:
    bench, _, steps = make(GENE.format(inducer=2), "P", "5%", "120")
    reduction = take(pick(steps, PROMOTER))
    assert write(bench, reduction) is write(bench, replace(reduction, steps=("another name",)))
    assert write(bench, reduction) is not write(bench, Reduction())


def test_what_contains_a_refused_part_is_refused_unless_something_else_differs() -> None:
    bench, _, steps = make(GENE.format(inducer=2), "P", "5%", "120")
    part = take(pick(steps, PROMOTER))
    whole = take(pick(steps, PROMOTER), pick(steps, "QSSA of M"))
    assert is_closed(bench, part)
    assert not is_surely_open(bench, whole)
    (key,) = bench.derived["closed"]
    bench.derived["closed"][key] = False
    assert is_surely_open(bench, whole)
    assert not is_surely_open(bench, replace(whole, dropped=frozenset({0})))
    assert not is_surely_open(bench, take(pick(steps, "QSSA of M")))
