"""Where a model comes from: a file by its path, or a text given as it is."""

from __future__ import annotations

import os
from pathlib import Path

from isthmus.errors import ModelError, Where
from isthmus.formats.content import LARGEST_FILE

_SIGNS_OF_TEXT = ("\n", "->", "=>", ";", "=")


def load(source: str | os.PathLike[str], needed: str = "an SBML or Antimony file") -> tuple[bytes, str]:
    """(bytes, path as given or "" for a text).

    needed: what the message asks for. Raises `ModelError` for a file that is not there or cannot be read.
    """
    if isinstance(source, str) and _is_text(source):
        return source.encode(), ""
    name = os.fspath(source)
    path = Path(name)
    where = Where(name)
    try:
        if not path.is_file():
            kind = (
                "a folder" if path.is_dir() else "no such file" if not path.exists() else "not a regular file"
            )
            raise ModelError("E-FILE", kind, needed=needed, advice=_similar(path), where=where)
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ModelError(
                "E-TOO-LARGE", f"{size:,} bytes", needed=f"at most {LARGEST_FILE:,} bytes", where=where
            )
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1), name
    except OSError as error:
        raise ModelError("E-FILE", f"cannot be read: {error.strerror}", where=where) from None


def _is_text(source: str) -> bool:
    if source.lstrip("\ufeff \t\r\n").startswith("<") or "\n" in source:
        return True
    return any(sign in source for sign in _SIGNS_OF_TEXT) and not _exists(source)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        # Too long for a name, or with a character that no name has: then it is none.
        return False


def _similar(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = sorted(os.listdir(path.parent))
    except OSError:
        return "check the path"
    close = get_close_matches(path.name, names, n=1)
    return f"did you mean {path.parent / close[0]}?" if close else "check the path"
