"""The folder of a finished study: written complete or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from isthmus.errors import UsageError, Where
from isthmus.records.study import SCHEMA

Content = bytes | str | Callable[[Path], object]

STUDY: Final = "study.json"
FILES: Final = (
    "full.xml",
    "reduced.xml",
    "reduced.ant",
    "certificate.json",
    STUDY,
    "report.html",
    "trajectories.nc",
    "counterexample.json",
)


def write_folder(target: str | Path, files: Mapping[str, Content]) -> Path:
    """Write the files of a study into `target` and return its path.

    A content is bytes, text (written as UTF-8), or a function that writes the path it is given. A folder
    that an earlier study left is replaced; any other folder that is not empty is refused with a
    UsageError before a byte is written.
    """
    unknown = sorted(set(files) - set(FILES))
    if unknown:
        raise ValueError(f"not a file of a study: {', '.join(unknown)}")
    with staged_folder(target) as folder:
        for name, content in files.items():
            _write(folder / name, content)
    return Path(target)


@contextmanager
def staged_folder(target: str | Path) -> Iterator[Path]:
    """A new folder beside `target` that takes its name when the block ends, and vanishes when it fails."""
    final = Path(os.path.abspath(target))
    check_target(target)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{final.name}.", suffix=".part", dir=final.parent))
    except OSError as error:
        raise _unwritable(target, final.parent, error) from error
    try:
        yield stage
        for path in sorted(stage.iterdir()):
            _flush(path)
        _flush(stage)
        stage.chmod(0o777 & ~_umask())
        # The other process that may have put something there meanwhile is refused like one that came first.
        check_target(target)
        _swap(stage, final)
    finally:
        if stage.exists():
            shutil.rmtree(stage)


def check_target(target: str | Path) -> None:
    """Refuse (UsageError E-OUT) what is not free, empty or an earlier study, or cannot be written."""
    path = Path(os.path.abspath(target))
    _check_writable(target, path)
    if path == Path.cwd() or path in Path.cwd().parents:
        raise _refused(target, "the current folder or one above it cannot be replaced")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise _refused(target, "there is a file or a link of that name")
    if not path.exists():
        return
    present = {entry.name for entry in path.iterdir()}
    if not present:
        return
    if not _is_study(path):
        raise _refused(target, "the folder is not empty and was not written by isthmus")
    foreign = sorted(present - set(FILES))
    if foreign:
        raise _refused(target, f"the folder also holds {', '.join(foreign[:3])}, which would be lost")


def _check_writable(target: str | Path, path: Path) -> None:
    """Make and remove a folder where the study would go: rights alone do not tell what will work."""
    above = next(parent for parent in path.parents if os.path.lexists(parent))
    try:
        os.rmdir(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=above))
    except OSError as error:
        raise _unwritable(target, above, error) from error


def _unwritable(target: str | Path, above: Path, error: OSError) -> UsageError:
    return UsageError(
        "E-OUT",
        f"no folder can be made in {above}: {error.strerror}",
        needed="a place where files may be written",
        advice="name another folder with --out",
        where=Where(file=str(target)),
    )


def _is_study(folder: Path) -> bool:
    try:
        document = json.loads((folder / STUDY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("schema") == SCHEMA


def _refused(target: str | Path, found: str) -> UsageError:
    return UsageError(
        "E-OUT",
        found,
        needed="a new name, an empty folder or the folder of an earlier study",
        advice="name another folder with --out",
        where=Where(file=str(target)),
    )


def _write(path: Path, content: Content) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="\n")
    else:
        content(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(stage: Path, final: Path) -> None:
    """Give `stage` the name `final`; what was there goes only when the new folder is in place."""
    if not final.exists():
        stage.rename(final)
    else:
        retired = stage.with_name(stage.name + ".old")
        final.rename(retired)
        try:
            stage.rename(final)
        except OSError:
            retired.rename(final)
            raise
        shutil.rmtree(retired)
    _flush(final.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
