"""Records in compiled code that travel as one pointer.

A class of annotated fields describes a table of 64-bit words: ``int`` is the word itself, ``Floats`` and
``Indices`` are addresses of doubles and of 64-bit integers. Compiled code reads ``record.field``; Python
fills the table and keeps it and what it points to alive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from isthmus.solve.lowered import intrinsic

Record = TypeVar("Record")


def reader_of(record: type[Record]) -> Callable[[int], Record]:
    """Return what makes a record of the address of its table, in compiled code."""

    def typer(typing: Any, address: Any) -> Any:
        from isthmus.solve.table_type import TableType, types

        kind = TableType(record.__name__, tuple(record.__annotations__.items()))

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(kind))

        return kind(types.int64), generate

    reader: Callable[[int], Record] = intrinsic(typer)
    return reader
