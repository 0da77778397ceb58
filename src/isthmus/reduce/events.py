"""Events carried over to a reduced model: restrict ∘ assign ∘ lift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.algebra.expression import (
    Expression,
    add,
    div,
    mul,
    negate,
    number,
    symbol,
)
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.reduce.carrying import is_of_execution, uncarried
from isthmus.reduce.network import Network


def carried_events(model: Model, network: Network) -> tuple[Event, ...] | NoClosedForm:
    """The events of `model` as events of its reduction; NoClosedForm where one cannot be carried over.

    The state is lifted by the reduced model's own rules, assigned as before, and restricted to the kept
    coordinates: each lump or total y = Σ L x that counts an assigned x becomes y + Σ L (x_new − x). What an
    event gives to an eliminated species and no kept coordinate counts is gone at once, as the slow manifold
    says. Triggers, delays and priorities stay: the rules define every id that they name.
    """
    carried: list[Event] = []
    for _, members in _counted(network):
        late = uncarried(model, members, network.kinds)
        if late:
            return NoClosedForm(
                f"event {late!r} gives members of a total values from the time of its trigger"
            )
    for event in model.events:
        own, moved = _own(event, network), _moved(event, network)
        if moved and is_of_execution(model, event):
            event = replace(event, at_trigger=False)
        if own or moved:
            carried.append(replace(event, assignments=(*own, *moved)))
    return tuple(carried)


def _own(event: Event, network: Network) -> list[EventAssignment]:
    """The assignments to what the reduced model keeps as it is."""
    kept = (set(network.names) - network.lumps) | network.constants
    states = network.kinds.factor
    return [a for a in event.assignments if a.variable in kept or a.variable not in states]


def _moved(event: Event, network: Network) -> list[EventAssignment]:
    """The assignments to lumps and totals that count something assigned."""
    found = []
    for name, members in _counted(network):
        change = _change(event, members, network)
        if change:
            found.append(EventAssignment(name, add(symbol(name), *change)))
    return found


def _counted(network: Network) -> list[tuple[str, Mapping[str, Fraction]]]:
    """Lumps and totals with what they count."""
    lumps = [(network.names[s], network.coordinates.slow[s]) for s in network.names if s in network.lumps]
    return [*lumps, *((total.id, dict(total.sums)) for total in network.totals)]


def _change(event: Event, members: Mapping[str, Fraction], network: Network) -> list[Expression]:
    """Σ L (x_new − x) over the assigned members, in the kind in which the coordinate counts."""
    into = network.kinds.shared(members)
    sizes = {symbol(a.variable): a.formula for a in event.assignments}
    parts: list[Expression] = []
    for assignment in event.assignments:
        weight = members.get(assignment.variable)
        if weight is None:
            continue
        factor = network.kinds.factor[assignment.variable]
        before, after = symbol(assignment.variable), assignment.formula
        if factor is not into:
            new_factor = sizes.get(factor, factor)
            before, after = div(mul(before, factor), into), div(mul(after, new_factor), into)
        parts.append(mul(number(weight), add(after, negate(before))))
    return parts
