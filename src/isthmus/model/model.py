"""A model: what reacts, where, and how it starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isthmus.algebra.expression import DELAY, Expression, has_operation
from isthmus.model.annotation import Annotation
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Reaction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits, UnitDefinition


@dataclass(frozen=True)
class Model:
    """A symbolic, immutable model; change it with `dataclasses.replace`.

    Formulas name quantities by `symbol(id)`; function definitions are already inlined, local parameters
    already have unique ids. source: the file it came from. sha256: of the bytes read, "" for one built here.
    """

    id: str
    compartments: tuple[Compartment, ...] = ()
    species: tuple[Species, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    assignments: tuple[AssignmentRule, ...] = ()
    rates: tuple[RateRule, ...] = ()
    initial_assignments: tuple[InitialAssignment, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    events: tuple[Event, ...] = ()
    units: ModelUnits = ModelUnits()
    unit_definitions: tuple[UnitDefinition, ...] = ()
    name: str = ""
    annotation: Annotation = Annotation()
    source: str = ""
    sha256: str = ""

    @cached_property
    def species_by_id(self) -> dict[str, Species]:
        """id → species."""
        return {s.id: s for s in self.species}

    @cached_property
    def compartments_by_id(self) -> dict[str, Compartment]:
        """id → compartment."""
        return {c.id: c for c in self.compartments}

    @cached_property
    def parameters_by_id(self) -> dict[str, Parameter]:
        """id → parameter."""
        return {p.id: p for p in self.parameters}

    @cached_property
    def ruled(self) -> frozenset[str]:
        """Ids that a rule or a constraint gives at all times."""
        found = [rule.variable for rule in self.assignments]
        found += [rule.variable for rule in self.rates]
        return frozenset(found) | {constraint.unknown for constraint in self.constraints}

    @cached_property
    def assigned_by_events(self) -> frozenset[str]:
        """Ids that some event assigns."""
        return frozenset(a.variable for event in self.events for a in event.assignments)

    @cached_property
    def definitions(self) -> tuple[tuple[str, Expression], ...]:
        """(id, formula) of every reaction rate, rule, initial assignment, constraint and event.

        An event's formulas count for everything that it assigns.
        """
        found = [(reaction.id, reaction.rate) for reaction in self.reactions]
        found += [(rule.variable, rule.formula) for rule in self.assignments]
        found += [(rule.variable, rule.formula) for rule in self.rates]
        found += [(rule.variable, rule.formula) for rule in self.initial_assignments]
        found += [(c.unknown, formula) for c in self.constraints for formula in (c.residual, c.start)]
        found += [(a.variable, part) for e in self.events for a in e.assignments for part in e.formulas()]
        return tuple(found)

    @cached_property
    def has_delays(self) -> bool:
        """Whether some formula asks for a value of the past."""
        formulas = [formula for _, formula in self.definitions]
        formulas += [formula for event in self.events for formula in event.formulas()]
        return has_operation((DELAY,), formulas)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id that a formula may name."""
        return (
            frozenset(self.species_by_id)
            | frozenset(self.compartments_by_id)
            | frozenset(self.parameters_by_id)
            | frozenset(r.id for r in self.reactions)
        )
