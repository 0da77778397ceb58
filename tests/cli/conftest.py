"""Running the command line inside the test."""

from dataclasses import dataclass

import pytest
from tests.report.enzyme_study import make_study

from isthmus.cli.app import run
from isthmus.records.study import Study


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def isthmus(capsys):
    """Run `isthmus` with arguments."""

    def call(*arguments: str) -> Ended:
        code = run(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def study() -> Study:
    """A certified study of the enzyme."""
    return make_study()
