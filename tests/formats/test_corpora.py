"""Public corpora: every file is read or refused by name, and what was read survives writing."""

import os
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus import formats
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
    assert read == 178
    assert refused == {"E-EVENT": 37, "E-DELAY": 3, "E-STOICHIOMETRY": 1, "E-VALUE-MISSING": 1}
