"""Raw pointers in compiled code, and calls through the addresses of C functions.

A pointer is indexed like an array but carries no length and no reference count: passing it around costs
nothing, and the Python caller keeps the memory alive.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_FLOATS = types.CPointer(types.float64)
_INDICES = types.CPointer(types.int64)


@intrinsic
def floats_at(typing: Any, address: Any) -> Any:
    """Return the pointer to the doubles at an address."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(_FLOATS))

    return _FLOATS(types.int64), generate


@intrinsic
def indices_at(typing: Any, address: Any) -> Any:
    """Return the pointer to the 64-bit integers at an address."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(_INDICES))

    return _INDICES(types.int64), generate


@intrinsic
def row_at(typing: Any, pointer: Any, offset: Any) -> Any:
    """Return the pointer that lies some elements further on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), generate


@intrinsic
def call_kernel(typing: Any, address: Any, t: Any, x: Any, p: Any, out: Any) -> Any:
    """Call ``void(const double *t, const double *x, const double *p, double *out)``."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        function = ir.FunctionType(ir.VoidType(), [value.type for value in values[1:]]).as_pointer()
        builder.call(builder.inttoptr(values[0], function), values[1:])
        return context.get_dummy_value()

    return types.void(types.int64, _FLOATS, _FLOATS, _FLOATS, _FLOATS), generate


def _foreign(returned: Any) -> Any:
    def typer(typing: Any, address: Any, arguments: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            passed: list[Any] = []
            for index, kind in enumerate(signature.args[1]):
                value = builder.extract_value(values[1], index)
                passed.append(builder.inttoptr(value, cgutils.voidptr_t) if kind == types.int64 else value)
            result = context.get_value_type(returned)
            function = ir.FunctionType(result, [value.type for value in passed]).as_pointer()
            return builder.call(builder.inttoptr(values[0], function), passed)

        return returned(types.int64, arguments), generate

    return typer


# Arguments are a tuple: int64 are pointers, int32 ints, float64 doubles.
call_for_int = intrinsic(_foreign(types.int32))
call_for_pointer = intrinsic(_foreign(types.int64))
