"""Rows of results as TSV and JSON: written as they come, sorted at the end, taken up again later."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints

from isthmus.errors import UsageError, Where
from isthmus.formats.atomic import write_atomically

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
else:
    Row = TypeVar("Row")


class Table(Generic[Row]):
    """The table of one run: one row a model, the fields of a dataclass whose first is the model's name."""

    def __init__(self, kind: type[Row], path: Path | None, resume: bool = False) -> None:
        self.kind = kind
        self.path = path
        self.columns = tuple(field.name for field in fields(kind))
        self._types = get_type_hints(kind)
        self.rows: dict[str, Row] = {}
        if resume and path is not None and path.is_file():
            self.rows = {self._name(row): row for row in self._read(path)}
        if path is not None:
            self._write(path)

    def add(self, row: Row) -> None:
        """Keep a row, on disk at once."""
        self.rows[self._name(row)] = row
        if self.path is not None:
            with self.path.open("a", newline="", encoding="utf-8") as stream:
                _writer(stream).writerow([_cell(value) for value in asdict(row).values()])

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write the rows in order of their names, and the same with the summary as JSON beside it."""
        if self.path is None:
            return
        self._write(self.path)
        document = {"summary": dict(summary), "rows": [asdict(row) for row in self.in_order()]}
        text = json.dumps(document, indent=1, ensure_ascii=False, default=str)
        write_atomically(self.path.with_suffix(".json"), f"{text}\n".encode())

    def in_order(self) -> list[Row]:
        """The rows by name."""
        return [self.rows[name] for name in sorted(self.rows)]

    def _name(self, row: Row) -> str:
        return str(getattr(row, self.columns[0]))

    def _write(self, path: Path) -> None:
        from io import StringIO

        text = StringIO(newline="")
        writer = _writer(text)
        writer.writerow(self.columns)
        for row in self.in_order():
            writer.writerow([_cell(value) for value in asdict(row).values()])
        write_atomically(path, text.getvalue().encode())

    def _read(self, path: Path) -> list[Row]:
        with path.open(newline="", encoding="utf-8") as stream:
            lines = list(csv.reader(stream, dialect="excel-tab"))
        if not lines or tuple(lines[0]) != self.columns:
            raise UsageError(
                "E-FILE",
                "is a table with other columns",
                needed=f"the columns {', '.join(self.columns)}",
                advice="another --out, or no --resume",
                where=Where(str(path)),
            )
        complete = [line for line in lines[1:] if len(line) == len(self.columns)]
        return [self.kind(**self._values(line)) for line in complete]

    def _values(self, line: Sequence[str]) -> dict[str, Any]:
        return {name: _value(text, self._types[name]) for name, text in zip(self.columns, line, strict=True)}


def _writer(stream: Any) -> Any:
    return csv.writer(stream, dialect="excel-tab", lineterminator="\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value).split())


def _value(text: str, kind: Any) -> str | int | float | None:
    kinds = (kind, *get_args(kind))
    if str in kinds:
        return text
    if not text:
        return None
    return int(text) if int in kinds else float(text)
