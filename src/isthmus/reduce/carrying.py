"""Which coordinates events can be carried over to: where trigger-time values still say what they said."""

from __future__ import annotations

from collections.abc import Collection

from isthmus.algebra.expression import TIME_NODE, ZERO, Expression, free_symbols
from isthmus.algebra.substitute import substitute
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.reduce.relations import Kinds


def carries(model: Model, members: Collection[str], kinds: Kinds) -> bool:
    """Whether y + Σ L (x_new − x) gives y = Σ L x the value that each event means it to have."""
    return not uncarried(model, members, kinds)


def uncarried(model: Model, members: Collection[str], kinds: Kinds) -> str:
    """The id of an event that cannot be carried over to a coordinate of these states, "" for none.

    Values of the execution are no difficulty. Values of the trigger are none either while everything else
    that the coordinate counts stays between trigger and execution: without a delay, and where all events
    that touch the coordinate assign the same of its members, of which the last one executed decides.
    """
    touching = [(event, touched) for event in model.events if (touched := _touched(event, members, kinds))]
    for event, touched in touching:
        if is_of_execution(model, event):
            continue
        if event.delay is not None or any(other != touched for _, other in touching):
            return event.id
    return ""


def is_of_execution(model: Model, event: Event) -> bool:
    """Whether the assigned values are those of the execution: meant so, or of what never changes."""
    if not event.at_trigger:
        return True
    constants = {p.id for p in model.parameters if p.id not in model.ruled | model.assigned_by_events}
    return all(free_symbols(a.formula) <= constants and not _has_time(a.formula) for a in event.assignments)


def _touched(event: Event, members: Collection[str], kinds: Kinds) -> frozenset[str]:
    """What of some states an event assigns: themselves, or the size of what they are in."""
    relevant = set(members) | free_symbols(*(kinds.factor[m] for m in members))
    return frozenset(a.variable for a in event.assignments) & relevant


def _has_time(formula: Expression) -> bool:
    return substitute([formula], {TIME_NODE: ZERO})[0] is not formula
