"""A handful of cases of the SBML Test Suite itself, one of each feature that the reader works out."""

import os
import tarfile
from pathlib import Path

import pytest

from isthmus.testing.suite_case import find_cases
from isthmus.testing.suite_run import run_model

pytestmark = pytest.mark.corpora

CASES = {
    "00001": "a reaction",
    "00026": "an event",
    "00071": "an event with a delay",
    "00039": "an algebraic rule",
    "00566": "an algebraic rule and a local parameter",
    "01068": "a stoichiometry set by a rule",
    "01108": "a stoichiometry behind an assigned reference",
    "01126": "submodels",
    "01235": "a rule without a formula",
    "01293": "rateOf",
    "01444": "an event on a stoichiometry",
    "00938": "a delay of what an initial assignment moves before time 0",
    "00985": "a delay of a delay",
    "01518": "a delay in a trigger",
    "00870": "a reaction declared fast",
    "01506": "an event on a species and its compartment",
}
REFUSED = {"01571": "E-FAST-REACTION", "01165": "E-IMPORT", "01186": "flux balance"}


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Path:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    folder = tmp_path_factory.mktemp("suite")
    with tarfile.open(Path(root) / "sbml-test-suite" / "semantic.tar.xz") as archive:
        wanted = [member for member in archive if Path(member.name).parent.name in {*CASES, *REFUSED}]
        archive.extractall(folder, members=wanted, filter="data")
    return folder


def row(suite: Path, number: str, grid: int = 1) -> dict:
    (case,) = find_cases(suite, number)
    return run_model(str(case.models[-1]), str(case.settings), str(case.results), grid)


@pytest.mark.parametrize("number", CASES)
def test_a_case_passes_on_any_grid(suite, number) -> None:
    for grid in (1, 10):
        found = row(suite, number, grid)
        assert found["status"] == "pass", found


@pytest.mark.parametrize(("number", "by"), REFUSED.items())
def test_a_case_is_refused_by_name(suite, number, by) -> None:
    found = row(suite, number)
    assert (found["status"], found["by"]) == ("refused", by), found
