"""The numba types and operators of `lanes_type`: their data model is LLVM's vector.

Sums and products may be contracted to fused ones, but NaN and infinities survive: steps are rejected by them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from isthmus.solve.lanes_type import WIDTH

_FLOATS = types.CPointer(types.float64)
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_MASK = ir.VectorType(ir.IntType(1), WIDTH)
_FLAGS = ("contract",)


class LanesType(types.Type):
    """The type of `WIDTH` doubles."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{WIDTH}")


class MaskType(types.Type):
    """The type of `WIDTH` truth values."""

    def __init__(self) -> None:
        super().__init__(name=f"Mask{WIDTH}")


LANES: Final = LanesType()
MASK: Final = MaskType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: LanesType) -> None:
        super().__init__(manager, kind, _VECTOR)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: MaskType) -> None:
        super().__init__(manager, kind, _MASK)


def _splat(builder: Any, value: Any) -> Any:
    """One double in every lane."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), None)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), zeros)


def _register(symbol: Any, result: types.Type, operands: types.Type, build: Callable[..., Any]) -> None:
    """Give an operator its meaning on lanes, and on lanes with plain numbers where those are doubles."""
    kinds = [(operands, operands)]
    if operands is LANES:
        kinds += [(LANES, types.float64), (types.float64, LANES)]

    class Typing(ConcreteTemplate):
        cases: ClassVar[list[Any]] = [signature(result, *kind) for kind in kinds]

    infer_global(symbol)(Typing)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (
            _splat(builder, value) if kind == types.float64 else value
            for kind, value in zip(sig.args, args, strict=True)
        )
        return build(builder, left, right)

    for kind in kinds:
        lower_builtin(symbol, *kind)(lower)


def _comparison(sign: str) -> Callable[..., Any]:
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


_register(operator.add, LANES, LANES, lambda b, x, y: b.fadd(x, y, flags=_FLAGS))
_register(operator.sub, LANES, LANES, lambda b, x, y: b.fsub(x, y, flags=_FLAGS))
_register(operator.mul, LANES, LANES, lambda b, x, y: b.fmul(x, y, flags=_FLAGS))
_register(operator.truediv, LANES, LANES, lambda b, x, y: b.fdiv(x, y, flags=_FLAGS))
for _symbol, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _register(_symbol, MASK, LANES, _comparison(_sign))
_register(operator.and_, MASK, MASK, lambda b, x, y: b.and_(x, y))
_register(operator.or_, MASK, MASK, lambda b, x, y: b.or_(x, y))


def _address(context: Any, builder: Any, pointer: Any, index: Any) -> Any:
    scaled = builder.mul(index, context.get_constant(types.int64, WIDTH))
    return builder.bitcast(builder.gep(pointer, [scaled]), _VECTOR.as_pointer())


@intrinsic
def load(typing: Any, pointer: Any, index: Any) -> Any:
    """Return number `index` of an aligned block of lanes."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.load(_address(context, builder, values[0], values[1]), align=8 * WIDTH)

    return LANES(_FLOATS, types.int64), generate


@intrinsic
def store(typing: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Set number `index` of an aligned block of lanes."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        builder.store(values[2], _address(context, builder, values[0], values[1]), align=8 * WIDTH)
        return context.get_dummy_value()

    return types.void(_FLOATS, types.int64, LANES), generate


def _anywhere(builder: Any, pointer: Any, place: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [place]), _VECTOR.as_pointer())


@intrinsic
def load_from(typing: Any, pointer: Any, place: Any) -> Any:
    """Return the lanes from a number on, which need not be aligned."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.load(_anywhere(builder, *values), align=8)

    return LANES(_FLOATS, types.int64), generate


@intrinsic
def store_from(typing: Any, pointer: Any, place: Any, value: Any) -> Any:
    """Set the lanes from a number on, which need not be aligned."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        builder.store(values[2], _anywhere(builder, *values[:2]), align=8)
        return context.get_dummy_value()

    return types.void(_FLOATS, types.int64, LANES), generate


@intrinsic
def every(typing: Any, value: Any) -> Any:
    """Return one double in every lane."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _splat(builder, values[0])

    return LANES(types.float64), generate


@intrinsic
def select(typing: Any, mask: Any, chosen: Any, otherwise: Any) -> Any:
    """Return, lane by lane, the one or the other."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.select(*values)

    return LANES(MASK, LANES, LANES), generate


@intrinsic
def bits(typing: Any, mask: Any) -> Any:
    """Return the truth values as the low bits of an integer, lane 0 the lowest."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.zext(builder.bitcast(values[0], ir.IntType(WIDTH)), ir.IntType(64))

    return types.int64(MASK), generate


def _unary(name: str) -> Any:
    def typer(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            kind = ir.FunctionType(_VECTOR, [_VECTOR])
            function = cgutils.get_or_insert_function(builder.module, kind, f"{name}.v{WIDTH}f64")
            return builder.call(function, values)

        return LANES(LANES), generate

    return intrinsic(typer)


root = _unary("llvm.sqrt")
size = _unary("llvm.fabs")


@intrinsic
def larger(typing: Any, left: Any, right: Any) -> Any:
    """Return the larger of two, lane by lane; the second where they cannot be compared."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return LANES(LANES, LANES), generate


@intrinsic
def smaller(typing: Any, left: Any, right: Any) -> Any:
    """Return the smaller of two, lane by lane; the second where they cannot be compared."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *values), *values)

    return LANES(LANES, LANES), generate


@intrinsic
def take_next(typing: Any, counter: Any) -> Any:
    """Return the number at an address and raise it by one, in one piece among threads."""

    def generate(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.atomic_rmw("add", values[0], context.get_constant(types.int64, 1), "monotonic")

    return types.int64(types.CPointer(types.int64)), generate
