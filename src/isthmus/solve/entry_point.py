"""Compiled functions of numbers and addresses that Python calls: kept on disk, loaded without numba."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Final

from isthmus.algebra.code_store import fetch, keep, name_of
from isthmus.algebra.machine_code import Compiled, code_origin, load_object, may_call

_SLOT: Final = 8
_NUMBERS: Final[dict[str, Any]] = {"int": ctypes.c_int64, "float": ctypes.c_double}
_RETURNED: Final[dict[str, Any]] = {**_NUMBERS, "bool": ctypes.c_bool}


class EntryPoint:
    """A function of ``int`` and ``float`` arguments, as its annotations say, with a result of such or none.

    Thread-safe; the interpreter's lock is free while it runs. On its first call it is loaded from disk, or
    compiled by numba and kept.
    """

    def __init__(self, function: Callable[..., Any], stamp: Callable[[str], str], make: Any) -> None:
        """Take the function, what tells versions of its source apart, and what makes numba's dispatcher."""
        self.function = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self._stamp = stamp
        self._make = make
        self._lock = threading.Lock()
        self._call: Callable[..., Any] | None = None
        self._address = 0
        self._code: Compiled | None = None
        kinds = {name: _written(kind) for name, kind in function.__annotations__.items()}
        self._result = kinds.pop("return")
        self.arguments = list(kinds.values())

    def __call__(self, *args: Any) -> Any:
        """Run it."""
        call = self._call or self._readied()
        return call(*args)

    @property
    def address(self) -> int:
        """Where its code begins: ``int f(result *, exception **, arguments …)``."""
        self._readied()
        return self._address

    def _readied(self) -> Callable[..., Any]:
        with self._lock:
            if self._call is None:
                self._call = self._ready()
            return self._call

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        return cpu_target.typing_context.resolve_value_type(self._make(self.function))

    def _ready(self) -> Callable[..., Any]:
        code = self.function.__code__
        label = f"{self.function.__module__}.{self.function.__qualname__}"
        signature = f"{','.join(self.arguments)}->{self._result}"
        place = name_of(
            self.__name__,
            label,
            str(code.co_firstlineno),
            signature,
            self._stamp(code.co_filename),
            *code_origin(),
        )
        stored = fetch(place)
        if stored is not None:
            name, _, content = stored.partition(b"\0")
            self._code = load_object(content, [name.decode()])
            return self._callable(self._code.addresses[name.decode()])
        symbol, content, address, called = self._compile()
        if may_call(called):
            keep(place, symbol.encode() + b"\0" + content)
        return self._callable(address)

    def _compile(self) -> tuple[str, bytes, int, list[str]]:
        """(symbol, object file, address, functions that it needs from outside); numba keeps the code."""
        from numba.core import types

        kinds = {"int": types.int64, "float": types.float64, "bool": types.boolean, "None": types.none}
        parts = [kinds[part] for part in _parts(self._result)]
        result = types.Tuple(parts) if self._result.startswith("tuple") else parts[0]
        dispatcher = self._make(self.function)
        signature = result(*(kinds[kind] for kind in self.arguments))
        dispatcher.compile(signature)
        made = dispatcher.overloads[signature.args]
        library, symbol = made.library, made.fndesc.llvm_func_name
        address = int(library.get_pointer_to_function(symbol))
        called = [f.name for f in library._final_module.functions if f.is_declaration]
        return symbol, library._get_compiled_object(), address, called

    def _callable(self, address: int) -> Callable[..., Any]:
        """A Python function around numba's convention: ``int f(result *, exception **, arguments …)``."""
        self._address = address
        kinds = [ctypes.c_void_p, ctypes.c_void_p, *(_NUMBERS[kind] for kind in self.arguments)]
        native = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(address)
        parts = [] if self._result == "None" else [_RETURNED[part] for part in _parts(self._result)]
        is_tuple, name = self._result.startswith("tuple"), self.__name__
        # The result, and after it the exception.
        room_of, after = ctypes.c_int64 * (max(len(parts), 1) + 1), _SLOT * max(len(parts), 1)
        is_whole = parts == [ctypes.c_int64] and not is_tuple

        def call(*args: Any) -> Any:
            room = room_of()
            at = ctypes.addressof(room)
            if native(at, at + after, *args) != 0:
                raise RuntimeError(f"compiled code of {name!r} raised an exception; it is written not to")
            if is_whole:
                return room[0]
            if not parts:
                return None
            values = [part.from_buffer(room, _SLOT * i).value for i, part in enumerate(parts)]
            return tuple(values) if is_tuple else values[0]

        return call


def address_of(function: Callable[..., Any]) -> int:
    """Where the code of an entry begins, for calls from compiled code."""
    if not isinstance(function, EntryPoint):
        raise TypeError(f"{function!r} is no compiled entry")
    return function.address


def is_plain(function: Callable[..., Any]) -> bool:
    """Whether a function takes and returns numbers only, as far as its annotations say."""
    kinds = {name: _written(kind) for name, kind in function.__annotations__.items()}
    result = kinds.pop("return", "")
    takes_numbers = len(kinds) == function.__code__.co_argcount and set(kinds.values()) <= set(_NUMBERS)
    wide = set(_NUMBERS) if result.startswith("tuple") else {*_RETURNED, "None"}
    return takes_numbers and set(_parts(result)) <= wide


def _written(kind: Any) -> str:
    """An annotation as its source has it."""
    return kind.__name__ if type(kind) is type else str(kind)


def _parts(result: str) -> list[str]:
    inside = result[len("tuple[") : -1] if result.startswith("tuple[") else result
    return [part.strip() for part in inside.split(",")]
