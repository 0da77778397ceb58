"""Models with events for the tests: parameters with rate rules, written as plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from isthmus.algebra.infix_parser import parse
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.rule import RateRule


def ruled(
    values: Mapping[str, float], rates: Mapping[str, str] | None = None, events: Sequence[Event] = ()
) -> Model:
    """Parameters that may all change, some by a rate."""
    return Model(
        "ruled",
        parameters=tuple(Parameter(name, value, constant=False) for name, value in values.items()),
        rates=tuple(RateRule(name, parse(text)) for name, text in (rates or {}).items()),
        events=tuple(events),
    )


def event(
    name: str,
    trigger: str,
    sets: Mapping[str, str],
    *,
    delay: str | None = None,
    priority: str | None = None,
    **flags: Any,
) -> Event:
    """An event with formulas as text; flags: initially, persistent, at_trigger."""
    return Event(
        name,
        parse(trigger),
        tuple(EventAssignment(variable, parse(text)) for variable, text in sets.items()),
        delay=None if delay is None else parse(delay),
        priority=None if priority is None else parse(priority),
        **flags,
    )
