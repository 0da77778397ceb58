"""How drivers are compiled: by numba, lazily, without the interpreter's lock, kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import types
from numba.core.ccallback import CFunc

from isthmus.solve.code_cache import CodeCache

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function that Python calls, on its first call with each set of argument types.

    No flag lets the compiler assume finite numbers: the drivers reject steps by them.
    """
    return _jitted(function, {})


def part(function: Function) -> Function:
    """Compile a function that only compiled code calls; without an entry for Python it compiles faster."""
    return _jitted(function, {"no_cpython_wrapper": True, "no_cfunc_wrapper": True})


def _jitted(function: Function, options: dict[str, Any]) -> Function:
    dispatcher = njit(nogil=True, fastmath={"contract"}, **options)(function)
    dispatcher._cache = CodeCache(function)
    return cast("Function", dispatcher)


def callback(function: Callable[..., int], arguments: str) -> Any:
    """Compile a C function that returns an int.

    arguments: a letter each, ``d`` for a double and ``p`` for a pointer, which the function sees as an
    integer.
    """
    kinds = {"d": types.float64, "p": types.int64}
    signature = types.int32(*(kinds[kind] for kind in arguments))
    made = CFunc(function, (signature.args, signature.return_type), locals={}, options={"nopython": True})
    made._cache = CodeCache(function)
    made.compile()
    return made
