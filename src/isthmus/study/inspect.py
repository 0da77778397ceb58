"""What is in a model file, and a question to start with."""

from __future__ import annotations

import os
import shlex

from isthmus.algebra.expression import free_symbols, symbol
from isthmus.algebra.infix_printer import infix
from isthmus.dynamics.conservation import ConservationLaw, conservation_laws
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.dynamics.start import check_start
from isthmus.errors import IsthmusError
from isthmus.formats import read
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.model.question import Observable
from isthmus.model.reaction import Participant, Reaction
from isthmus.records.inspection import Conversion, Inspection, Occurrence, Proposal, Quantity
from isthmus.study.horizon import derive_horizon
from isthmus.study.size import find_size
from isthmus.study.unit_labels import species_unit, unit_label

MOST_PROPOSALS = 3


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Everything a person needs to ask a question about a model; raises ModelError for what is no model.

    A model that can be read but not run is described too; `problems` then says why it cannot be run.
    """
    imported = read(path)
    model = imported.model
    problems: list[str] = []
    dynamics = _run(model, problems)
    proposals = () if dynamics is None or problems else propose_observables(model, dynamics)
    horizon, reason = _horizon(dynamics, proposals)
    rules = {rule.variable: "assignment rule" for rule in model.assignments}
    rules |= {rule.variable: "rate rule" for rule in model.rates}
    first = {rule.variable: "initial assignment" for rule in model.initial_assignments}
    ruled = first | rules
    return Inspection(
        source=os.fspath(path),
        model=model.id,
        name=model.name,
        sha256=model.sha256,
        size=find_size(model) if dynamics is not None else None,
        compartments=tuple(
            Quantity(
                c.id, c.name, c.size, unit_label(model, c.unit or model.units.volume), ruled.get(c.id, "")
            )
            for c in model.compartments
        ),
        species=tuple(
            Quantity(s.id, s.name, s.initial, species_unit(model, s), ruled.get(s.id, ""))
            for s in model.species
        ),
        parameters=tuple(
            Quantity(p.id, p.name, p.value, unit_label(model, p.unit), ruled.get(p.id, ""))
            for p in model.parameters
        ),
        reactions=tuple(Conversion(r.id, equation(r), infix(r.rate)) for r in model.reactions),
        events=tuple(map(_occurrence, model.events)),
        totals=tuple(map(str, _totals(dynamics))),
        substance_unit=unit_label(model, model.units.substance),
        volume_unit=unit_label(model, model.units.volume),
        time_unit=unit_label(model, model.units.time),
        proposals=proposals,
        horizon=horizon,
        horizon_reason=reason,
        command=_command(os.fspath(path), proposals, horizon),
        losses=tuple(map(str, imported.losses)),
        problems=tuple(problems),
    )


def _occurrence(event: Event) -> Occurrence:
    remarks = []
    if event.delay is not None:
        remarks.append(f"after {infix(event.delay)}")
        if not event.at_trigger:
            remarks.append("values of the execution")
    if event.priority is not None:
        remarks.append(f"priority {infix(event.priority)}")
    if not event.persistent:
        remarks.append("only while true")
    if not event.initially:
        remarks.append("at time 0 too")
    assigned = tuple(f"{a.variable} := {infix(a.formula)}" for a in event.assignments)
    return Occurrence(event.id, infix(event.trigger), assigned, tuple(remarks))


def _run(model: Model, problems: list[str]) -> Dynamics | None:
    dynamics: Dynamics | None = None
    try:
        dynamics = read_rates(model)
        check_start(dynamics)
    except IsthmusError as error:
        problems.append(str(error))
    return dynamics


def propose_observables(model: Model, dynamics: Dynamics) -> tuple[Proposal, ...]:
    """End products first (made, used by nothing), then what a rule defines, else the last that appears."""
    states = set(dynamics.states)
    made = {species for r in model.reactions for species, change in r.net().items() if change > 0}
    used = {name for r in model.reactions for name in free_symbols(r.rate)}
    used |= {participant.species for r in model.reactions for participant in r.reactants}
    ends = [s.id for s in model.species if s.id in made & states and s.id not in used]
    if ends:
        return tuple(Proposal(name, "made, and used by nothing") for name in ends[:MOST_PROPOSALS])
    ruled = [rule.variable for rule in model.assignments if free_symbols(rule.formula) & states]
    if ruled:
        return tuple(Proposal(name, "defined by a rule over the species") for name in ruled[:MOST_PROPOSALS])
    complexes = {
        product.species
        for r in model.reactions
        if len(r.reactants) > 1 == len(r.products)
        for product in r.products
    }
    moving = [name for name, row in zip(dynamics.states, dynamics.gain, strict=True) if row]
    empty = {s.id for s in model.species if s.initial == 0}
    appearing = [name for name in moving if name in empty and name not in complexes]
    if appearing:
        return (
            Proposal(
                appearing[-1],
                "the last that appears during the run and is no complex; nothing marks an output",
            ),
        )
    return tuple(Proposal(name, "the last that moves; nothing marks an output") for name in moving[-1:])


def _horizon(dynamics: Dynamics | None, proposals: tuple[Proposal, ...]) -> tuple[float | None, str]:
    if dynamics is None or not proposals:
        return None, "nothing to observe"
    observables = [Observable(proposal.observable, symbol(proposal.observable)) for proposal in proposals]
    try:
        found = derive_horizon(dynamics, observables)
    except IsthmusError as error:
        return None, str(error)
    return found.value, found.reason


def equation(reaction: Reaction) -> str:
    """`2 A + B -> C`, with `<->` where the file calls it reversible."""
    sides = (" + ".join(map(_participant, side)) for side in (reaction.reactants, reaction.products))
    return (" <-> " if reaction.reversible else " -> ").join(sides).strip()


def _participant(participant: Participant) -> str:
    return (
        participant.species
        if participant.stoichiometry == 1
        else f"{participant.stoichiometry} {participant.species}"
    )


def _totals(dynamics: Dynamics | None) -> tuple[ConservationLaw, ...]:
    """What stays the same at all times; a total of what events assign does not."""
    if dynamics is None:
        return ()
    jumping = dynamics.model.assigned_by_events
    laws = conservation_laws(dynamics.gain, dynamics.states)
    return tuple(law for law in laws if not law.coefficients.keys() & jumping)


def _command(path: str, proposals: tuple[Proposal, ...], horizon: float | None) -> str:
    if not proposals:
        return ""
    words = ["isthmus", "reduce", path]
    for proposal in proposals:
        words += ["--observe", proposal.observable]
    words += ["--tolerance", "5%"]
    return shlex.join(words) + ("" if horizon is not None else " --horizon …")
