"""The units of a model as lines of text."""

from __future__ import annotations

from isthmus.records.unit_table import FormulaUnit, QuantityUnit, UnitTable
from isthmus.report.terminal import Block, Grid
from isthmus.report.wording import counted

_NOT_DECLARED = "–"


def unit_blocks(table: UnitTable) -> list[Block]:
    """The quantities, the formulas and the verdict."""
    quantities = Grid(("id", "kind", "declared", "inferred"), tuple(map(_quantity, table.quantities)))
    head = ("of", "id", "needed", "found", "check", "line", "why")
    formulas = Grid(head, tuple(map(_formula, table.formulas)), frozenset({5}))
    blocks = [Block("Quantities", (), quantities), Block("Formulas", (), formulas)]
    return [*(block for block in blocks if block.grid is not None and block.grid.rows), _verdict(table)]


def _quantity(quantity: QuantityUnit) -> tuple[str, ...]:
    return quantity.id, quantity.kind, quantity.declared or _NOT_DECLARED, " or ".join(quantity.inferred)


def _formula(formula: FormulaUnit) -> tuple[str, ...]:
    needed, found = formula.needed or _NOT_DECLARED, formula.found or _NOT_DECLARED
    line = str(formula.line) if formula.line else ""
    return formula.element, formula.id, needed, found, formula.check, line, formula.why


def _verdict(table: UnitTable) -> Block:
    counts = table.counts
    if not table.formulas:
        return Block("Units", ("no formula to check",))
    parts = [f"{counts['ok']} of {counted(len(table.formulas), 'formula')} agree"]
    if counts["mismatch"]:
        parts.append(f"{counts['mismatch']} do not")
    if counts["unknown"]:
        parts.append(f"{counts['unknown']} cannot be checked: something in them has no declared unit")
    return Block("Units", ("; ".join(parts),))
