"""Public corpora: every file is read or refused by name, and what was read survives writing."""

import math
import os
import random
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus import formats
from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import postorder
from isthmus.errors import ModelError, UnsupportedFeature

pytestmark = pytest.mark.corpora


def files(archive: str) -> list[tuple[str, bytes]]:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    with tarfile.open(Path(root) / archive) as tar:
        members = [member for member in tar if member.isfile() and member.name.endswith(".xml")]
        return [(member.name, stream.read()) for member in members if (stream := tar.extractfile(member))]


def test_every_biomodel_is_read_or_refused_by_name(tmp_path: Path) -> None:
    refused: Counter[str] = Counter()
    read = 0
    for name, data in files("biomodels/biomodels.tar.xz"):
        path = tmp_path / Path(name).name
        path.write_bytes(data)
        try:
            model = formats.read_model(path)
        except UnsupportedFeature as error:
            assert error.where.line > 0 and error.where.object
            refused[error.code] += 1
            continue
        except ModelError as error:
            assert error.code == "E-VALUE-MISSING"
            refused[error.code] += 1
            continue
        read += 1
        text = formats.sbml_text(model)
        assert formats.check_sbml(text) == []
        again = replace(formats.read_model(text), source=model.source, sha256=model.sha256)
        # By their text: NaN is not equal to itself.
        assert repr(again) == repr(model)
    assert read == 219
    assert refused == {"E-VALUE-MISSING": 1}


def test_every_rate_has_the_value_that_libsbml_computes() -> None:
    compared = 0
    delayed = set()
    for name, data in files("biomodels/biomodels.tar.xz"):
        try:
            model = formats.read_model(data.decode())
        except ModelError:
            continue
        random_ = random.Random(name)
        values = {i: random_.uniform(0.5, 2) for i in sorted(model.ids - {r.id for r in model.reactions})}
        theirs = libsbml_rates(data.decode(), values)
        for reaction in model.reactions:
            if reaction.id not in theirs:
                # A part of a reaction with a computed stoichiometry, which multiplies its rate.
                assert any(reaction.id.startswith(f"{name}_") for name in theirs)
                continue
            if any(node.op == "delay" for node in postorder([reaction.rate])):
                delayed.add(name)
                continue
            ours = float(evaluate([reaction.rate], values)[0])
            # Both sum and multiply the same terms in doubles, in different orders.
            same = math.isclose(ours, theirs[reaction.id], rel_tol=1e-9)
            assert same or (math.isnan(ours) and math.isnan(theirs[reaction.id])), (name, reaction.id)
            compared += 1
    assert compared > 2000
    # The past has no value at a point.
    assert delayed == {f"biomodels/BIOMD0000000{number}.xml" for number in (154, 155)}


def libsbml_rates(text: str, values: dict[str, float]) -> dict[str, float]:
    """Kinetic laws evaluated by libSBML, functions expanded and local parameters renamed by it too."""
    import libsbml

    document = libsbml.readSBMLFromString(text)
    for option in ("expandFunctionDefinitions", "promoteLocalParameters"):
        properties = libsbml.ConversionProperties()
        properties.addOption(option, True)
        assert document.convert(properties) == libsbml.LIBSBML_OPERATION_SUCCESS
    numbers = libsbml.SBMLDocument(3, 2)
    holder = numbers.createModel()
    for name, value in values.items():
        parameter = holder.createParameter()
        parameter.setId(name)
        parameter.setValue(value)
    evaluated = libsbml.SBMLTransforms.evaluateASTNode
    reactions = document.getModel().getListOfReactions()
    return {r.getId(): evaluated(r.getKineticLaw().getMath(), holder) for r in reactions}
