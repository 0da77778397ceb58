"""Compiled drivers kept on disk, in a directory that only its owner can write.

Cached code is executed, so the directory is checked before it is trusted, and every file carries a digest. A
cache that cannot be used costs time, never an answer: what is missing, foreign, truncated or unwritable is
compiled again.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

_DIGEST = 32
# What files say that compiled code is made of; the others may change without compiling anew.
_COMPILED = (b"isthmus.solve.compiled", b"from numba", b"(IntEnum)")
_UNREADABLE = (
    OSError,
    pickle.PickleError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
)


def cache_directory() -> Path:
    """Return where compiled code is kept: ``$XDG_CACHE_HOME/isthmus`` or ``~/.cache/isthmus``."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(root) if os.path.isabs(root) else Path(os.path.expanduser("~")) / ".cache"
    return base / "isthmus"


def usable_directory() -> Path | None:
    """Return the cache directory, made if need be, or None where it cannot be trusted or written."""
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


class CodeCache:
    """The cache of one compiled function, in the shape that numba asks of a cache."""

    def __init__(self, function: Any) -> None:
        self._function = function

    @property
    def cache_path(self) -> str:
        """Where files would be kept."""
        return str(cache_directory())

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled function for a signature, or None when it has to be compiled."""
        target_context.refresh()
        directory = usable_directory()
        if directory is None:
            return None
        from numba.core.compiler import CompileResult

        try:
            content = self._file(directory, signature, target_context).read_bytes()
            if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
                return None
            return CompileResult._rebuild(target_context, *pickle.loads(content[_DIGEST:]))
        except _UNREADABLE:
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled function, whole or not at all."""
        directory = usable_directory()
        if directory is None or compiled.library.has_dynamic_globals:
            return
        from numba.core.serialize import dumps

        target = self._file(directory, signature, compiled.target_context)
        try:
            content = dumps(compiled._reduce())
            handle, temporary = tempfile.mkstemp(dir=directory)
        except _UNREADABLE:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            os.replace(temporary, target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)

    def enable(self) -> None:
        """Do nothing: the directory decides."""

    def disable(self) -> None:
        """Do nothing: the directory decides."""

    def flush(self) -> None:
        """Do nothing: a changed source has other file names."""

    def _file(self, directory: Path, signature: Any, target_context: Any) -> Path:
        code = self._function.__code__
        key = (
            self._function.__module__,
            self._function.__qualname__,
            code.co_firstlineno,
            str(signature),
            target_context.codegen().magic_tuple(),
            _stamp(code.co_filename),
        )
        return (
            directory
            / f"{self._function.__name__}-{hashlib.sha256(repr(key).encode()).hexdigest()[:40]}.code"
        )


# numba follows edits of a function's own file only; here an edit anywhere in the room makes everything stale.
@lru_cache(maxsize=64)
def _stamp(own_file: str) -> str:
    import llvmlite
    import numba

    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {llvmlite.__version__}".encode())
    for path in sorted({*Path(__file__).parent.glob("*.py"), Path(own_file)}):
        source = path.read_bytes() if path.exists() else b""
        if path == Path(own_file) or any(mark in source for mark in _COMPILED):
            digest.update(source)
    return digest.hexdigest()
