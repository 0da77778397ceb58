"""Every code that an error can carry is explained, and nothing else is."""

import re
from pathlib import Path

import pytest

from isthmus.codes import explanations, find_explanation
from isthmus.errors import UsageError

SOURCES = Path(__file__).resolve().parent.parent / "src" / "isthmus"
CODE = re.compile(r"\bE-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")


def codes_in_source() -> set[str]:
    return {code for path in SOURCES.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_is_explained_and_every_explanation_is_used():
    assert codes_in_source() == {entry.code for entry in explanations()}


def test_the_search_sees_codes():
    assert {"E-TOLERANCE", "E-CERT-HORIZON"} <= codes_in_source()


@pytest.mark.parametrize("entry", explanations(), ids=lambda entry: entry.code)
def test_an_explanation_is_complete(entry):
    assert entry.title[0].islower() or entry.title.startswith("libSBML")
    assert not entry.title.endswith(".")
    assert entry.meaning.endswith(".")
    assert entry.remedy.endswith(".")


def test_a_code_is_found_as_it_stands_in_the_message():
    assert find_explanation(" [e-tolerance] ").code == "E-TOLERANCE"


def test_an_unknown_code_is_refused_with_a_guess():
    with pytest.raises(UsageError, match="E-TOLERANCE"):
        find_explanation("E-TOLERANC")


def test_the_page_of_messages_is_up_to_date():
    from importlib.util import module_from_spec, spec_from_file_location

    docs = SOURCES.parent.parent / "docs"
    spec = spec_from_file_location("write_messages", docs / "write_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (docs / "messages.md").read_text(encoding="utf-8") == module.page(), (
        "run python docs/write_messages.py"
    )
