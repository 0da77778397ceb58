"""The public names of `import isthmus`, as a person uses them in a notebook."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from importlib import import_module

import numpy as np
import pytest

import isthmus
from isthmus.report.folder import FILES

DECAY = """
model decay
  compartment cell = 1
  species A in cell, B in cell
  A = 8; B = 0; k = 0.5
  fade: A -> B; cell*k*A
end
"""
# Few conditions and a small hunt: what is tested here is the door, not the search.
LITTLE = isthmus.Effort(start_points=1, draws=20, looser=())
# So tight that only the exact steps (conserved totals) hold.
TIGHT = "0.0001%"


@pytest.fixture(scope="module")
def decay():
    return isthmus.read(DECAY)


@pytest.fixture(scope="module")
def enzyme(examples):
    return isthmus.read(examples / "michaelis_menten.ant")


@pytest.fixture(scope="module")
def exact(enzyme, tmp_path_factory):
    """(study, its folder) of the enzyme with nothing but exact steps."""
    folder = tmp_path_factory.mktemp("api") / "mm"
    question = enzyme.question(observe=["P"], tolerance=TIGHT, horizon=100)
    return isthmus.reduce(enzyme, question, out=folder, effort=LITTLE), folder


def test_every_public_name_is_there():
    assert set(isthmus.__all__) <= set(dir(isthmus))
    for name in isthmus.__all__:
        assert callable(getattr(isthmus, name))


def test_an_unknown_name_is_no_attribute():
    wanted = "reduct"
    with pytest.raises(AttributeError, match=wanted):
        getattr(isthmus, wanted)


def test_a_room_does_not_take_the_name_of_a_verb():
    program = (
        "import isthmus, isthmus.reduce, isthmus.simulate, isthmus.scales, sys\n"
        "before = [isthmus.reduce, isthmus.simulate, isthmus.scales]\n"
        "import isthmus.api as api, isthmus.scales.spectrum\n"
        "assert before == [api.reduce, api.simulate, api.scales]\n"
        "assert [isthmus.reduce, isthmus.simulate, isthmus.scales] == before\n"
        "assert all(sys.modules[f'isthmus.{verb}'].__path__ for verb in ('reduce', 'simulate', 'scales'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_python_m_isthmus_is_the_command_line():
    command = [sys.executable, "-m", "isthmus", "explain", "E-NOTHING-OF-THE-KIND"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == isthmus.UsageError.exit_code
    assert "[E-CODE]" in done.stderr


def test_a_model_shows_what_is_in_it(enzyme):
    assert [species.id for species in enzyme.species] == ["S", "E", "C", "P"]
    assert [reaction.id for reaction in enzyme.reactions] == ["bind", "release", "convert"]
    assert enzyme.id == "michaelis_menten"
    assert enzyme.source.endswith("michaelis_menten.ant")
    assert "4 species" in repr(enzyme)


def test_a_model_cannot_be_changed(enzyme):
    with pytest.raises(FrozenInstanceError):
        enzyme.imported = None


def test_a_name_from_a_file_is_no_markup(decay):
    hostile = replace(decay.model, name="<script>alert(1)</script>")
    shown = replace(decay, imported=replace(decay.imported, model=hostile))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_sbml_is_kept_verbatim(decay, tmp_path):
    path = tmp_path / "decay.xml"
    path.write_bytes(decay.full_xml)
    again = isthmus.read(path)
    assert again.full_xml == decay.full_xml
    assert again.sha256 == decay.sha256
    assert import_module("hashlib").sha256(again.full_xml).hexdigest() == again.sha256


def test_a_text_on_one_long_line_is_a_text(decay):
    text = decay.full_xml.decode().replace("\n", " ")
    assert len(text) > 1000
    assert [species.id for species in isthmus.read(text).species] == ["A", "B"]


def test_numbers_and_texts_ask_the_same(decay):
    as_numbers = decay.question("B", tolerance=np.float64(0.02), horizon=10, after=1, vary="k=0.5..2x")
    as_texts = decay.question(["B"], tolerance="2%", horizon="10", after="1.0", vary=["k=0.5..2x"])
    assert as_numbers == as_texts
    assert (as_numbers.tolerance, as_numbers.horizon, as_numbers.after) == (0.02, 10.0, 1.0)


def test_a_horizon_that_is_not_given_is_derived(decay):
    question = decay.question("B")
    # B is within 1 % of its range from its end once exp(-t/2) < 0.01, at 9.21; the horizon is 1.3 times that.
    assert question.horizon == pytest.approx(1.3 * 2 * np.log(100), rel=0.02)
    assert question.horizon_reason != "asked for"


def test_a_run_is_a_dataset_of_the_known_solution(decay):
    run = isthmus.simulate(decay, 4, points=9, quantities={"A": 2.0, "k": 1.0}, observe="A + B")
    assert dict(run.sizes) == {"time": 9}
    # The tolerance is 1e-6 a step, and a smooth decay over four lifetimes takes fewer than 100 steps.
    np.testing.assert_allclose(run["A"], 2 * np.exp(-run["time"]), atol=1e-4)
    np.testing.assert_allclose(run["A + B"], 2.0, atol=1e-4)
    assert run.attrs["model_sha256"] == decay.sha256


def test_a_sweep_of_the_known_solution(decay):
    rates = np.array([0.25, 0.5, 1.0])
    found = isthmus.sweep(decay, {"k": rates}, 4.0, points=5, observe="A")
    times = np.linspace(0.0, 4.0, 5)
    # A hundred thousandth of the peak, ten times the tolerance.
    np.testing.assert_allclose(found["A"], 8 * np.exp(-np.outer(rates, times)), rtol=0.0, atol=8e-5)


def test_sensitivities_of_the_known_solution(decay):
    found = isthmus.sensitivities(decay, "4", points=5, wrt=["k"], quantities={"k": 0.25}, observe=["A"])
    times = np.linspace(0.0, 4.0, 5)
    np.testing.assert_allclose(found.of("A", "k"), -8 * times * np.exp(-0.25 * times), rtol=1e-4, atol=1e-4)


def test_the_steady_state_of_a_decay(decay):
    rest = isthmus.steady_state(decay, {"A": 3.0}, observe="A + B")
    assert rest.stable
    np.testing.assert_allclose([rest["B"], rest["A + B"]], 3.0, rtol=1e-9)
    assert rest.slowest == pytest.approx(2.0, rel=1e-9)


def test_a_problem_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(isthmus.IsthmusError, match="No such file"):
        isthmus.petab(tmp_path / "problem.yaml")


def test_time_scales_of_a_decay(decay):
    found = isthmus.scales(decay, 10)
    assert [mode.tau for mode in found.modes] == pytest.approx([2.0])
    assert found.conserved == 1


def test_a_reduced_model_shows_the_same(enzyme, exact):
    study, _ = exact
    assert study.found
    assert study.certificate.strength == "exact"
    smaller = isthmus.read(study.reduced_sbml)
    assert len(smaller.reactions) <= len(enzyme.reactions)
    before, after = isthmus.simulate(enzyme, 100), isthmus.simulate(smaller, 100, observe="P")
    # Both runs keep their own tolerance of 1e-6; peaks are about 2.
    np.testing.assert_allclose(after["P"], before["P"], atol=1e-4)
    assert isthmus.compare(enzyme, smaller, study.question).strength == "exact"


def test_the_folder_is_that_of_the_command_line(enzyme, exact):
    study, folder = exact
    assert {path.name for path in folder.iterdir()} == set(FILES) - {"counterexample.json"}
    assert (folder / "full.xml").read_bytes() == enzyme.full_xml
    assert (folder / "reduced.xml").read_text(encoding="utf-8") == study.reduced_sbml
    assert json.loads((folder / "study.json").read_text()) == study.as_json()


def test_verify_repeats_and_sees_a_change(exact, tmp_path):
    _, folder = exact
    assert isthmus.verify(folder).kept
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in folder.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    text = (changed / "reduced.xml").read_text(encoding="utf-8")
    (changed / "reduced.xml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(isthmus.UsageError, match="E-VERIFY-CHANGED"):
        isthmus.verify(changed)


def test_compare_says_yes_and_no(decay):
    question = decay.question("B", tolerance="5%", horizon=10, vary="A=0.5..2x")
    same = isthmus.read(DECAY.replace("k*A", "A*k"))
    assert isthmus.compare(decay, same, question).strength == "exact"
    faster = isthmus.compare(decay, isthmus.read(DECAY.replace("k*A", "2*k*A")), question)
    assert faster.verdict == "broken"


def test_compare_refuses_another_value_under_the_same_id(decay):
    question = decay.question("B", tolerance="5%", horizon=10)
    with pytest.raises(isthmus.UsageError, match=r"'k'.*it is 0\.7 there and 0\.5 in the full model"):
        isthmus.compare(decay, isthmus.read(DECAY.replace("k = 0.5", "k = 0.7")), question)


@pytest.mark.parametrize("name", ["decay.xml", "decay.ant"])
def test_what_is_written_runs_the_same(decay, tmp_path, name):
    path = isthmus.write(decay, tmp_path / name)
    assert path == tmp_path / name
    again = isthmus.read(path)
    np.testing.assert_array_equal(isthmus.simulate(again, 5)["B"], isthmus.simulate(decay, 5)["B"])


def test_an_unknown_ending_is_refused(decay, tmp_path):
    with pytest.raises(isthmus.UsageError, match="E-OUTPUT-FORMAT"):
        isthmus.write(decay, tmp_path / "decay.docx")
    assert list(tmp_path.iterdir()) == []


def test_a_study_shows_itself(exact):
    study, folder = exact
    page = isthmus.show(study)
    assert page.html == (folder / "report.html").read_text(encoding="utf-8")
    frame = page._repr_html_()
    assert frame.startswith("<iframe sandbox srcdoc=")
    # Everything of the page is inside the attribute: no tag but the frame's own.
    assert frame.count("<") == 2
    assert "Certified" in repr(page)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tolerance": 5.0}, "E-TOLERANCE"),
        ({"horizon": float("inf")}, "E-AFTER"),
        ({"after": 100.0}, "E-AFTER"),
        ({"metric": "phase"}, "E-METRIC"),
        ({"observables": ()}, "E-OBSERVE"),
    ],
)
def test_a_question_changed_beyond_sense_is_refused(decay, changes, code):
    question = replace(decay.question("B", horizon=10), **changes)
    with pytest.raises(isthmus.UsageError, match=code):
        isthmus.reduce(decay, question)


def test_a_question_about_another_model_is_refused(decay, enzyme):
    with pytest.raises(isthmus.UsageError, match="E-OBSERVE"):
        isthmus.reduce(decay, enzyme.question("P", horizon=10))
    question = decay.question("B", horizon=10)
    strange = enzyme.question("P", horizon=10, vary="k2=2x").domain
    with pytest.raises(isthmus.UsageError, match="E-VARY-UNKNOWN"):
        isthmus.reduce(decay, replace(question, domain=strange))


def test_a_folder_of_others_is_refused_before_any_work(decay, tmp_path):
    (tmp_path / "thesis.tex").write_text("years")
    told: list[str] = []
    with pytest.raises(isthmus.UsageError, match="E-OUT"):
        isthmus.reduce(
            decay,
            decay.question("B", horizon=10),
            out=tmp_path,
            progress=lambda text, done=0, total=0: told.append(text),
        )
    assert told == []
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
