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
    dispatcher = _jitted(function, {})
    dispatcher._cache = CodeCache(function)
    return cast("Function", dispatcher)


def entry(function: Function) -> Function:
    """Compile a function of numbers and addresses that Python calls; it makes no arrays: that is faster."""
    dispatcher = _jitted(function, {"_nrt": False})
    dispatcher._cache = CodeCache(function)
    return cast("Function", dispatcher)


def part(function: Function) -> Function:
    """Compile a function that only compiled code calls, and that makes no arrays.

    Without an entry for Python it compiles faster; it is kept on disk within its callers.
    """
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    return cast("Function", _jitted(function, options))


# By numpy's rules a division by zero gives an infinity, which the drivers see, and needs no branch.
def _jitted(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    return njit(nogil=True, error_model="numpy", fastmath={"contract"}, **options)(function)


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
