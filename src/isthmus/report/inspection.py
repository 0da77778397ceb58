"""A model at a glance, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.records.inspection import Inspection, Quantity
from isthmus.report.svg import shown
from isthmus.report.terminal import Block, Grid
from isthmus.report.wording import counted

_WIDEST = 90


def inspection_blocks(inspection: Inspection) -> list[Block]:
    """Sizes, quantities, reactions, events, totals, and the question to start with."""
    blocks = [
        _overview(inspection),
        _quantities("Species", inspection.species),
        _quantities("Parameters", inspection.parameters),
        _quantities("Compartments", inspection.compartments),
        _reactions(inspection),
        _events(inspection),
        Block("Conserved totals", inspection.totals),
        Block("Not read", inspection.losses),
        Block("Cannot be run", inspection.problems),
        _start(inspection),
    ]
    return [block for block in blocks if block.lines or (block.grid is not None and block.grid.rows)]


def _overview(inspection: Inspection) -> Block:
    name = f"{inspection.model} ({inspection.name})" if inspection.name else inspection.model
    lines = [f"{name} from {inspection.source}"]
    if inspection.size is not None:
        size = inspection.size
        nouns = (
            ("state", size.states),
            ("reaction", size.reactions),
            ("parameter", size.parameters),
            ("term", size.terms),
        )
        lines.append(", ".join(counted(number, noun) for noun, number in nouns))
    units = (
        ("substance", inspection.substance_unit),
        ("volume", inspection.volume_unit),
        ("time", inspection.time_unit),
    )
    lines.append(", ".join(f"{what} in {unit or 'no declared unit'}" for what, unit in units))
    return Block("Model", tuple(lines))


def _quantities(title: str, quantities: Sequence[Quantity]) -> Block:
    rows = tuple(
        (
            quantity.id,
            "–" if quantity.value is None else shown(quantity.value, 6),
            quantity.unit,
            quantity.rule,
            quantity.name if quantity.name != quantity.id else "",
        )
        for quantity in quantities
    )
    return Block(title, (), Grid(("id", "value", "unit", "set by", "name"), rows, frozenset({1})))


def _reactions(inspection: Inspection) -> Block:
    rows = tuple((reaction.id, reaction.equation, _brief(reaction.rate)) for reaction in inspection.reactions)
    return Block("Reactions", (), Grid(("id", "equation", "rate"), rows))


def _events(inspection: Inspection) -> Block:
    rows = tuple(
        (event.id, _brief(event.trigger), _brief("; ".join(event.assignments)), ", ".join(event.remarks))
        for event in inspection.events
    )
    return Block("Events", (), Grid(("id", "when", "then", "how"), rows))


def _brief(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _start(inspection: Inspection) -> Block:
    if not inspection.command:
        return Block("")
    lines = [f"observe {proposal.observable}: {proposal.why}" for proposal in inspection.proposals]
    end = (
        "choose --horizon yourself" if inspection.horizon is None else f"horizon {shown(inspection.horizon)}"
    )
    lines.append(f"{end}: {inspection.horizon_reason}")
    return Block("A question to start with", (*lines, inspection.command))
