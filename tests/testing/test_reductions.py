"""A run over a corpus ends with a row for each model, and the summary adds them up."""

from statistics import median

import pytest

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.testing.kind import SMOOTH, SWITCHED, TIMED, find_kind
from isthmus.testing.reductions import (
    ARBITRARY_HORIZON,
    ReductionRow,
    choose_question,
    most_moved,
    reduce_one,
)
from isthmus.testing.summary import summarise_reductions

MODEL = "model m()\n compartment cell = 1;\n species A in cell;\n A = 1;\n lose: A -> ; {};\n k = 0.1;\nend\n"


def dynamics(rate: str):
    return read_rates(read_model(MODEL.format(rate)))


@pytest.mark.parametrize(
    ("rate", "kind"),
    [
        ("cell*k*A", SMOOTH),
        ("cell*k*A*time", TIMED),
        ("cell*k*piecewise(A, A > 0.5, 0.5)", SWITCHED),
        ("cell*k*A*floor(A)", SWITCHED),
    ],
)
def test_a_model_is_smooth_only_without_time_and_switches(rate, kind):
    assert find_kind(dynamics(rate)) == kind


def test_the_question_is_what_inspect_proposes(corpus):
    question, why = choose_question(read_rates(read_model(corpus / "decay.ant")), "5%")
    assert [o.name for o in question.observables] == ["B"]
    assert why == "proposed: made, and used by nothing"
    # B settles as exp(-t/10): within 1 % at t = 10 ln 100.
    assert question.horizon == pytest.approx(1.3 * 46.0517, rel=1e-3)


def test_what_never_settles_is_watched_up_to_an_arbitrary_time():
    full = dynamics("-cell*k*A")
    question, why = choose_question(full, "5%")
    assert question.horizon == float(ARBITRARY_HORIZON)
    assert "no horizon" in why
    assert most_moved(full) == "A"


def test_a_switch_is_outside_and_an_event_refused(corpus, tmp_path):
    path = tmp_path / "switch.ant"
    path.write_text(MODEL.format("cell*k*A*floor(A)"))
    assert reduce_one(str(path), "5%", False, lambda *_: None)["status"] == "outside"
    late = reduce_one(str(corpus / "late.ant"), "5%", False, lambda *_: None)
    assert late["status"] == "refused E-DELAY-ANALYSIS"


def test_the_summary_adds_up():
    rows = [
        ReductionRow(
            "a",
            "certified",
            10,
            8,
            4,
            20,
            20,
            10,
            "kept",
            "sampled",
            2,
            100,
            total_seconds=2.0,
            oscillates="no",
        ),
        ReductionRow("b", "nothing", 3, 3, 3, 6, 6, 6, total_seconds=4.0, oscillates="yes"),
        ReductionRow(
            "c", "exact only", 4, 3, 3, 8, 8, 8, "kept", "exact", 0, 0, total_seconds=1.0, oscillates="no"
        ),
        ReductionRow("d", "timeout", total_seconds=120.0),
    ]
    summary = summarise_reductions(rows)
    assert summary["answered"] == 3
    assert summary["states"] == {"before": 17, "exact": 14, "final": 10}
    assert summary["mean violation on fresh draws"] == 0.02
    assert summary["median share of states gone"]["all answered"] == median([0.6, 0.0, 0.25])
    assert summary["median share of states gone"]["oscillating"] == 0.0
    assert summary["total seconds"] == 127.0
