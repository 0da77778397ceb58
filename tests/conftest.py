"""What every test may rely on: fixed pseudo-random examples, and the places of the shipped files."""

from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

# The same examples on every machine: a failure seen in CI is a failure seen at home.
settings.register_profile("isthmus", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("isthmus")


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the example models."""
    return REPOSITORY / "examples"
