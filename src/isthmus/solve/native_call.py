"""Raw pointers in compiled code, and calls through the addresses of C functions.

A pointer is indexed like an array but carries no length and no reference count: passing it around costs
nothing, and the Python caller keeps the memory alive.
"""

from __future__ import annotations

import ctypes
from typing import Any

from isthmus.solve.lowered import intrinsic

_BYTE = ctypes.c_char


# An array's own `ctypes.data` takes longer than a short integration's step.
def array_address(array: Any) -> int:
    """Return where the numbers of an array without gaps lie, from Python."""
    try:
        return ctypes.addressof(_BYTE.from_buffer(array))
    except (TypeError, ValueError):
        # It is empty, or must not be written to.
        return int(array.ctypes.data)


@intrinsic
def floats_at(typing: Any, address: Any) -> Any:
    """Return the pointer to the doubles at an address."""
    from isthmus.solve.table_type import FLOATS, types

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(FLOATS))

    return FLOATS(types.int64), generate


@intrinsic
def indices_at(typing: Any, address: Any) -> Any:
    """Return the pointer to the 64-bit integers at an address."""
    from isthmus.solve.table_type import INDICES, types

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(INDICES))

    return INDICES(types.int64), generate


@intrinsic
def row_at(typing: Any, pointer: Any, offset: Any) -> Any:
    """Return the pointer that lies some elements further on."""
    from isthmus.solve.table_type import types

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), generate


@intrinsic
def call_kernel(typing: Any, address: Any, t: Any, x: Any, p: Any, out: Any) -> Any:
    """Call ``void(const double *t, const double *x, const double *p, double *out)``."""
    from llvmlite import ir

    from isthmus.solve.table_type import FLOATS, types

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        function = ir.FunctionType(ir.VoidType(), [value.type for value in values[1:]]).as_pointer()
        builder.call(builder.inttoptr(values[0], function), values[1:])
        return context.get_dummy_value()

    return types.void(types.int64, FLOATS, FLOATS, FLOATS, FLOATS), generate


# Arguments are a tuple: int64 are pointers, int32 ints, float64 doubles.
@intrinsic
def call_for_int(typing: Any, address: Any, arguments: Any) -> Any:
    """Call a C function that returns an int."""
    from isthmus.solve.table_type import types

    return types.int32(types.int64, arguments), _call_foreign


@intrinsic
def call_for_pointer(typing: Any, address: Any, arguments: Any) -> Any:
    """Call a C function that returns a pointer."""
    from isthmus.solve.table_type import types

    return types.int64(types.int64, arguments), _call_foreign


def _call_foreign(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    from llvmlite import ir

    from isthmus.solve.table_type import types

    passed: list[Any] = []
    for index, kind in enumerate(signature.args[1]):
        value = builder.extract_value(values[1], index)
        is_pointer = kind == types.int64
        passed.append(builder.inttoptr(value, ir.IntType(8).as_pointer()) if is_pointer else value)
    result = context.get_value_type(signature.return_type)
    function = ir.FunctionType(result, [value.type for value in passed]).as_pointer()
    return builder.call(builder.inttoptr(values[0], function), passed)
