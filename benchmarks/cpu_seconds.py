"""CPU seconds of work that this process shares with its reader, and a code cache without any kernels."""

from __future__ import annotations

import os
import resource
import shutil
import time
from pathlib import Path


def of_process(number: int) -> float:
    """The CPU seconds of a running process; NaN where the system does not tell."""
    path = Path(f"/proc/{number}/schedstat")
    return int(path.read_text(encoding="ascii").split()[0]) / 1e9 if path.exists() else float("nan")


def with_reader() -> float:
    """The CPU seconds so far of this process, of the reader process and of those that it replaced."""
    from isthmus.formats.sandbox import READER

    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    reader = READER._process
    running = of_process(reader.pid) if reader is not None and reader.poll() is None else 0.0
    return time.process_time() + ended.ru_utime + ended.ru_stime + running


def forget_kernels(folder: Path) -> None:
    """Use a copy of the code cache in this folder from now on: the integrators, no kernels, no readings."""
    from isthmus.algebra.code_store import cache_directory

    if cache_directory().exists():
        of_models = shutil.ignore_patterns("kernels-*", "reading-*", "*.writing")
        shutil.copytree(cache_directory(), folder / "isthmus", ignore=of_models)
    os.environ["XDG_CACHE_HOME"] = str(folder)
