"""Tab-separated tables whose every cell knows its place."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from isthmus.errors import ModelError, Where

LARGEST_TABLE: Final = 50_000_000
_MISSING: Final = frozenset(
    ["", "na", "n/a", "nan", "null", "none", "#n/a", "<na>", "-nan", "#na", "-1.#ind", "1.#qnan"]
)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: column → text, "" for what is missing."""

    cells: dict[str, str]
    columns: tuple[str, ...]
    file: str
    line: int

    def where(self, column: str = "") -> Where:
        """The place of a cell, by line and number of its column."""
        position = self.columns.index(column) + 1 if column in self.columns else 0
        return Where(self.file, self.line, position, f"column {column!r}" if column else "")

    def text(self, column: str, default: str | None = None) -> str:
        """The text of a cell; refused where it is missing and there is no default."""
        found = self.cells.get(column, "")
        if found or default is not None:
            return found or str(default)
        raise refused("an empty cell", "a value", self.where(column))

    def identifier(self, column: str, default: str | None = None) -> str:
        """A text that is an identifier."""
        found = self.text(column, default)
        if found and not _IDENTIFIER.match(found):
            raise refused(repr(found[:80]), "letters, digits and _, not a digit first", self.where(column))
        return found

    def number(self, column: str, default: float | None = None) -> float:
        """A finite or infinite number."""
        found = self.text(column, None if default is None else repr(default))
        value = as_number(found)
        if value is None or math.isnan(value):
            raise refused(repr(found[:80]), "a number", self.where(column))
        return value

    def one_of(self, column: str, choices: Sequence[str], default: str) -> str:
        """A text among some; refused otherwise."""
        found = self.text(column, default)
        if found not in choices:
            raise refused(repr(found[:80]), f"one of {', '.join(choices)}", self.where(column))
        return found

    def parts(self, column: str) -> tuple[str, ...]:
        """The texts between semicolons."""
        found = self.cells.get(column, "")
        return tuple(part.strip() for part in found.split(";")) if found else ()


def as_number(text: str) -> float | None:
    """The number that a text spells, None for no number; no underscores, as Python would take."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def refused(found: str, needed: str, where: Where, advice: str = "") -> ModelError:
    """What a table may not say."""
    return ModelError("E-PETAB", found, needed=needed, advice=advice, where=where)


def read_table(path: Path, required: Sequence[str]) -> list[Row]:
    """The rows of a file, empty lines left out; ModelError where it is no table with these columns."""
    file = str(path)
    try:
        if path.stat().st_size > LARGEST_TABLE:
            found = f"{path.stat().st_size:,} bytes"
            raise ModelError(
                "E-TOO-LARGE", found, needed=f"at most {LARGEST_TABLE:,} bytes", where=Where(file)
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ModelError("E-FILE", f"cannot be read: {error.strerror}", where=Where(file)) from None
    except UnicodeDecodeError:
        raise ModelError(
            "E-ENCODING", "bytes that are not UTF-8", needed="a table in UTF-8", where=Where(file)
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        return _rows(reader, file, required)
    except csv.Error as error:
        raise refused(
            f"no table: {error}", "tab-separated columns", Where(file, max(reader.line_num, 1))
        ) from None


def _rows(reader: Any, file: str, required: Sequence[str]) -> list[Row]:
    columns = tuple(cell.strip() for cell in next(reader, []))
    where = Where(file, 1)
    for column in required:
        if column not in columns:
            found = f"no column {column!r}" if columns else "an empty file"
            raise refused(found, f"the columns {', '.join(required)}, separated by tabs", where)
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise refused(f"two columns {twice[0]!r}", "each column once", where)
    rows: list[Row] = []
    before = 1
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            found = f"{len(cells)} cells"
            raise refused(found, f"{len(columns)}, as the heading has", Where(file, line))
        texts = {c: _present(cell.strip()) for c, cell in zip(columns, cells, strict=False) if c}
        rows.append(Row(texts, columns, file, line))
    return rows


def _present(text: str) -> str:
    return "" if text.lower() in _MISSING else text
