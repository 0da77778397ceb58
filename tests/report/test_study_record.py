"""A study as JSON: the keys that others read, the published schema, and back again."""

import json
import math
from importlib import import_module
from importlib.resources import files

import pytest

from isthmus.errors import UsageError, Where
from isthmus.records.ladder import ErrorQuantiles, Rung, Size
from isthmus.records.law import Formula, Law
from isthmus.records.study import Study
from isthmus.report.json import error_as_json, render_json

# It ships no types.
jsonschema = import_module("jsonschema")


def schema(name: str) -> dict:
    return json.loads(
        files("isthmus.records").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")
    )


def test_it_comes_back_as_it_was(study):
    again = Study.from_json(json.loads(render_json(study.as_json())))
    assert render_json(again.as_json()) == render_json(study.as_json())
    assert again.question == study.question
    assert again.ladder == study.ladder
    assert again.laws == study.laws


def test_the_keys_that_others_read(study):
    document = study.as_json()
    assert {"question", "before", "after", "ladder", "chosen", "certificate", "provenance"} <= set(document)
    assert set(document["before"]) == set(document["after"]) == {"states", "reactions", "parameters", "terms"}
    assert document["ladder"][2]["states"] == 1
    assert document["ladder"][2]["error"] == 4.1e-3
    assert document["ladder"][2]["steps"] == ["C follows S + C at once (total QSSA)"]
    assert document["certificate"]["verdict"] == "kept"


def test_it_keeps_its_schema(study, vary_study):
    jsonschema.Draft202012Validator.check_schema(schema("study"))
    for one in (study, vary_study(certificate=None, interrupted=True)):
        document = json.loads(render_json(one.as_json()))
        jsonschema.validate(document, schema("study"))
    jsonschema.validate(json.loads(render_json(study.as_json()))["certificate"], schema("certificate"))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("chosen",), -1),
        (("ladder", 0, "error"), "large"),
        (("question", "tolerance"), 2),
        (("provenance", "date"), "yesterday"),
        (("version",), 2),
        (("laws", 0, "role"), "guess"),
    ],
)
def test_the_schema_says_no(study, place, value):
    document = json.loads(render_json(study.as_json()))
    target = document
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema("study"))


def test_what_is_not_finite_is_written_as_json(study, vary_study):
    worst = Rung(Size(1, 1, 1, 1), ErrorQuantiles(math.nan, 0.1, 0.2, math.inf), math.nan)
    changed = vary_study(ladder=(*study.ladder, worst))
    text = render_json(changed.as_json())
    json.loads(text, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    again = Study.from_json(json.loads(text)).ladder[-1]
    assert math.isnan(again.error.nominal)
    assert again.error.worst == math.inf


def test_another_document_is_refused():
    with pytest.raises(ValueError, match="not a study of version 1"):
        Study.from_json({"schema": "isthmus-study", "version": 99})


def test_a_chosen_rung_exists(study, vary_study):
    with pytest.raises(ValueError, match="ladder has 5 rungs"):
        vary_study(chosen=5)


def test_found_needs_a_kept_certificate_and_a_smaller_model(study, vary_study):
    assert study.found
    assert not vary_study(certificate=None).found
    assert not vary_study(chosen=0).found


def test_an_error_as_json():
    error = UsageError("E-X", "this", needed="that", advice="so", where=Where("m.xml", 3, 4, "reaction 'r'"))
    assert error_as_json(error)["error"] == {
        "code": "E-X",
        "found": "this",
        "needed": "that",
        "advice": "so",
        "where": {"file": "m.xml", "line": 3, "column": 4, "object": "reaction 'r'"},
        "exit_code": 2,
    }


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("cell*k*S", "k*cell*S", False),
        ("a*(b + c) + d", "d + (c + b)*a", False),
        ("a - b", "b - a", True),
        ("a/b", "b/a", True),
        ("a^b", "b^a", True),
        ("k*S", "k*P", True),
        ("sin(a + b)", "sin(b + a)", False),
        ("<not a formula", ">not a formula", True),
    ],
)
def test_the_order_of_terms_is_no_change(before, after, changed):
    assert Law("r", "rate", Formula(before), Formula(after)).changed is changed


def test_a_law_on_one_side_only_is_a_change():
    assert Law("r", "rate", Formula("k"), None).changed
    assert Law("r", "rate", None, Formula("k")).changed
