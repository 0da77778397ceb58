"""The unit check against libSBML's own, on the public models whose units are all known."""

import os
import tarfile
from pathlib import Path

import pytest

from isthmus.errors import ModelError
from isthmus.formats import read_bytes
from isthmus.model.unit_check import check_units

pytestmark = pytest.mark.corpora

# libSBML's own numbers of its rules on units.
WRONG = range(10500, 10600)
# What libSBML also calls wrong: a power whose exponent is no whole number; isthmus takes its value.
POWER = 10501
# Looked at by hand. 100: L/h for an amount per time, of which bare numbers make libSBML say nothing. 225: per
# minute against per second.
EXPLAINED = {"BIOMD0000000100.xml", "BIOMD0000000225.xml"}


def libsbml_says(data: bytes) -> set[int]:
    """The errors of units that libSBML finds, by the number of the rule."""
    import libsbml

    document = libsbml.readSBMLFromString(data.decode())
    for category in range(7):
        document.setConsistencyChecks(category, category == libsbml.LIBSBML_CAT_UNITS_CONSISTENCY)
    document.checkConsistency()
    codes = {document.getError(i).getErrorId() for i in range(document.getNumErrors())}
    return codes.intersection(WRONG)


def test_both_find_the_same_models_wrong() -> None:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    agreed, compared, differ = 0, 0, set()
    with tarfile.open(Path(root) / "biomodels/biomodels.tar.xz") as tar:
        for member in sorted((m for m in tar if m.name.endswith(".xml")), key=lambda m: m.name):
            stream = tar.extractfile(member)
            assert stream is not None
            data = stream.read()
            try:
                model = read_bytes(data, member.name).model
            except ModelError:
                continue
            statuses = {check.status for check in check_units(model).checks}
            if "unknown" in statuses:
                continue
            ours, theirs = "mismatch" in statuses, libsbml_says(data)
            compared += 1
            agreed += ours == bool(theirs)
            if ours != bool(theirs) and POWER not in theirs:
                differ.add(Path(member.name).name)
    assert compared >= 30
    assert differ == EXPLAINED
    assert agreed >= 0.85 * compared
