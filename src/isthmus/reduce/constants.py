"""Constants: species that nothing changes become constants; exact."""

from __future__ import annotations

from dataclasses import replace

from isthmus.model.model import Model
from isthmus.model.reaction import Reaction


def with_constants(model: Model) -> Model:
    """The model with species that no reaction, rule or event changes declared constant.

    And catalysts written as modifiers.
    """
    changed = {s for r in model.reactions for s in r.net()}
    moved = model.ruled | model.assigned_by_events
    still = {s.id for s in model.species if s.id not in moved and (s.id not in changed or s.boundary)}
    return replace(
        model,
        species=tuple(
            replace(s, constant=True, boundary=True) if s.id in still else s for s in model.species
        ),
        reactions=tuple(_with_catalysts(r, still) for r in model.reactions),
    )


def _with_catalysts(reaction: Reaction, still: set[str]) -> Reaction:
    members = {p.species for p in (*reaction.reactants, *reaction.products)}
    catalysts = tuple(m for m in sorted(members & still) if m not in reaction.modifiers)
    return replace(
        reaction,
        reactants=tuple(p for p in reaction.reactants if p.species not in still),
        products=tuple(p for p in reaction.products if p.species not in still),
        modifiers=(*reaction.modifiers, *catalysts),
    )
