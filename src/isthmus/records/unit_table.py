"""The units of a model as a table for people and machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

SCHEMA: Final = "isthmus-units"
VERSION: Final = 1

Check = Literal["ok", "mismatch", "unknown"]


@dataclass(frozen=True, slots=True)
class QuantityUnit:
    """One quantity and what its id stands for in formulas.

    kind: species, parameter or compartment. declared: None where the file declares nothing. inferred: each
    unit that a formula gives or would need, of quantities without a declared one.
    """

    id: str
    kind: str
    declared: str | None
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormulaUnit:
    """One formula: where it is, the unit that it must have and the one that it has, None where not known.

    why: what does not fit, or what the check would have to know. line: 0 where the file has no such line.
    """

    element: str
    id: str
    needed: str | None
    found: str | None
    check: Check
    why: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class UnitTable:
    """What the units of a model are, and whether its formulas agree with them."""

    source: str
    model: str
    quantities: tuple[QuantityUnit, ...]
    formulas: tuple[FormulaUnit, ...]

    @property
    def mismatches(self) -> tuple[FormulaUnit, ...]:
        """The formulas that are wrong."""
        return tuple(formula for formula in self.formulas if formula.check == "mismatch")

    @property
    def counts(self) -> dict[str, int]:
        """Check → number of formulas."""
        counted = Counter(formula.check for formula in self.formulas)
        return {check: counted[check] for check in ("ok", "mismatch", "unknown")}

    def as_json(self) -> dict[str, Any]:
        """The fields by name, with schema, version and counts."""
        return {"schema": SCHEMA, "version": VERSION, **asdict(self), "counts": self.counts}
