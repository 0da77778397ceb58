"""Cells that hold formulas."""

from __future__ import annotations

from isthmus.algebra.expression import Expression, number, symbol
from isthmus.algebra.infix_functions import PETAB
from isthmus.algebra.infix_parser import FormulaError, parse
from isthmus.errors import ModelError
from isthmus.formats.petab.table import Row, as_number, refused


def read_formula(row: Row, column: str) -> Expression:
    """The formula of a cell, in PEtab's mathematics."""
    text = row.text(column)
    value = as_number(text)
    if value is not None:
        return number(value)
    try:
        return parse(text, (), PETAB)
    except FormulaError as error:
        raise ModelError("E-FORMULA", error.found, needed=error.needed, where=row.where(column)) from None


def read_value(row: Row, column: str, text: str) -> Expression:
    """A number or the id of a parameter."""
    value = as_number(text)
    if value is not None and value == value:
        return number(value)
    if not (text.isidentifier() and text.isascii()) or value is not None:
        raise refused(repr(text[:80]), "a number or the id of a parameter", row.where(column))
    return symbol(text)
