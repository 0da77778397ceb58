"""Two tiny models: one that can be reduced, one that no tool can run."""

from pathlib import Path

import pytest

DECAY = """
model decay()
  compartment cell = 1;
  species A in cell, B in cell;
  A = 10; B = 0;
  convert: A -> B; cell * k * A;
  k = 0.1;
end
"""
LATE = """
model late()
  compartment cell = 1;
  species A in cell;
  A = 1;
  lose: A -> ; cell * k * delay(A, 2);
  k = 0.1;
end
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of both, with reference curves of the first: A = 10 exp(-t/10), B = 10 - A."""
    from math import exp

    folder = tmp_path / "corpus"
    (folder / "reference").mkdir(parents=True)
    (folder / "decay.ant").write_text(DECAY)
    (folder / "late.ant").write_text(LATE)
    rows = [f"{t},{10 * exp(-0.1 * t)!r},{10 - 10 * exp(-0.1 * t)!r}" for t in range(0, 101, 5)]
    (folder / "reference" / "decay.csv").write_text("\n".join(["time,A,B", *rows]) + "\n")
    (folder / "reference" / "late.csv").write_text("time,A\n0,1\n1,1\n")
    return folder
