"""Drivers that take arrays, kept on disk in the shape that numba asks of a cache."""

from __future__ import annotations

import pickle
from typing import Any

from isthmus.algebra.code_store import cache_directory, fetch, keep, name_of
from isthmus.solve.source_stamp import source_stamp

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
        content = fetch(self._place(signature, target_context))
        if content is None:
            return None
        from numba.core.compiler import CompileResult

        try:
            return CompileResult._rebuild(target_context, *pickle.loads(content))
        except _UNREADABLE:
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled function, whole or not at all."""
        if compiled.library.has_dynamic_globals:
            return
        from numba.core.serialize import dumps

        try:
            content = dumps(compiled._reduce())
        except _UNREADABLE:
            return
        keep(self._place(signature, compiled.target_context), content)

    def enable(self) -> None:
        """Do nothing: the directory decides."""

    def disable(self) -> None:
        """Do nothing: the directory decides."""

    def flush(self) -> None:
        """Do nothing: a changed source has other file names."""

    def _place(self, signature: Any, target_context: Any) -> str:
        code = self._function.__code__
        return name_of(
            self._function.__name__,
            f"{self._function.__module__}.{self._function.__qualname__}",
            str(code.co_firstlineno),
            str(signature),
            repr(target_context.codegen().magic_tuple()),
            source_stamp(code.co_filename),
        )
