"""A corpus: model files in a folder or a tar archive, each with its reference curves where there are any."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isthmus.errors import UsageError, Where

MODELS = (".xml", ".sbml", ".ant")
REFERENCES = "reference"


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of a corpus: its name, its file, and the file of its reference curves."""

    name: str
    path: Path
    reference: Path | None = None


@contextmanager
def opened(source: Path) -> Iterator[Path]:
    """The folder of a corpus; an archive is unpacked into a temporary one for as long as it is open."""
    if source.is_dir():
        yield source
        return
    try:
        with tempfile.TemporaryDirectory(prefix="isthmus-corpus-") as folder:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
            yield Path(folder)
    except (tarfile.TarError, OSError) as error:
        raise UsageError(
            "E-FILE",
            f"is no corpus: {error}",
            needed="a folder of model files, or a tar archive of one",
            where=Where(str(source)),
        ) from None


def find_entries(folder: Path, names: Sequence[str] = (), limit: int | None = None) -> tuple[Entry, ...]:
    """The models below a folder by name, those named only; UsageError where a named one is not there."""
    references = {path.stem: path for path in sorted(folder.rglob(f"{REFERENCES}/*.csv"))}
    entries = {
        path.stem: Entry(path.stem, path, references.get(path.stem))
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in MODELS and path.is_file()
    }
    missing = [name for name in names if name not in entries]
    if missing or not entries:
        raise UsageError(
            "E-FILE",
            f"no model {', '.join(missing)}" if missing else "no model file",
            needed=f"files that end in {', '.join(MODELS)}",
            where=Where(str(folder)),
        )
    chosen = [entries[name] for name in names] if names else list(entries.values())
    return tuple(chosen[:limit])
