"""The events of a model in states, parameters and time: conditions, values, and where the states land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from isthmus.algebra.expression import ZERO, Expression, div, mul, number, symbol
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.definitions import Names, state_symbol
from isthmus.model.event import Event
from isthmus.model.model import Model

_NO_PRIORITY = number(float("-inf"))


@dataclass(frozen=True, slots=True)
class EventFormulas:
    """Resolved formulas of all events, one after the other; see `EventTable`.

    landings are formulas of `value:<k>` besides states, k counting the assignments of all events.
    """

    events: tuple[Event, ...]
    conditions: tuple[Expression, ...]
    delays: tuple[Expression, ...]
    priorities: tuple[Expression, ...]
    values: tuple[Expression, ...]
    landings: tuple[Expression, ...]
    first_value: tuple[int, ...]
    first_target: tuple[int, ...]
    targets: tuple[int, ...]


def value_symbol(place: int) -> Expression:
    """The value of an assignment, counted over all events."""
    return symbol(f"value:{place}")


def read_events(
    model: Model,
    names: Names,
    states: Sequence[str],
    is_amount: Sequence[bool],
    volumes: Sequence[Expression | None],
) -> EventFormulas:
    """Resolve the events of a model; ModelError for what they name and the model does not have."""
    size_of = _sizes_by_concentration(model, names, states, is_amount)
    landings: list[list[tuple[int, Expression]]] = []
    count = 0
    for event in model.events:
        given: dict[str, Expression] = {}
        for assignment in event.assignments:
            given[assignment.variable] = value_symbol(count)
            count += 1
        landings.append(_landed(given, states, volumes, size_of))

    def resolved(formulas: Sequence[Expression], what: str) -> tuple[Expression, ...]:
        return tuple(
            names.resolve([formula], f"{what} of event {event.id!r}")[0]
            for event, formula in zip(model.events, formulas, strict=True)
        )

    return EventFormulas(
        events=model.events,
        conditions=resolved([event.trigger for event in model.events], "trigger"),
        delays=resolved([event.delay or ZERO for event in model.events], "delay"),
        priorities=resolved([event.priority or _NO_PRIORITY for event in model.events], "priority"),
        values=tuple(
            names.resolve([assignment.formula], f"event {event.id!r}")[0]
            for event in model.events
            for assignment in event.assignments
        ),
        landings=tuple(formula for landed in landings for _, formula in landed),
        first_value=(0, *accumulate(len(event.assignments) for event in model.events)),
        first_target=(0, *accumulate(map(len, landings))),
        targets=tuple(place for landed in landings for place, _ in landed),
    )


def _landed(
    given: Mapping[str, Expression],
    states: Sequence[str],
    volumes: Sequence[Expression | None],
    size_of: Mapping[int, Expression],
) -> list[tuple[int, Expression]]:
    """(place, value) of each state that an event changes.

    A value given to a species is a concentration in the size before the event; when the size changes as well,
    the amount stays (cases 01506 and 01779 of the SBML Test Suite).
    """
    at = {name: place for place, name in enumerate(states)}
    landed: dict[int, Expression] = {}
    for name, value in given.items():
        volume = volumes[at[name]]
        landed[at[name]] = value if volume is None else mul(value, volume)
    after = {state_symbol(name): value for name, value in given.items() if volumes[at[name]] is None}
    for place, size in size_of.items():
        new = substitute([size], after)[0]
        if new is not size:
            kept = landed.get(place, state_symbol(states[place]))
            landed[place] = div(mul(kept, size), new)
    return list(landed.items())


def _sizes_by_concentration(
    model: Model, names: Names, states: Sequence[str], is_amount: Sequence[bool]
) -> dict[int, Expression]:
    """The compartment sizes of states that are concentrations: a jump of the size keeps the amount."""
    sizes: dict[int, Expression] = {}
    for place, name in enumerate(states):
        species = model.species_by_id.get(name)
        if species is not None and not is_amount[place] and not species.substance_only:
            sizes[place] = names.resolve([symbol(species.compartment)], f"species {name!r}")[0]
    return sizes
