"""Events of a file."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import FALSE, Expression
from isthmus.errors import ModelError
from isthmus.formats.imported import Loss
from isthmus.formats.sbml_file import SbmlFile, describe
from isthmus.formats.sbml_formulas import Formulas, has_formula
from isthmus.formats.unique_ids import unique_id
from isthmus.formats.xml_tree import child, items
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model


class Events:
    """Reads the events of one file; afterwards `losses` holds what had no effect.

    taken: every id in use; an event without one gets one of its own. An event without a trigger's formula
    never fires, and an assignment without a formula does nothing (SBML Level 3 Version 2, section 4.11).
    """

    def __init__(self, file: SbmlFile, formulas: Formulas, taken: set[str]) -> None:
        self.losses: list[Loss] = []
        self._file = file
        self._formulas = formulas
        self._taken = taken

    def read(self) -> tuple[Event, ...]:
        """All events in order."""
        return tuple(self._event(element) for element in items(self._file.model, "listOfEvents"))

    def _event(self, element: Element) -> Event:
        truth = self._file.truth
        trigger = child(element, "trigger")
        if "timeUnits" in element.attrib:
            self.losses.append(
                Loss(describe(element), f"timeUnits={element.attrib['timeUnits']!r} is not kept")
            )
        return Event(
            id=element.get("id") or unique_id("event", self._taken),
            trigger=self._condition(trigger, element),
            assignments=tuple(self._assignments(element)),
            initially=True if trigger is None else truth(trigger, "initialValue", True),
            persistent=True if trigger is None else truth(trigger, "persistent", True),
            delay=self._optional(element, "delay"),
            priority=self._optional(element, "priority"),
            at_trigger=truth(element, "useValuesFromTriggerTime", True),
            name=element.get("name", ""),
            annotation=self._file.annotation(element),
        )

    def _condition(self, trigger: Element | None, event: Element) -> Expression:
        if trigger is None or not has_formula(trigger):
            self.losses.append(Loss(describe(event), "it has no trigger and never fires"))
            return FALSE
        return self._formulas.condition(trigger)

    def _optional(self, event: Element, name: str) -> Expression | None:
        element = child(event, name)
        if element is None:
            return None
        if not has_formula(element):
            self.losses.append(Loss(describe(event), f"its {name} has no formula and does nothing"))
            return None
        return self._formulas.expression(element)

    def _assignments(self, event: Element) -> Iterator[EventAssignment]:
        for element in items(event, "listOfEventAssignments"):
            variable = element.get("variable", "")
            if has_formula(element):
                yield EventAssignment(variable, self._formulas.expression(element))
            else:
                self.losses.append(
                    Loss(describe(event), f"its assignment to '{variable}' has no formula and does nothing")
                )


def refuse_wrong_targets(file: SbmlFile, model: Model) -> None:
    """Raise `ModelError` for an event that assigns a constant, what a rule gives, or one thing twice."""
    constant = {species.id for species in model.species if species.constant}
    constant |= {compartment.id for compartment in model.compartments if compartment.constant}
    constant |= {parameter.id for parameter in model.parameters if parameter.constant}
    assigned = {rule.variable for rule in model.assignments} | {c.unknown for c in model.constraints}
    known = model.ids - {reaction.id for reaction in model.reactions}
    elements = items(file.model, "listOfEvents")
    for event, element in zip(model.events, elements, strict=True):
        seen: set[str] = set()
        for name in (assignment.variable for assignment in event.assignments):
            where = file.where(element)
            if name not in known:
                found = f"an assignment to {name!r}, which the model does not have"
                raise ModelError("E-UNKNOWN-ID", found, where=where)
            if name in constant:
                found = f"an assignment to {name!r}, which is constant"
                advice = f"set constant to false at {name!r}"
                raise ModelError(
                    "E-EVENT-TARGET", found, needed="something that may change", advice=advice, where=where
                )
            if name in assigned:
                found = f"an assignment to {name!r}, which a rule gives at all times"
                raise ModelError(
                    "E-EVENT-TARGET", found, needed="something no assignment rule gives", where=where
                )
            if name in seen:
                raise ModelError("E-TWICE", f"two assignments to {name!r}", where=where)
            seen.add(name)
