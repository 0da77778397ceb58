"""Machine code kept on disk, in a directory that only its owner can write.

Cached code is executed, so the directory is checked before it is trusted, and every file carries a digest. A
store that cannot be used costs time, never an answer: what is missing, foreign, truncated or unwritable is
compiled again. `ISTHMUS_CODE_CACHE=off` leaves it alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
import zlib
from pathlib import Path
from typing import Final

LARGEST: Final = 256 * 1024**2
"""Bytes of all files together; the least recently used go first."""

_DIGEST: Final = 32
_SUFFIX: Final = ".code"
_TEMPORARY: Final = ".writing"
_ONE_IN: Final = 128
_DAY: Final = 86400.0


def cache_directory() -> Path:
    """Return where compiled code is kept: ``$XDG_CACHE_HOME/isthmus`` or ``~/.cache/isthmus``."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(root) if os.path.isabs(root) else Path(os.path.expanduser("~")) / ".cache"
    return base / "isthmus"


def usable_directory() -> Path | None:
    """Return the cache directory, made if need be, or None where it is off or cannot be trusted."""
    if os.environ.get("ISTHMUS_CODE_CACHE", "").lower() in ("off", "0", "no"):
        return None
    directory = cache_directory()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        return None
    return directory


def name_of(label: str, *parts: str | bytes) -> str:
    """Return the name of the file that holds what these parts determine."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little") + content)
    return f"{label}-{digest.hexdigest()}{_SUFFIX}"


def fetch(name: str) -> bytes | None:
    """Return what was kept under a name, whole, or None."""
    directory = usable_directory()
    if directory is None:
        return None
    path = directory / name
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            return None
        # What is used stays; a note of it once a day will do.
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)
    except OSError:
        return None
    return content[_DIGEST:]


def keep(name: str, content: bytes) -> None:
    """Keep some content under a name, whole or not at all."""
    directory = usable_directory()
    if directory is None:
        return
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=directory, suffix=_TEMPORARY)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        os.replace(temporary, directory / name)
    except OSError:
        if temporary is not None:
            _remove(Path(temporary))
        return
    # Looking through a full folder takes longer than keeping a file: now and then will do.
    if zlib.crc32(name.encode()) % _ONE_IN == 0:
        evict(directory)


def evict(directory: Path, largest: int = LARGEST) -> None:
    """Remove the least recently used files until the rest is small enough, and what a crash left behind."""
    total = 0
    for used, size, path in sorted(_files(directory), reverse=True):
        is_left_over = path.endswith(_TEMPORARY) and time.time() - used > _DAY
        total += size
        if total > largest or is_left_over:
            _remove(Path(path))


def _files(directory: Path) -> list[tuple[float, int, str]]:
    """(last used, bytes, path) of each file of ours that is still there."""
    found: list[tuple[float, int, str]] = []
    for path in _paths(directory):
        try:
            state = os.stat(path)
        except OSError:
            continue
        found.append((state.st_mtime, state.st_size, path))
    return found


def _paths(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return [entry.path for entry in entries if entry.name.endswith((_SUFFIX, _TEMPORARY))]
    except OSError:
        return []


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        # Another process was faster, or the folder has become read-only.
        return
