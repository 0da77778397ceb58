"""Records in compiled code that travel as one pointer.

A class of annotated fields describes a table of 64-bit words: ``int`` is the word itself, ``Floats`` and
``Indices`` are addresses of doubles and of 64-bit integers. Compiled code reads ``record.field``; Python
fills the table and keeps it and what it points to alive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba.core import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model

Record = TypeVar("Record")

_KINDS = {
    "int": types.int64,
    "Floats": types.CPointer(types.float64),
    "Indices": types.CPointer(types.int64),
}


class TableType(types.Type):
    """The type of a pointer to a table with named fields."""

    def __init__(self, label: str, fields: tuple[tuple[str, str], ...]) -> None:
        self.label = label
        self.fields = fields
        super().__init__(name=f"Table({label}, {fields})")

    def place(self, field: str) -> int:
        """Return the number of a field's word."""
        return [name for name, _ in self.fields].index(field)


@register_model(TableType)
class _TableModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: TableType) -> None:
        super().__init__(manager, kind, manager.lookup(types.CPointer(types.int64)).get_value_type())


@infer_getattr
class _TableAttributes(AttributeTemplate):
    key = TableType

    def generic_resolve(self, kind: TableType, field: str) -> Any:
        return _KINDS[dict(kind.fields)[field]] if field in dict(kind.fields) else None


@lower_getattr_generic(TableType)
def _read_field(context: Any, builder: Any, kind: TableType, value: Any, field: str) -> Any:
    place = builder.gep(value, [context.get_constant(types.int64, kind.place(field))])
    word = builder.load(place)
    wanted = _KINDS[dict(kind.fields)[field]]
    return word if wanted == types.int64 else builder.inttoptr(word, context.get_value_type(wanted))


def reader_of(record: type[Record]) -> Callable[[int], Record]:
    """Return what makes a record of the address of its table, in compiled code."""
    kind = TableType(record.__name__, tuple(record.__annotations__.items()))

    def typer(typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(kind))

        return kind(types.int64), generate

    reader: Callable[[int], Record] = intrinsic(typer)
    return reader
