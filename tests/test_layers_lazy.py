"""Importing the package and its command line loads none of the heavy libraries."""

import json
import subprocess
import sys

import pytest

HEAVY = ["antimony", "h5netcdf", "libsbml", "llvmlite", "matplotlib", "numba", "pandas", "pint"]
HEAVY += ["scipy", "sksundae", "sympy", "xarray"]


def loaded_after(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter holds after a statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("statement", ["import isthmus", "import isthmus.cli"])
def test_nothing_heavy_is_imported(statement: str) -> None:
    assert loaded_after(statement) == set()


def test_the_check_sees_a_heavy_import() -> None:
    assert loaded_after("import scipy") == {"scipy"}
