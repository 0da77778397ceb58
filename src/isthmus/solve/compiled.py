"""How drivers are compiled: by numba, lazily, without the interpreter's lock, kept on disk.

numba is imported when something has to be compiled, or when a driver that takes arrays is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from isthmus.solve.entry_point import EntryPoint, is_plain
from isthmus.solve.lowered import Lowered
from isthmus.solve.source_stamp import source_stamp

Function = TypeVar("Function", bound=Callable[..., Any])

_PART = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


def compiled(function: Function) -> Function:
    """Compile a function that Python calls, on its first call with each set of argument types.

    No flag lets the compiler assume finite numbers: the drivers reject steps by them.
    """
    return cast("Function", Lowered(lambda: _make_cached(function), function.__name__, function.__doc__))


def entry(function: Function) -> Function:
    """Compile a function of numbers and addresses that Python calls; it makes no arrays: that is faster.

    Annotations tell its types: ``int`` and ``float``, ``bool`` for a result, a tuple of numbers, or none.
    """
    if not is_plain(function):
        raise TypeError(f"{function.__name__}: only numbers may go in and out of an entry")
    return cast("Function", EntryPoint(function, source_stamp, _make_part))


def part(function: Function) -> Function:
    """Compile a function that only compiled code calls, and that makes no arrays.

    Without an entry for Python it compiles faster; it is kept on disk within its callers.
    """
    return cast("Function", Lowered(lambda: _make_part(function), function.__name__, function.__doc__))


def summing(function: Function) -> Function:
    """Compile a part whose sums the compiler may take in any order, several terms at a time."""
    options = {**_PART, "fastmath": {"contract", "reassoc"}}
    return cast("Function", Lowered(lambda: _jitted(function, options), function.__name__, function.__doc__))


def _make_part(function: Callable[..., Any]) -> Any:
    return _jitted(function, _PART)


def _make_cached(function: Callable[..., Any]) -> Any:
    from isthmus.solve.code_cache import CodeCache

    dispatcher = _jitted(function, {})
    dispatcher._cache = CodeCache(function)
    return dispatcher


# By numpy's rules a division by zero gives an infinity, which the drivers see, and needs no branch.
def _jitted(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    from numba import njit

    return njit(**{"nogil": True, "error_model": "numpy", "fastmath": {"contract"}, **options})(function)


def callback(function: Callable[..., float], arguments: str, result: str = "i") -> Any:
    """Compile a C function.

    arguments: a letter each, ``d`` for a double and ``p`` for a pointer, which the function sees as an
    integer. result: ``i`` for an int, ``d`` for a double.
    """
    from numba.core import types
    from numba.core.ccallback import CFunc

    from isthmus.solve.code_cache import CodeCache

    kinds = {"d": types.float64, "i": types.int32, "p": types.int64}
    signature = kinds[result](*(kinds[kind] for kind in arguments))
    made = CFunc(function, (signature.args, signature.return_type), locals={}, options={"nopython": True})
    made._cache = CodeCache(function)
    made.compile()
    return made
