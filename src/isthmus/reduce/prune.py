"""Idle states of a reduced model.

Those that no observable needs any more go, with everything that is defined by them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isthmus.algebra.expression import free_symbols
from isthmus.model.model import Model
from isthmus.reduce.unreachable import events_on, reachable


def without_idle_states(model: Model, wanted: Iterable[str]) -> Model:
    """The model without the states that cannot influence the wanted ids; exact for these.

    Quantities given by rules stay as long as what they are defined by stays, so that data tables still
    resolve.
    """
    found = reachable(model, wanted)
    changed = {s for r in model.reactions for s in r.net() if not _is_fixed(model, s)} | {
        r.variable for r in model.rates
    }
    changed |= model.assigned_by_events
    gone = changed - found
    if not gone:
        return model
    gone |= {r.id for r in model.reactions if r.id not in found}
    assignments = []
    for rule in model.assignments:
        if free_symbols(rule.formula) & gone:
            gone.add(rule.variable)
        else:
            assignments.append(rule)
    reactions = tuple(r for r in model.reactions if r.id in found)
    named = {s for r in reactions for s in free_symbols(r.rate)}
    return replace(
        model,
        species=tuple(s for s in model.species if s.id not in gone),
        parameters=tuple(p for p in model.parameters if p.id not in gone),
        reactions=tuple(
            replace(
                r,
                reactants=tuple(p for p in r.reactants if p.species not in gone),
                products=tuple(p for p in r.products if p.species not in gone),
                modifiers=tuple(m for m in r.modifiers if m in named and m not in gone),
            )
            for r in reactions
        ),
        assignments=tuple(assignments),
        rates=tuple(r for r in model.rates if r.variable not in gone),
        initial_assignments=tuple(r for r in model.initial_assignments if r.variable not in gone),
        events=events_on(model, found),
    )


def _is_fixed(model: Model, species: str) -> bool:
    found = model.species_by_id.get(species)
    return found is not None and (found.boundary or found.constant)
