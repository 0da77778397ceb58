"""The types that numba is told of: raw pointers, and pointers to tables with named fields."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, lower_getattr_generic, models, register_model

__all__ = ["FLOATS", "INDICES", "TableType", "types"]

FLOATS = types.CPointer(types.float64)
INDICES = types.CPointer(types.int64)

_KINDS = {
    "int": types.int64,
    "Floats": FLOATS,
    "Indices": INDICES,
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
        super().__init__(manager, kind, manager.lookup(INDICES).get_value_type())


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
