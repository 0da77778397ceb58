"""What is measured beside the shipped models: networks of the public corpora, and a model of one's own.

ISTHMUS_CORPORA names the folder of the corpora.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HORIZONS = {"multisite2": 2.0, "egfr_net": 10.0}


def own_model(benchmark: str, options: Sequence[str]) -> dict[str, tuple[Any, float]]:
    """Name → (model, horizon) of the file that the options name; nothing without any."""
    from isthmus.formats import read_model

    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {benchmark}")
    parser.add_argument("--model", type=Path, help="a model file, to be measured in place of all others")
    parser.add_argument("--horizon", type=float, default=100.0)
    chosen = parser.parse_args(list(options))
    return {} if chosen.model is None else {chosen.model.stem: (read_model(chosen.model), chosen.horizon)}


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
