"""The units of a model file: the table, and what to do where they do not fit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from isthmus.algebra.infix_printer import infix
from isthmus.algebra.layout import tree_size
from isthmus.errors import ModelError, UsageError, Where
from isthmus.formats import find_places, read_model
from isthmus.model.model import Model
from isthmus.model.unit import UnitDefinition
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit
from isthmus.model.unit_check import UnitCheck, check_units
from isthmus.model.unit_inference import Clash
from isthmus.records.unit_table import FormulaUnit, QuantityUnit, UnitTable
from isthmus.study.unit_labels import definition_label

POLICIES: Final = ("strict", "warn", "off")
_MOST_NODES: Final = 40


def find_units(path: str | os.PathLike[str]) -> UnitTable:
    """The units of every quantity and the check of every formula; raises ModelError for what is no model."""
    return unit_table(read_model(path), find_places(path))


def unit_table(model: Model, places: Mapping[str, tuple[int, int]]) -> UnitTable:
    """The table of a model that was read; places: see `isthmus.formats.find_places`."""
    found = check_units(model)
    kinds = {species.id: "species" for species in model.species}
    kinds |= {compartment.id: "compartment" for compartment in model.compartments}
    kinds |= {parameter.id: "parameter" for parameter in model.parameters}
    quantities = tuple(
        QuantityUnit(
            name, kind, _label(found.declared.get(name)), tuple(map(_text, found.inferred.get(name, ())))
        )
        for name, kind in kinds.items()
    )
    formulas = tuple(_formula(check, places) for check in found.checks)
    return UnitTable(model.source, model.id, quantities, formulas)


def require_policy(policy: str) -> None:
    """Raise UsageError E-UNITS-POLICY for what is no policy."""
    if policy not in POLICIES:
        raise UsageError("E-UNITS-POLICY", f"--units {policy!r}", needed=f"one of {', '.join(POLICIES)}")


def heed_units(path: str | os.PathLike[str], policy: str) -> tuple[str, ...]:
    """What there is to say about the units of a file before it is used; nothing where the policy is "off".

    Raises ModelError E-UNITS for the first mismatch where it is "strict".
    """
    require_policy(policy)
    if policy == "off":
        return ()
    table = find_units(path)
    if policy == "strict":
        refuse_mismatch(table)
    return tuple(sentence(formula) for formula in table.mismatches)


def refuse_mismatch(table: UnitTable) -> None:
    """Raise ModelError E-UNITS for the first mismatch."""
    mismatches = table.mismatches
    if not mismatches:
        return
    first, more = mismatches[0], len(mismatches) - 1
    found = f"units that do not fit: {_difference(first)}" + (f" (and {more} more)" if more else "")
    raise ModelError(
        "E-UNITS",
        found,
        needed="units that agree",
        advice=f"isthmus units {table.source or 'MODEL'} lists every formula",
        where=Where(table.source, first.line, first.column, f"{first.element} '{first.id}'"),
    )


def sentence(formula: FormulaUnit) -> str:
    """One formula's units in words."""
    return f"the units of {formula.element} '{formula.id}' do not fit: {_difference(formula)}"


def _difference(formula: FormulaUnit) -> str:
    if formula.found is None or formula.needed is None or formula.found == formula.needed:
        return formula.why
    return f"{formula.found} instead of {formula.needed}; {formula.why}"


def _formula(check: UnitCheck, places: Mapping[str, tuple[int, int]]) -> FormulaUnit:
    formula = check.formula
    line, column = places.get(f"{formula.element} {formula.id}", (0, 0))
    needed, found = _label(formula.needed), _label(check.finding.unit)
    return FormulaUnit(formula.element, formula.id, needed, found, check.status, _why(check), line, column)


def _why(check: UnitCheck) -> str:
    if check.clashes:
        return "; ".join(map(_clash, check.clashes[:3]))
    formula, found = check.formula, check.finding.unit
    if check.status == "ok":
        return ""
    if found is None:
        what = check.finding.lacking
        return f"{what} has no declared unit" if " " not in what and "(" not in what else what
    if formula.needed is None:
        return f"{formula.lacking or formula.id} has no declared unit"
    if check.status == "unknown":
        return "a number without a unit may carry the difference"
    if found.has_dimension_of(formula.needed):
        return f"the same dimension, {found.times_larger(formula.needed):.6g} times as large"
    return f"off by {_text(found / formula.needed)}"


def _clash(clash: Clash) -> str:
    where = infix(clash.node) if tree_size([clash.node]) <= _MOST_NODES else f"a long {clash.node.op}"
    return f"{_text(clash.found)} where {_text(clash.needed)} is needed, in {where}"


def _label(unit: Unit | None) -> str | None:
    return None if unit is None else _text(unit)


def _text(unit: Unit) -> str:
    label = definition_label(UnitDefinition("", unit.factors))
    if label:
        return label
    return "dimensionless" if unit.is_same_as(DIMENSIONLESS) else f"{unit.times_larger(DIMENSIONLESS):g}"
