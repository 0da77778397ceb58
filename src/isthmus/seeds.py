"""Random numbers by name: hashed from what they are for, so workers, order and resumption change nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Key = str | int | bytes


def digest(*key: Key) -> bytes:
    """SHA-256 of the parts, each written as type, length and bytes, so that no two keys run together."""
    state = hashlib.sha256()
    for part in key:
        kind, data = _encoded(part)
        state.update(b"%s%d:" % (kind, len(data)))
        state.update(data)
    return state.digest()


def _encoded(part: Key) -> tuple[bytes, bytes]:
    if isinstance(part, bytes):
        return b"b", part
    if isinstance(part, int):
        return b"i", str(int(part)).encode()
    return b"s", part.encode()


def generator(*key: Key) -> np.random.Generator:
    """A Philox generator (Salmon and others 2011) whose 128-bit key is the first half of the key's digest."""
    import numpy as np

    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest(*key)[:16], "little")))
