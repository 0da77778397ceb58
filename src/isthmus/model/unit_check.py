"""Whether the formulas of a model have the units that their place in it demands (SBML L3V2, section 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from isthmus.algebra.expression import Expression, symbol
from isthmus.model.declared_units import DeclaredUnits
from isthmus.model.model import Model
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit
from isthmus.model.unit_inference import Clash, Finding, UnitInference
from isthmus.model.unit_needs import needed_units

Status = Literal["ok", "mismatch", "unknown"]
_MOST_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in its place: what it is of (an element's tag and id), and the unit that it has to have.

    is_bound: whether it has to have one; a trigger only has to be consistent in itself.
    """

    element: str
    id: str
    expression: Expression
    needed: Unit | None
    is_bound: bool = True
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """One formula and what was found. clashes: what does not fit inside of it."""

    formula: Formula
    status: Status
    finding: Finding
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitTable:
    """What the units of a model are. declared: by id. inferred: of ids that declare none, each way found."""

    declared: dict[str, Unit | None]
    inferred: dict[str, tuple[Unit, ...]]
    checks: tuple[UnitCheck, ...]


def check_units(model: Model) -> UnitTable:
    """The units of every quantity and every formula. What declares no unit is not checked, only inferred.

    Only declared units count in a check, so that an inference cannot make an error.
    """
    declared = DeclaredUnits(model)
    formulas = tuple(placed_formulas(model, declared))
    units = UnitInference(declared.by_id, declared.time, _constants(model))
    checks = [*(_check(formula, units) for formula in formulas), *_conversions(model, declared)]
    return UnitTable(declared.by_id, _inferred(model, declared, formulas, units), tuple(checks))


def placed_formulas(model: Model, declared: DeclaredUnits) -> Iterator[Formula]:
    """Every formula of a model with the unit that it has to have."""
    units, rate = declared.by_id, declared.rate
    for reaction in model.reactions:
        lacking = "" if rate is not None else "the model's extent or time"
        yield Formula("reaction", reaction.id, reaction.rate, rate, lacking=lacking)
    for assignment in model.assignments:
        yield Formula(
            "assignmentRule", assignment.variable, assignment.formula, units.get(assignment.variable)
        )
    for rule in model.rates:
        unit, time = units.get(rule.variable), declared.time
        lacking = "the model's time" if time is None else ""
        needed = None if unit is None or time is None else unit / time
        yield Formula("rateRule", rule.variable, rule.formula, needed, lacking=lacking)
    for initial in model.initial_assignments:
        yield Formula("initialAssignment", initial.variable, initial.formula, units.get(initial.variable))
    for constraint in model.constraints:
        yield Formula("algebraicRule", constraint.unknown, constraint.residual, None, is_bound=False)
    for event in model.events:
        yield Formula("event", event.id, event.trigger, None, is_bound=False)
        if event.delay is not None:
            yield Formula("event", event.id, event.delay, declared.time, lacking="the model's time")
        if event.priority is not None:
            yield Formula("event", event.id, event.priority, DIMENSIONLESS)
        for change in event.assignments:
            unit, identifier = units.get(change.variable), f"{event.id}/{change.variable}"
            yield Formula("eventAssignment", identifier, change.formula, unit, lacking=change.variable)


def _conversions(model: Model, declared: DeclaredUnits) -> Iterator[UnitCheck]:
    """The species whose unit of substance is not that of extent times the conversion factor."""
    changed = {name for reaction in model.reactions for name in reaction.net()}
    for species in model.species:
        found, needed = declared.extent, declared.substance(species)
        factor = declared.by_id.get(species.conversion) if species.conversion else DIMENSIONLESS
        if found is None or needed is None or factor is None:
            continue
        if species.id in changed and not species.boundary and not (found * factor).is_same_as(needed):
            yield UnitCheck(
                Formula("species", species.id, symbol(species.conversion or species.id), needed),
                "mismatch",
                Finding(found * factor),
            )


def _check(formula: Formula, units: UnitInference) -> UnitCheck:
    finding, clashes = units.read(formula.expression)
    return UnitCheck(formula, _status(formula, finding, clashes), finding, clashes)


def _status(formula: Formula, finding: Finding, clashes: tuple[Clash, ...]) -> Status:
    if clashes:
        return "mismatch"
    if finding.unit is None or (formula.is_bound and formula.needed is None):
        return "unknown"
    if not formula.is_bound or (formula.needed is not None and finding.unit.is_same_as(formula.needed)):
        return "ok"
    return "mismatch" if finding.is_certain else "unknown"


def _inferred(
    model: Model, declared: DeclaredUnits, formulas: tuple[Formula, ...], units: UnitInference
) -> dict[str, tuple[Unit, ...]]:
    """Units of ids that have none, round after round, as one unit found may decide the next."""
    found: dict[str, tuple[Unit, ...]] = {}
    known = dict(declared.by_id)
    for _ in range(_MOST_ROUNDS):
        fresh = dict(found)
        for formula in formulas:
            finding, _clashes = units.read(formula.expression)
            needs = needed_units(formula.expression, formula.needed, units)
            if finding.certain_unit is not None and formula.element in _DEFINING:
                needs.append((formula.id, finding.certain_unit))
            for name, unit in needs:
                if declared.by_id.get(name) is None and not any(map(unit.is_same_as, fresh.get(name, ()))):
                    fresh[name] = (*fresh.get(name, ()), unit)
        if fresh == found:
            break
        found = fresh
        known.update((name, candidates[0]) for name, candidates in found.items())
        units = UnitInference(known, declared.time, _constants(model))
    return found


_DEFINING: Final = ("assignmentRule", "initialAssignment")


def _constants(model: Model) -> dict[str, float]:
    """The values of parameters that nothing changes."""
    changed = model.ruled | model.assigned_by_events | {rule.variable for rule in model.initial_assignments}
    return {
        p.id: p.value for p in model.parameters if p.constant and p.value is not None and p.id not in changed
    }
