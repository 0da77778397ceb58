"""Studies to render."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.report.enzyme_study import make_study

from isthmus.records.study import Study


@pytest.fixture(scope="session")
def study() -> Study:
    """A certified study of the enzyme."""
    return make_study()


@pytest.fixture(scope="session")
def vary_study(study: Study) -> Callable[..., Study]:
    """A copy of the study with other fields."""
    return lambda **changes: replace(study, **changes)
