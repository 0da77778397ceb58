"""Inputs: what their texts mean, what they make of a model, and certificates over a class of schedules."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from isthmus.algebra.evaluate import evaluate
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.formats import check_sbml, read_model, sbml_text
from isthmus.model.domain import domain_text, draws
from isthmus.model.model import Model
from isthmus.model.question import Question
from isthmus.records.question_json import question_as_json, question_from_json
from isthmus.simulate.rates import simulate
from isthmus.study.driven import with_inputs
from isthmus.study.inputs import parse_inputs
from isthmus.study.session import open_model

ELIMINATION = """
model elimination()
  compartment V = 2
  species A in V; A = 3
  feed = 1; k = 0.3
  infuse: -> A; feed
  clear: A -> ; k*A*V
end
"""

KINDS = """
model kinds()
  compartment V = 4
  species $B in V, $C in V, $D in V, A in V
  substanceOnly species $N in V, M in V
  B = 3; C = 8; D := 2*time; A = 1; M = 2; N = 6
  k = 1; z = 0; W := k + 1; X = 2*k; X' = -X; step_like = 1; step_like_step_1 = 7; u = 1
  at (time > 2): u = 3
  R: A -> M; k*A*B*C*D*N*V
end
"""


def given(text: str, *inputs: str) -> Model:
    model = read_model(text)
    if text is KINDS:
        amount = {"C": True}
        species = [replace(s, initial_is_amount=amount.get(s.id, s.initial_is_amount)) for s in model.species]
        model = replace(model, species=tuple(species))
    return with_inputs(model, parse_inputs(inputs, model))


def refusal(text: str, *inputs: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        given(text, *inputs)
    return caught.value


@pytest.mark.parametrize(
    ("text", "times", "levels"),
    [
        ("feed=steps:0..24/4:0..10", (0, 6, 12, 18, 24), 4),
        (" feed = steps : 0.5..2.5/1 : 0 .. 1e1 ", (0.5, 2.5), 1),
        ("feed=steps:0,1,5:0..10", (0, 1, 5), 2),
        ("A=doses:0..24/4:0..10", (0, 6, 12, 18), 4),
        ("A=doses:0,8,16:0..10", (0, 8, 16), 3),
        ("A=doses:7:0..10", (7,), 1),
    ],
)
def test_a_text_names_times_and_levels(text: str, times: tuple[float, ...], levels: int) -> None:
    (found,) = parse_inputs([text], read_model(ELIMINATION))
    assert found.times == times
    assert len(found.levels) == levels
    assert (found.low, found.high, found.relative) == (0, 10, False)


def test_times_may_have_units_where_the_model_has_one() -> None:
    minutes = ELIMINATION.replace("compartment", "unit time_unit = 60 second\n  compartment")
    (found,) = parse_inputs(["feed=steps:0..2h/2:0..10"], read_model(minutes))
    assert found.times == pytest.approx((0, 60, 120), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("feed", "not NAME=KIND"),
        ("feed=steps:0..24/4", "not NAME=KIND"),
        ("feed=ramp:0..24/4:0..1", "'ramp'"),
        ("feed=constant:0:0..1", "--vary feed=0..1"),
        ("feed=steps:0..24/4:0-1", "'0-1'"),
        ("feed=steps:0..24/4:1..1", "rising"),
        ("feed=steps:0..24/4:2..1", "rising"),
        ("feed=steps:0..24/4:0..2x", "multiple of 0"),
        ("A=doses:0,1:0.5..2x", "multiples"),
        ("feed=steps:24..0/4:0..1", "rising times"),
        ("feed=steps:-1..3/4:0..1", "rising times"),
        ("feed=steps:0,3,3:0..1", "rising times"),
        ("feed=steps:3:0..1", "one time"),
        ("feed=steps:0..24/0:0..1", "0 intervals"),
        ("feed=steps:0..24/201:0..1", "201 intervals"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_found(text: str, says: str) -> None:
    error = refusal(ELIMINATION, text)
    assert error.code == "E-INPUT"
    assert says in str(error)
    assert text in str(error)


def test_a_time_that_is_none_is_refused() -> None:
    assert refusal(ELIMINATION, "feed=steps:soon..late/4:0..1").code == "E-TIME"


def test_a_quantity_has_one_input() -> None:
    assert "second input" in str(refusal(ELIMINATION, "A=doses:1:0..1", "A=doses:2:0..1"))


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("fed=steps:0..1/1:0..1", "E-INPUT-UNKNOWN", "nothing is called 'fed'"),
        ("V=steps:0..1/1:0..1", "E-INPUT-TARGET", "neither a parameter nor a species"),
        ("W=steps:0..1/1:0..1", "E-INPUT-TARGET", "a formula gives"),
        ("X=steps:0..1/1:0..1", "E-INPUT-TARGET", "a formula gives"),
        ("D=steps:0..1/1:0..1", "E-INPUT-TARGET", "a formula gives"),
        ("u=steps:0..1/1:0..1", "E-INPUT-TARGET", "an event"),
        ("A=steps:0..1/1:0..1", "E-INPUT-TARGET", "A=doses"),
        ("B=steps:0..1/1:-1..1", "E-INPUT-TARGET", "below 0"),
        ("z=steps:0..1/1:0.5..2x", "E-INPUT-TARGET", "its multiples"),
        ("step_like=steps:0..1/1:0..1", "E-INPUT-TARGET", "already has 'step_like_step_1'"),
        ("k=doses:1:0..1", "E-INPUT-TARGET", "k=steps"),
        ("D=doses:1:0..1", "E-INPUT-TARGET", "at all times"),
        ("A=doses:1:-1..1", "E-INPUT-TARGET", "below 0"),
    ],
)
def test_what_cannot_be_driven_is_refused_with_a_way_out(text: str, code: str, says: str) -> None:
    error = refusal(KINDS, text)
    assert error.code == code
    assert says in str(error)


@pytest.mark.parametrize(
    ("name", "value"), [("k", 1.0), ("B", 3.0), ("C", 2.0), ("N", 6.0)], ids=["k", "B", "amount", "substance"]
)
def test_outside_of_its_steps_a_constant_has_the_value_that_its_id_had(name: str, value: float) -> None:
    """8 in a volume of 4 reads 2; the rule is closed on the left of each interval."""
    model = given(KINDS, f"{name}=steps:1,2,4:0..10")
    (rule,) = [rule for rule in model.assignments if rule.variable == name]
    levels = {p.id: p.value for p in model.parameters if p.value is not None}
    assert levels[f"{name}_base"] == value
    levels |= {f"{name}_step_1": 5.0, f"{name}_step_2": 9.0}
    at = {0.0: value, 1.0: 5.0, 1.999: 5.0, 2.0: 9.0, 3.999: 9.0, 4.0: value}
    assert {t: evaluate([rule.formula], levels, time=t)[0] for t in at} == at


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("feed=steps:0..3/3:0..10", (7.5, 2.5, 7.5)),
        ("feed=steps:0..1/1:1..16", (8.0,)),
        ("feed=steps:0..2/2:-16..-1", (-2.0, -8.0)),
        ("feed=steps:0..2/2:-1..1", (0.5, -0.5)),
        ("feed=steps:0..2/2:1..16x", (24.0, 6.0)),
        ("A=doses:1,2:0..10", (5.0, 5.0)),
        ("A=doses:1:1..4", (2.0,)),
    ],
)
def test_nominal_steps_move_within_their_range_and_doses_are_in_its_middle(
    text: str, levels: tuple[float, ...]
) -> None:
    model = given(ELIMINATION.replace("feed = 1", "feed = 3"), text)
    (scheduled,) = parse_inputs([text], model)
    values = [model.parameters_by_id[level].value for level in scheduled.levels]
    assert values == pytest.approx(levels, rel=1e-14)


@pytest.mark.parametrize("inputs", [("feed=steps:1..7/3:0..10",), ("A=doses:0,2,5:0..10",)])
def test_a_driven_model_is_valid_sbml_and_reads_back_as_it_was(inputs: tuple[str, ...]) -> None:
    model = given(ELIMINATION, *inputs)
    text = sbml_text(model)
    assert check_sbml(text) == []
    again = read_model(text)
    assert again.parameters == model.parameters
    assert again.assignments == model.assignments
    assert again.events == model.events
    assert read_model(ELIMINATION).sha256 in text
    assert inputs[0] in text


def test_infusion_in_steps_follows_its_closed_form() -> None:
    """Concentration c: V c′ = feed − k V c, an exponential towards feed/(k V) within each step."""
    heights = {"feed_step_1": 4.0, "feed_step_2": 0.0, "feed_step_3": 7.5}
    model = given(ELIMINATION, "feed=steps:1..7/3:0..10")
    found = simulate(read_rates(model), 10.0, points=201, quantities=heights, rtol=1e-8)
    k, size = 0.3, 2.0
    edges = [0.0, 1.0, 3.0, 5.0, 7.0, 10.0]
    feeds = [1.0, 4.0, 0.0, 7.5, 1.0]
    expected = np.empty_like(found.times)
    start = 3.0
    for begin, end, feed in ((*pair, feed) for pair, feed in zip(pairwise(edges), feeds, strict=True)):
        inside = (found.times >= begin) & (found.times <= end)
        target = feed / (k * size)
        expected[inside] = target + (start - target) * np.exp(-k * (found.times[inside] - begin))
        start = target + (start - target) * np.exp(-k * (end - begin))
    assert found["A"] == pytest.approx(expected, rel=2e-6)


def test_doses_superpose() -> None:
    """A linear system answers a dose d at T by d/V e^(−k (t − T)), whatever came before."""
    amounts = {"A_dose_1": 2.0, "A_dose_2": 5.0, "A_dose_3": 0.0, "A_dose_4": 1.0}
    model = given(ELIMINATION, "A=doses:0..8/4:0..10")
    quantities = amounts | {"feed": 0.0}
    found = simulate(read_rates(model), 10.0, points=401, quantities=quantities, rtol=1e-8)
    expected = 3.0 * np.exp(-0.3 * found.times)
    for moment, amount in zip((0, 2, 4, 6), amounts.values(), strict=True):
        later = found.times >= moment
        expected[later] += amount / 2.0 * np.exp(-0.3 * (found.times[later] - moment))
    # A time of the grid at a dose may show the value before it.
    between = ~np.isin(found.times, (0.0, 2.0, 4.0, 6.0))
    assert found["A"][between] == pytest.approx(expected[between], rel=2e-6)


def test_a_dose_of_a_substance_is_not_divided_by_the_volume() -> None:
    model = given(KINDS, "M=doses:1:0..10", "A=doses:2:0..10", "X=doses:3:0..10")
    formulas = {a.variable: a.formula for e in model.events[1:] for a in e.assignments}
    values = {"M": 2.0, "A": 1.0, "X": 0.5, "V": 4.0, "M_dose_1": 8.0, "A_dose_1": 8.0, "X_dose_1": 8.0}
    assert {name: evaluate([formula], values)[0] for name, formula in formulas.items()} == {
        "M": 10.0,
        "A": 3.0,
        "X": 8.5,
    }


def question(text: str, inputs: tuple[str, ...], vary: tuple[str, ...] = ()) -> Question:
    opened = open_model(text).with_inputs(*inputs)
    return opened.question("A", horizon=10, vary=vary)


def test_every_level_has_its_range_beside_the_rest_of_the_domain() -> None:
    asked = question(ELIMINATION, ("feed=steps:1..7/2:0..10", "A=doses:3:1..4"))
    spans = {r.quantity: (r.low, r.high, r.relative) for r in asked.domain.ranges}
    assert spans == {
        "A": (0.5, 2.0, True),
        "k": (0.5, 2.0, True),
        "feed_base": (0.5, 2.0, True),
        "feed_step_1": (0.0, 10.0, False),
        "feed_step_2": (0.0, 10.0, False),
        "A_dose_1": (1.0, 4.0, False),
    }
    told = domain_text(asked.domain)
    assert "every schedule of feed in 2 steps from time 1 to 7, each from 0 to 10" in told
    assert "every dosing of A at time 3, from 1 to 4" in told
    assert "step_1" not in told


def test_levels_are_drawn_each_on_its_own_and_may_be_near_nothing() -> None:
    asked = question(ELIMINATION, ("feed=steps:1..7/2:0..10",), vary=("none",))
    dynamics = open_model(ELIMINATION).with_inputs("feed=steps:1..7/2:0..10").dynamics
    table = draws(asked.domain, dynamics.nominal, dynamics.quantities, np.random.default_rng(1), 4000)
    first, second = (table[:, dynamics.quantities.index(f"feed_step_{place}")] for place in (1, 2))
    assert (np.ptp(table, axis=0) > 0).sum() == 2
    # Uniform on [0, 10]: mean 5, variance 100/12, both within five standard errors.
    error = np.sqrt(100 / 12 / 4000)
    assert abs(first.mean() - 5) < 5 * error
    assert abs(second.mean() - 5) < 5 * error
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(4000)
    assert first.min() < 0.05


def test_relative_levels_are_multiples_of_the_own_value() -> None:
    asked = question(ELIMINATION.replace("feed = 1", "feed = 3"), ("feed=steps:0..8/2:0.1..4x",), ("none",))
    assert [r.relative for r in asked.domain.ranges] == [False, False]
    assert [r.low for r in asked.domain.ranges] == pytest.approx([0.3, 0.3])
    assert [r.high for r in asked.domain.ranges] == pytest.approx([12, 12])
    assert "0.1 to 4 times its value" in domain_text(asked.domain)


@pytest.mark.parametrize("vary", ["feed=0.5..2x", "feed_step_1=0..3"])
def test_what_an_input_varies_has_no_second_range(vary: str) -> None:
    with pytest.raises(UsageError, match="one range for each quantity") as caught:
        question(ELIMINATION, ("feed=steps:1..7/2:0..10",), vary=(vary,))
    assert caught.value.code == "E-INPUT"


def test_a_question_keeps_its_inputs_in_json() -> None:
    asked = question(ELIMINATION, ("feed=steps:1..7/2:0..10", "A=doses:3:1..4"))
    assert question_from_json(json.loads(json.dumps(question_as_json(asked)))) == asked
    older = question_as_json(asked)
    del older["inputs"]
    assert question_from_json(older).domain.ranges == asked.domain.ranges


def test_the_driven_model_is_the_same_wherever_its_file_lies(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    places = [tmp_path / "m.ant", tmp_path / "a" / "other.ant"]
    for place in places:
        place.write_text(ELIMINATION)
    hashes = {open_model(place).with_inputs("feed=steps:1..7/2:0..10").sha256 for place in places}
    assert len(hashes) == 1
    assert hashes != {open_model(places[0]).sha256}
