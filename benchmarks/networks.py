"""BioNetGen networks of the public corpora, where ISTHMUS_CORPORA names their folder."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HORIZONS = {"multisite2": 2.0, "egfr_net": 10.0}


def networks() -> dict[str, tuple[Any, float]]:
    """Name → (model, horizon); nothing without the corpora."""
    from isthmus.formats import read_model

    corpora = os.environ.get("ISTHMUS_CORPORA")
    if not corpora:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(Path(corpora) / "crn/networks.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        return {
            name: (read_model(Path(folder) / f"crn/{name}.net"), horizon)
            for name, horizon in HORIZONS.items()
        }
