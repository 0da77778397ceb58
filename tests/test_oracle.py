"""The reference cases of an oracle file, each compared under the file's own tolerance policy.

The file is tests/data/oracles.json or the one that ISTHMUS_ORACLES names; any file of the same shape will do.
Computations that go through a model are made by the product: Model → rates reading → integrator.
"""

import json
import os
from pathlib import Path

import pytest
from tests.reference import oracle_damkohler, oracle_enzyme, oracle_groups, oracle_ultrasensitivity
from tests.reference.oracle_policy import compare

ORACLES = Path(os.environ.get("ISTHMUS_ORACLES") or Path(__file__).parent / "data" / "oracles.json")

TOPICS = {
    "t01_qssa": oracle_enzyme.answer,
    "t02_pi": oracle_groups.answer,
    "t03_damkohler": oracle_damkohler.answer,
    "t04_ultrasensitivity": oracle_ultrasensitivity.answer,
}


def cases():
    topics = json.loads(ORACLES.read_text(encoding="utf-8"))["topics"]
    return [
        pytest.param(topic, case, id=f"oracle-{case['id']}")
        for topic in TOPICS
        for case in topics.get(topic, {"cases": ()})["cases"]
    ]


@pytest.mark.parametrize(("topic", "case"), cases())
def test_oracle(topic, case):
    found = TOPICS[topic](case["inputs"], case["expected"])
    problems = compare(found, case)
    assert not problems, "\n".join(problems)


def test_oracle_policy_can_say_no():
    case = {
        "id": "x",
        "expected": {"a": [1.0, 2.0], "b": {"c": 1.0}},
        "tolerance": {"rtol": 1e-3, "atol": 0.0},
    }
    assert compare({"a": [1.0, 2.0], "b": {"c": 1.0}}, case) == []
    assert compare({"a": [1.0, 2.01], "b": {"c": 1.0}}, case)
    assert compare({"a": [1.0], "b": {"c": 1.0}}, case)
    assert compare({"a": [1.0, 2.0]}, case)
    assert compare({"a": [1.0, 2.0], "b": {"c": float("nan")}}, case)
    loose = case | {"tolerance_by_key": {"a": {"rtol": 0.1, "atol": 0.0}}}
    assert compare({"a": [1.0, 2.01], "b": {"c": 1.0}}, loose) == []


def test_oracle_topics_are_in_the_public_file():
    if "ISTHMUS_ORACLES" in os.environ:
        pytest.skip("another file than the public one was named; its topics are its own")
    assert set(json.loads(ORACLES.read_text(encoding="utf-8"))["topics"]) >= set(TOPICS)
