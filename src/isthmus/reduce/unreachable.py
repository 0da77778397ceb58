"""Unreachable: what cannot influence an observable goes; exact."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from isthmus.algebra.expression import free_symbols
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.model.reaction import Participant, Reaction


def influences(model: Model) -> dict[str, set[str]]:
    """Each id with the ids that its value directly depends on: rules, reactions, events, starts, volumes."""
    needs: dict[str, set[str]] = {}

    for target, formula in model.definitions:
        needs.setdefault(target, set()).update(free_symbols(formula))
    for reaction in model.reactions:
        for changed in reaction.net():
            needs.setdefault(changed, set()).add(reaction.id)
    for species in model.species:
        own = needs.setdefault(species.id, set())
        own.add(species.compartment)
        if species.conversion:
            own.add(species.conversion)
    return needs


def reachable(model: Model, wanted: Iterable[str]) -> set[str]:
    """All ids that can influence the wanted ones, themselves included."""
    needs = influences(model)
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needs.get(name, ()))
    return found


def without_unreachable(model: Model, wanted: Iterable[str]) -> Model:
    """The model with only the species, reactions and rules that can influence the wanted ids.

    Constant parameters all stay, so that tools and data that set them still find them. A reaction loses the
    participants that are gone; the species that nothing needs cannot change what is left.
    """
    found = reachable(model, wanted)
    kept = {s.id for s in model.species if s.id in found}
    ruled = model.ruled | {rule.variable for rule in model.initial_assignments}
    return replace(
        model,
        species=tuple(s for s in model.species if s.id in kept),
        parameters=tuple(p for p in model.parameters if p.id in found or p.id not in ruled),
        compartments=tuple(c for c in model.compartments if c.id in found or c.id not in ruled),
        reactions=tuple(_trimmed(r, kept) for r in model.reactions if r.id in found),
        assignments=tuple(r for r in model.assignments if r.variable in found),
        rates=tuple(r for r in model.rates if r.variable in found),
        initial_assignments=tuple(r for r in model.initial_assignments if r.variable in found),
        constraints=tuple(c for c in model.constraints if c.unknown in found),
        events=events_on(model, found),
    )


def events_on(model: Model, variables: Container[str]) -> tuple[Event, ...]:
    """The events with only those assignments that change the given ids; those left with none go."""
    kept = (
        replace(event, assignments=tuple(a for a in event.assignments if a.variable in variables))
        for event in model.events
    )
    return tuple(event for event in kept if event.assignments)


def _trimmed(reaction: Reaction, kept: set[str]) -> Reaction:
    def side(participants: tuple[Participant, ...]) -> tuple[Participant, ...]:
        return tuple(p for p in participants if p.species in kept)

    return replace(
        reaction,
        reactants=side(reaction.reactants),
        products=side(reaction.products),
        modifiers=tuple(m for m in reaction.modifiers if m in kept),
    )
