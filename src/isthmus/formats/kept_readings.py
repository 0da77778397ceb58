"""What reading a file gave, kept on disk beside compiled code: the same bytes are not parsed twice.

Only what was read is kept, never a refusal. The name of what is kept says all that a reading depends on: the
bytes and the name of the file, the source of the reader, and the libraries behind it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from isthmus.algebra.code_store import fetch, keep, name_of
from isthmus.errors import ModelError
from isthmus.formats.sandbox import READER
from isthmus.formats.source import load

LABEL: Final = "reading"
# A larger one would push too much else out.
_LARGEST: Final = 16 * 1024**2
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_ROOMS: Final = ("formats", "algebra", "model")
_MODULES: Final = ("errors.py", "units.py")
_LIBRARIES: Final = ("libsbml", "antimony")


def read_kept(data: bytes, file: str) -> dict[str, Any]:
    """The reader process' answer to these bytes, or its answer to the same bytes before.

    Raises what the process refuses.
    """
    place = _place(data, file)
    stored = fetch(place)
    if stored is not None:
        answer: dict[str, Any] = json.loads(stored)
        return answer
    answer, text = READER.ask_verbatim("read", data, file)
    if len(text) <= _LARGEST:
        keep(place, text)
    return answer


def is_kept(source: str) -> bool:
    """Whether a file has been read before; False for one that cannot be."""
    try:
        data, name = load(source)
    except ModelError:
        return False
    return fetch(_place(data, name)) is not None


def _place(data: bytes, file: str) -> str:
    return name_of(LABEL, data, file, _origin())


@cache
def _origin() -> bytes:
    """A digest of the reader's source, of the versions of its libraries and of Python."""
    digest = hashlib.blake2b(sys.version.encode())
    paths = [path for room in _ROOMS for path in sorted((_PACKAGE / room).glob("*.py"))]
    for path in (*paths, *(_PACKAGE / name for name in _MODULES)):
        digest.update(path.read_bytes())
    for library in _LIBRARIES:
        found = find_spec(library)
        if found is not None and found.origin is not None:
            state = Path(found.origin).stat()
            digest.update(f"{found.origin} {state.st_size} {state.st_mtime_ns}".encode())
    return digest.digest()
