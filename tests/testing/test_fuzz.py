"""The fuzz target: the same seed gives the same texts, and what is no proper answer is a finding."""

import json
import random

import pytest

from isthmus.errors import ModelError, Where
from isthmus.formats.sandbox import Reader
from isthmus.testing import fuzz
from isthmus.testing.__main__ import main
from isthmus.testing.mutations import mutate_bytes, mutate_structure

FILES = {"a.ant": b"A -> B; k*A; k = 1; A = 2; B = 0\n" * 3, "b.xml": b"<sbml><model id='m'/></sbml>"}


def test_a_seed_and_a_number_give_a_text() -> None:
    numbers = range(200)
    once = [fuzz.damaged_text(7, n, FILES) for n in numbers]
    assert once == [fuzz.damaged_text(7, n, FILES) for n in numbers]
    assert once != [fuzz.damaged_text(8, n, FILES) for n in numbers]
    assert len(set(once)) > 150


@pytest.mark.parametrize("mutate", [mutate_bytes, mutate_structure])
@pytest.mark.parametrize("data", [b"", b"x", b'<a b="c"><d/></a>\n(1+(2))\n', b"\xff" * 10])
def test_every_mutation_takes_every_text(mutate, data: bytes) -> None:
    choice = random.Random(3)
    changed = [mutate(choice, data) for _ in range(300)]
    assert all(isinstance(text, bytes) for text in changed) and any(text != data for text in changed)


@pytest.mark.parametrize(
    ("raised", "is_finding"),
    [
        (ModelError("E-XML", "not XML", where=Where("a.ant", 1)), False),
        (ModelError("E-READER-CRASH", "gone", where=Where("a.ant")), True),
        (ModelError("E-XML", "no file named"), True),
        (ModelError("E-XML", "", where=Where("a.ant")), True),
    ],
)
def test_what_counts_as_a_finding(monkeypatch, raised: ModelError, is_finding: bool) -> None:
    def refuse(*_arguments: object) -> None:
        raise raised

    reader = Reader()
    monkeypatch.setattr(reader, "ask", refuse)
    number = next(n for n in range(50) if fuzz._chosen(random.Random(f"1:{n}"), FILES)[0] != "formula")
    outcome, finding = fuzz.run_trial(1, number, FILES, reader)
    assert outcome == f"refused {raised.code}" and (finding is not None) == is_finding


def test_a_fault_of_the_formula_parser_is_a_finding(monkeypatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("by us")

    monkeypatch.setattr(fuzz, "parse", fail)
    outcome, finding = fuzz.run_trial(1, 0, {}, Reader())
    assert outcome == "fault" and finding is not None and "ZeroDivisionError" in finding.what


def test_a_short_run(tmp_path, capsys) -> None:
    (tmp_path / "a.ant").write_bytes(FILES["a.ant"])
    out = tmp_path / "found.json"
    arguments = ["fuzz", "--corpus", str(tmp_path), "--seconds", "60", "--trials", "60", "--json", str(out)]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 60
    assert json.loads(out.read_text())["findings"] == []
