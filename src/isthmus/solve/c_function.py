"""Compiled functions that C libraries call: an entry point behind a few instructions that C understands."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from isthmus.algebra.machine_code import Compiled, compile_ir
from isthmus.solve.entry_point import EntryPoint

_KINDS: Final = {"int": "i64", "float": "double"}
_UNRECOVERABLE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class CFunction:
    """An ``int f(double or pointer, …)`` for C; valid as long as this object lives."""

    address: int
    keep: tuple[EntryPoint, Compiled]


def for_c(entry: Callable[..., int]) -> CFunction:
    """An entry that returns ``int`` as a C function: pointers come in as ``int``.

    It gives C a negative number should compiled code ever raise an exception.
    """
    if not isinstance(entry, EntryPoint):
        raise TypeError(f"{entry!r} is no compiled entry")
    code = compile_ir(_shim(entry.arguments), ["place", "call"])
    # An address differs from run to run: as part of the text it would be compiled and kept each time.
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.addresses["place"])(entry.address)
    return CFunction(code.addresses["call"], (entry, code))


def _shim(arguments: list[str]) -> str:
    """From C's convention to numba's: ``int f(result *, exception **, arguments …)``."""
    kinds = [_KINDS[name] for name in arguments]
    taken = ", ".join(f"{kind} %a{i}" for i, kind in enumerate(kinds))
    return f"""
@target = internal global ptr null
define void @place(ptr %function) {{
  store ptr %function, ptr @target
  ret void
}}
define i32 @call({taken}) {{
  %result = alloca i64
  %raised = alloca ptr
  store i64 {_UNRECOVERABLE}, ptr %result
  store ptr null, ptr %raised
  %function = load ptr, ptr @target
  %code = call i32 %function(ptr %result, ptr %raised, {taken})
  %value = load i64, ptr %result
  %small = trunc i64 %value to i32
  %wrong = icmp ne i32 %code, 0
  %answer = select i1 %wrong, i32 {_UNRECOVERABLE}, i32 %small
  ret i32 %answer
}}
"""
