"""A tool that draws our curves finds the reduced model the same; one that draws others does not."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.testing.__main__ import main
from isthmus.testing.corpus import Entry
from isthmus.testing.elsewhere import Change, Curves, Elsewhere, Seen, find_tools
from isthmus.testing.portability import (
    DIFFERS,
    SAME,
    Trial,
    reduce_and_run,
    reduced_file,
    run_trial,
    trial_from_json,
)
from isthmus.testing.round_trip import PASS, RoundTripRow, written_file
from isthmus.testing.second_opinion import with_second_opinions

# B never touches A, which is all there is to see: what is left is one state.
ASIDE = """
model aside()
  compartment cell = 2; species A in cell, B in cell;
  A = 10; B = 1; k = 0.1; d = 0.3;
  lose: A -> ; cell*k*A;  fade: B -> ; cell*d*B*A;
  seen := 2*A;
end
"""
TIMES = np.array([0.0, 1.0])


class Drawn:
    """A tool that draws the given curves, others when asked for a tighter run."""

    def __init__(self, values, tighter=None, refused=""):
        self.values, self.tighter, self.refused = values, tighter, refused

    def curves(self, sbml, times, observe=None, changes=(None,), rtol=1e-9, atol=1e-12):
        names = ("A",) if observe is None else tuple(seen.id for seen in observe)
        if self.refused:
            return Curves((), np.empty((0, 0, 0)), self.refused)
        is_tight = rtol < 1e-9 and self.tighter is not None
        return Curves(names, np.array(self.tighter if is_tight else self.values))


def trial(tighter=((1.0,), (0.5,))):
    change = Change("k", 1.3, 1.0, "parameter")
    expected = np.array([[[1.0], [0.5]], [[1.0], [0.4]]])
    return Trial(TIMES, (Seen("A"),), (None, change), expected, np.array([tighter, expected[1]]), 1e-12)


def test_the_same_curves_are_the_same(tmp_path):
    assert run_trial(trial(), tmp_path, Drawn([[[1.0], [0.5]], [[1.0], [0.400001]]])) == "1e-06"


def test_other_curves_differ_under_the_change_that_shows_it(tmp_path):
    found = run_trial(trial(), tmp_path, Drawn([[[1.0], [0.5]], [[1.0], [0.5]]]))
    assert found == f"{DIFFERS}: A by 0.1 of its peak under k = 1.3"


def test_a_tool_may_be_off_by_its_own_error(tmp_path):
    off = [[[1.0], [0.501]], [[1.0], [0.4]]]
    assert run_trial(trial(), tmp_path, Drawn(off)).startswith(DIFFERS)
    tight = [[[1.0], [0.5005]], [[1.0], [0.4]]]
    assert run_trial(trial(), tmp_path, Drawn(off, tight)) == "0.001 (own errors 0.0005)"
    assert run_trial(trial(((1.0,), (0.5004,))), tmp_path, Drawn(off)) == "0.001 (own errors 0.0004)"


def test_a_tool_that_cannot_run_it_differs(tmp_path):
    assert "does not run it: too stiff" in run_trial(trial(), tmp_path, Drawn(None, refused="too stiff"))


def test_a_trial_comes_back_from_json():
    before = trial()
    after = trial_from_json(json.loads(json.dumps(before.as_json())))
    assert after.as_json() == before.as_json()
    assert after.conditions == before.conditions


def test_a_model_is_reduced_and_told_with_its_error(tmp_path):
    path = tmp_path / "aside.ant"
    path.write_text(ASIDE)
    found = reduce_and_run(str(path), tmp_path, "5%", False, lambda *_: None)
    row = found["row"]
    assert (row["status"], row["states"], row["final_states"], row["invalid"]) == (SAME, 2, 1, 0)
    # Taken out exactly: what is left is the error of two integrations at 1e-9.
    assert row["error"] < 1e-6
    made = trial_from_json(found["trial"])
    assert [seen.id for seen in made.seen] == ["seen"]
    assert sorted(c.id for c in made.conditions if c is not None) == ["A", "k"]
    for condition, curve in zip(made.conditions, made.expected, strict=True):
        start = condition.value if condition is not None and condition.id == "A" else 10.0
        rate = condition.value if condition is not None and condition.id == "k" else 0.1
        np.testing.assert_allclose(curve[:, 0], 2 * start * np.exp(-rate * made.times), atol=1e-6 * start)
    assert reduced_file(tmp_path, path).is_file()


def test_a_second_opinion_counts(tmp_path):
    path = tmp_path / "m.xml"
    written_file(tmp_path, "m").write_text("")
    row = RoundTripRow("m", PASS)
    entry = Entry("m", path)

    class Two(Drawn):
        def curves(self, sbml, *rest, **more):
            other = 1.0 if sbml == path else self.tighter
            return Curves(("A",), np.array([[[1.0], [other]]]))

    same = with_second_opinions(row, entry, tmp_path, {"copasi": Two(None, 1.0)})
    assert (same.status, same.copasi, same.libroadrunner) == (PASS, "0", "")
    apart = with_second_opinions(row, entry, tmp_path, {"libroadrunner": Two(None, 0.9)})
    assert apart.status == DIFFERS
    assert apart.libroadrunner == f"{DIFFERS}: A by 0.1 of its peak, its own error 0"
    refusing = with_second_opinions(row, entry, tmp_path, {"copasi": Drawn(None, refused="no")})
    assert refusing == replace(row, copasi="does not run the original: no")


def test_a_python_without_the_tool_is_told_apart_from_an_answer(tmp_path):
    tool = Elsewhere("copasi", sys.executable)
    try:
        found = tool.curves(tmp_path / "m.xml", TIMES)
    finally:
        tool.close()
    assert found.refused.startswith("crash: ModuleNotFoundError")


def test_what_is_no_python_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no program"):
        find_tools(str(tmp_path / "python"))


def test_the_whole_run_counts(tmp_path, capsys):
    (tmp_path / "aside.ant").write_text(ASIDE)
    out = tmp_path / "rows" / "p.json"
    out.parent.mkdir()
    assert main(["portability", str(tmp_path), "--json", str(out), "--verify-with", ""]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["status"] == {"same": 1}
    assert summary["reduced"] == {"exact only": 1}
    assert summary["libroadrunner"] == {}
