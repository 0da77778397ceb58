"""What tells versions of the drivers' source apart."""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# What files say that compiled code is made of; the others may change without compiling anew.
_COMPILED = (b"isthmus.solve.compiled", b"isthmus.solve.lowered", b"from numba", b"(IntEnum)")
_ROOM = Path(__file__).parent


@lru_cache(maxsize=64)
def source_stamp(own_file: str) -> str:
    """Return a digest that changes with a function's own file, the room's compiled code, Python and numba.

    numba follows edits of the own file only; here an edit anywhere in the room makes everything stale.
    """
    path = Path(own_file)
    own = path.read_bytes() if path.parent != _ROOM and path.exists() else b""
    return hashlib.sha256(_room() + own).hexdigest()


@lru_cache(maxsize=1)
def _room() -> bytes:
    digest = hashlib.sha256(f"{sys.version} {_numba_version()}".encode())
    for path in sorted(_ROOM.glob("*.py")):
        source = path.read_bytes()
        if any(mark in source for mark in _COMPILED):
            digest.update(source)
    return digest.digest()


def _numba_version() -> str:
    """The installed numba, told without importing it."""
    found = find_spec("numba")
    if found is None or found.origin is None:
        return ""
    version = Path(found.origin).with_name("_version.py")
    return version.read_text(encoding="utf-8") if version.exists() else found.origin
