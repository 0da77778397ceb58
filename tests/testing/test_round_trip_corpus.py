"""A sample of the published models is written and read back without a difference."""

import os
from pathlib import Path

import pytest

from isthmus.testing.corpus import find_entries, opened
from isthmus.testing.round_trip import PASS, round_trip_one

pytestmark = pytest.mark.corpora

# Events; a delay by events; local parameters with names; rules and rates; ids that Antimony renames.
SAMPLE = ("BIOMD0000000007", "BIOMD0000000195", "BIOMD0000000438", "BIOMD0000000138", "BIOMD0000000166")


def test_a_sample_comes_back_as_it_was(tmp_path: Path) -> None:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    with opened(Path(root) / "biomodels" / "biomodels.tar.xz") as folder:
        rows = [
            round_trip_one(str(entry.path), tmp_path, str(entry.reference or ""), lambda *_: None)
            for entry in find_entries(folder, SAMPLE)
        ]
    assert [(row["status"], row["antimony"], row["lost"], row["invalid"]) for row in rows] == [
        (PASS, PASS, 0, 0)
    ] * len(SAMPLE)
    # The model read back is equal, so its run is the same to the last bit.
    assert [row["difference"] for row in rows] == [0.0] * len(SAMPLE)
    assert sum(row["renamed"] for row in rows) >= 2
