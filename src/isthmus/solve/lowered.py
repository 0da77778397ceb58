"""Functions that only compiled code knows, made for the compiler when it first asks: imports stay light."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

_making = threading.RLock()


class Lowered:
    """Stands in a module for an object of numba's; the compiler asks for its type.

    make: what makes that object, once. Called from Python it does what numba's object does.
    """

    def __init__(self, make: Callable[[], Any], name: str, about: str | None = None) -> None:
        self.__name__ = name
        self.__doc__ = about
        self._make = make
        self._made: Any = None

    @property
    def made(self) -> Any:
        """Numba's object."""
        with _making:
            if self._made is None:
                self._made = self._make()
            return self._made

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        made = self.made
        cpu_target.typing_context.refresh()
        return cpu_target.typing_context.resolve_value_type(made)

    def __call__(self, *args: Any) -> Any:
        """Call it from Python, if numba allows that."""
        return self.made(*args)


def intrinsic(typer: Callable[..., Any]) -> Any:
    """`numba.extending.intrinsic`, without numba until something is compiled."""

    def make() -> Any:
        from numba.extending import intrinsic as of_numba

        return of_numba(typer)

    return Lowered(make, typer.__name__, typer.__doc__)


def from_module(module: str, name: str) -> Any:
    """An object of a module that imports numba."""

    def make() -> Any:
        from importlib import import_module

        return getattr(import_module(module), name)

    return Lowered(make, name)
