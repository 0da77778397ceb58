"""Reductions of models with events, switches and explicit time: both readings, and the full model, agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.study.benches import make, pick

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.algebra.infix_printer import infix
from isthmus.certify.exact import PROVED, prove
from isthmus.certify.pair import make_pair
from isthmus.certify.trial import SEQUENCE, judge
from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model, write_sbml
from isthmus.model.model import Model
from isthmus.model.reduction import Reduction
from isthmus.simulate.rates import run
from isthmus.study.inspect import inspect
from isthmus.study.search.agreement import disagreement
from isthmus.study.search.candidate import Written, is_closed, write
from isthmus.study.search.conditions import Bench, settle
from isthmus.study.search.landscape import promising
from isthmus.study.search.trial import attempt

TOTAL = "total QSSA of C (-1 E, -1 S)"
STANDARD = "QSSA of C (-1 E)"
ENZYME = """
model mm
  compartment cell = 1
  species S in cell, E in cell, C in cell, P in cell
  S = 10; E = 0.1; C = 0; P = 0
  k1 = 1; km1 = 0.5; k2 = 0.25
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
  {more}
end
"""
REPEATED = "first: at (time > 100): S = S + 5; second: at (time > 300): S = S + 5;"
MORE_ENZYME = "induce: at (time > 100): E = E + 0.1;"
CASES = {
    "repeated dose": REPEATED,
    "more enzyme": MORE_ENZYME,
    "complex given away": "bleach: at (time > 100): C = 0;",
    "a parameter": "heat: at (time > 100): k2 = 2*k2;",
    "when the substrate runs out": "feed: at (S < 3): S = S + 5;",
    "product taken away": "harvest: at (time > 200): P = P/2;",
    "input for a while": "feed: -> S; cell*piecewise(0.02, (time > 50) && (time < 200), 0);",
    "input until there is enough": "feed: -> S; cell*piecewise(0.02, P < 4, 0);",
    "sinusoidal input": "feed: -> S; cell*0.01*(1 + sin(0.05*time));",
}


def bench_of(more: str, tolerance: str = "1%", horizon: str = "700") -> tuple[Bench, Reduction]:
    """The bench, precise in its trials, and the reduction by total quasi-steady state of the complex."""
    bench, _, steps = make(ENZYME.format(more=more), "P", tolerance, horizon)
    reduction = pick(steps, TOTAL).on(Reduction())
    assert reduction is not None
    return replace(bench, screening=bench.rtol, derived={}), reduction


@pytest.mark.parametrize("case", CASES)
def test_a_little_enzyme_is_reduced_through_events_switches_and_time(case: str, tmp_path: Path) -> None:
    bench, reduction = bench_of(CASES[case])
    conditions = settle(bench, [bench.dynamics.nominal])
    # The error of this law at E0 = 0.1 without any event is 4.7e-4 (see the known reductions).
    tried = attempt(bench, reduction, conditions, np.inf)
    assert tried.worst < 2e-3, tried.reason
    written = write(bench, reduction)
    assert isinstance(written, Written)
    assert disagreement(bench, reduction, written, conditions) == ""
    again = read_back(written.model, tmp_path)
    pair = make_pair(read_rates(bench.dynamics.model), read_rates(again), bench.question)
    outcome = judge(pair, np.asarray(pair.full.dynamics.nominal), np.zeros(len(pair.laws), bool), no_cancel())
    assert outcome.verified
    assert outcome.broken == ()
    # Read back from SBML and certified: the same number as the trial's, up to solver tolerances.
    assert outcome.error == pytest.approx(tried.worst, abs=20 * bench.rtol)


@pytest.mark.parametrize("case", CASES)
def test_totals_written_out_reproduce_the_full_model(case: str) -> None:
    bench, _ = bench_of(CASES[case])
    written = write(bench, Reduction())
    assert isinstance(written, Written)
    assert len(read_rates(written.model).terms) == len(bench.dynamics.terms)
    proof = prove(bench.dynamics.model, written.model, bench.question.observables)
    assert proof.verdict == PROVED, proof.reason
    pair = make_pair(read_rates(bench.dynamics.model), read_rates(written.model), bench.question)
    outcome = judge(pair, np.asarray(pair.full.dynamics.nominal), np.zeros(len(pair.laws), bool), no_cancel())
    assert outcome.verified
    assert outcome.error < 10 * bench.rtol


def test_a_dose_raises_the_total_and_nothing_else() -> None:
    bench, reduction = bench_of(REPEATED)
    written = write(bench, reduction)
    assert isinstance(written, Written)
    assigned = {
        (event.id, a.variable): infix(a.formula) for event in written.model.events for a in event.assignments
    }
    assert assigned == {("first", "S_total"): "S_total + 5", ("second", "S_total"): "S_total + 5"}
    done = run(read_rates(written.model), 400.0)
    total = done.dynamics.states.index("S_total")
    assert done.at([99.0, 101.0, 301.0])[:, total] == pytest.approx([10.0, 15.0, 20.0], rel=1e-12)
    assert [name for _, name in done.events] == ["first", "second"]


def test_the_enzyme_total_becomes_a_variable_of_its_own() -> None:
    bench, reduction = bench_of(MORE_ENZYME)
    written = write(bench, reduction)
    assert isinstance(written, Written)
    assert written.model.assigned_by_events == {"E_total"}
    assert "E_total" not in {rule.variable for rule in written.model.assignments}


def test_a_jump_does_not_hide_a_step_that_holds_from_the_estimates() -> None:
    bench, _, steps = make(ENZYME.format(more=MORE_ENZYME), "P", "1%", "700")
    found = promising(bench, settle(bench, [bench.dynamics.nominal]), steps, 3.0 * bench.question.tolerance)
    assert TOTAL in {step.label for step in found}


def test_values_from_a_trigger_long_past_are_refused_for_totals_and_lumps() -> None:
    bench, reduction = bench_of("induce: at 5 after (time > 100): E = 2*E;")
    assert not is_closed(bench, reduction)
    refused = write(bench, reduction)
    assert isinstance(refused, NoClosedForm)
    assert "induce" in refused.reason
    # The total of the enzyme stays as its members, that of the substrate does not count it.
    written = write(bench, Reduction())
    assert isinstance(written, Written)
    assert set(read_rates(written.model).states) == {"E", "C", "P"}


def test_events_that_give_different_members_of_a_total_values_at_one_time_keep_it_as_states() -> None:
    bench, _ = bench_of("a: at (time > 100): S = 2*S; b: at (P > 3): C = C + 0.01;")
    written = write(bench, Reduction())
    assert isinstance(written, Written)
    # That of the enzyme counts only the complex of what they assign, and is carried.
    assert set(read_rates(written.model).states) == {"S", "C", "P", "E_total"}
    alone, _ = bench_of("a: at (time > 100): S = 2*S; b: at (P > 3): S = S + 1;")
    other = write(alone, Reduction())
    assert isinstance(other, Written)
    assert "S" not in read_rates(other.model).states


def test_an_event_that_the_reduced_model_never_reaches_breaks_the_sequence() -> None:
    more = "feed: at (P > 5): S = S + 1;"
    full = read_model(ENZYME.format(more=more))
    never = read_model(ENZYME.format(more=more.replace("P > 5", "P > 50")))
    bench, _ = bench_of(more)
    pair = make_pair(read_rates(full), read_rates(never), bench.question)
    outcome = judge(pair, np.asarray(pair.full.dynamics.nominal), np.zeros(len(pair.laws), bool), no_cancel())
    assert outcome.verified
    assert SEQUENCE in outcome.broken
    assert prove(full, never, bench.question.observables).verdict != PROVED


@pytest.mark.parametrize(
    "change",
    [("time > 100", "time > 101"), ("S + 5", "S + 6"), ("at (time > 100)", "at 1 after (time > 100)")],
)
def test_other_events_are_never_proved_the_same(change: tuple[str, str]) -> None:
    more = "dose: at (time > 100): S = S + 5;"
    full = read_model(ENZYME.format(more=more))
    other = read_model(ENZYME.format(more=more.replace(*change)))
    bench, _ = bench_of(more)
    assert prove(full, full, bench.question.observables).verdict == PROVED
    proof = prove(full, other, bench.question.observables)
    assert proof.verdict != PROVED
    assert "dose" in proof.reason


def test_a_small_shift_of_an_event_is_left_out_and_a_large_one_counts() -> None:
    """The observable itself jumps; 1 % of 700 allows its jump to come by 0.7 earlier or later."""
    more = "harvest: at (time > {}): P = P/2;"
    full = read_model(ENZYME.format(more=more.format(200)))
    bench, _ = bench_of(more.format(200))
    errors = []
    for time in (200.5, 201.0):
        other = read_model(ENZYME.format(more=more.format(time)))
        pair = make_pair(read_rates(full), read_rates(other), bench.question)
        nominal = np.asarray(pair.full.dynamics.nominal)
        errors.append(judge(pair, nominal, np.zeros(len(pair.laws), bool), no_cancel()).error)
    assert errors[0] < 1e-2
    assert errors[1] > 0.2


def test_totals_that_events_change_are_not_called_conserved(tmp_path: Path) -> None:
    path = tmp_path / "enzyme.ant"
    path.write_text(ENZYME.format(more=MORE_ENZYME))
    assert inspect(path).totals == ("S + C + P",)


def no_cancel() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A flag that stops nothing."""
    return np.zeros(1, dtype=np.int64)


def read_back(model: Model, folder: Path) -> Model:
    """The model as another program would read it."""
    write_sbml(model, folder / "reduced.xml")
    return read_model(folder / "reduced.xml")
