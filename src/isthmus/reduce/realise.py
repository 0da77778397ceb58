"""A reduction written as a model.

Plain SBML content, closed-form laws, totals and initial values as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.algebra.expression import DELAY, TIME, Expression, free_symbols, number, postorder, symbol
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.coordinates import Gain, slow_coordinates
from isthmus.dynamics.terms import Term
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.reduction import Reduction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species
from isthmus.reduce.events import carried_events
from isthmus.reduce.network import ConservedTotal, Network, initial_of_lump, lay_out
from isthmus.reduce.relations import initial_name
from isthmus.reduce.rewrite import Laws, rewrite_laws
from isthmus.reduce.slaved import Settled, implicit_laws, solve_constraints


@dataclass(frozen=True, slots=True)
class Realised:
    """A reduction as a model.

    model: the reduced model. totals: its conserved totals. lumped: id → definition of each lumped
    parameter. hidden: eliminated quantity → its formula. members: lump or total → the states that it
    counts.
    """

    model: Model
    totals: tuple[ConservedTotal, ...]
    lumped: Mapping[str, Expression]
    hidden: Mapping[str, Expression]
    members: Mapping[str, tuple[str, ...]]


def realise(
    model: Model,
    states: Sequence[str],
    terms: Sequence[Term],
    gain: Gain,
    reduction: Reduction,
    observed: frozenset[str] = frozenset(),
    *,
    implicit: bool = False,
    settled: Settled | None = None,
) -> Realised | NoClosedForm:
    """Write a reduction of `model`, whose reading as rates has the given states, terms and gain.

    Gives NoClosedForm, with the reason, where the constraints have no closed-form solution; with `implicit`
    they then stay as constraints that define the eliminated species. settled: see `slaved.solve_constraints`.
    """
    coordinates = slow_coordinates(states, gain, reduction)
    if coordinates is None:
        return NoClosedForm("the eliminated species do not relax independently of each other")
    network = lay_out(model, states, coordinates, reduction, observed)
    if _mixes_conversions(terms, gain, network):
        return NoClosedForm("a lump counts species with different conversion factors")
    solved = solve_constraints(model, terms, network, reduction, settled)
    events = carried_events(model, network)
    if isinstance(events, NoClosedForm):
        return events
    constraints: tuple[Constraint, ...] = ()
    if isinstance(solved, NoClosedForm):
        if not implicit:
            return solved
        constraints, solved = implicit_laws(terms, network, reduction), {}
        started = {constraint.unknown for constraint in constraints}
        network = replace(network, initials=network.initials | started)
    hidden = {**network.dependents, **solved, **network.values}
    rates = {rule.variable: rule.formula for rule in model.rates}
    drafts = _reactions(model, terms, network, reduction, set(rates))
    derivatives = _rate_rules(terms, network, set(rates))
    laws = rewrite_laws(
        model,
        Laws({r.id: r.rate for r in drafts}, derivatives, {**solved, **network.values}),
        {t.id: t.formula for t in network.totals},
        network.taken,
    )
    reactions = tuple(_with_modifiers(replace(r, rate=laws.rates[r.id]), model, network) for r in drafts)
    laws = replace(laws, hidden={**network.dependents, **laws.hidden})
    after = _assemble(model, network, laws, reactions, constraints, events)
    return Realised(after, network.totals, laws.lumped, hidden, _members(network))


def _members(network: Network) -> dict[str, tuple[str, ...]]:
    """Lump or total → the states that it counts."""
    found = {
        name: tuple(network.coordinates.slow[s]) for s, name in network.names.items() if s in network.lumps
    }
    return found | {total.id: tuple(state for state, _ in total.sums) for total in network.totals}


def _mixes_conversions(terms: Sequence[Term], gain: Gain, network: Network) -> bool:
    for state, row in network.rows.items():
        own = {terms[index].conversion for index in gain[state]}
        if not {terms[index].conversion for index in row} <= own:
            return True
    return False


def _reactions(
    model: Model, terms: Sequence[Term], network: Network, reduction: Reduction, by_rate: set[str]
) -> list[Reaction]:
    """The reactions that still change a kept coordinate; one whose terms no longer go together is split."""
    groups: dict[tuple[str, tuple[tuple[str, Fraction], ...]], list[int]] = {}
    for index, term in enumerate(terms):
        if term.owner in by_rate:
            continue
        column = tuple((s, row[index] * term.coefficient) for s, row in network.rows.items() if index in row)
        if column:
            groups.setdefault((term.owner, column), []).append(index)
    parts: dict[str, int] = {}
    for owner, _ in groups:
        parts[owner] = parts.get(owner, 0) + 1
    of_reaction = {r.id: r for r in model.reactions}
    count_of = {r.id: sum(t.owner == r.id for t in terms) for r in model.reactions}
    made: list[Reaction] = []
    taken = set(model.ids)
    for (owner, column), members in groups.items():
        original = of_reaction[owner]
        whole = len(members) == count_of[owner]
        rate = original.rate
        if not whole:
            rate = number(0)
            for index in members:
                rate = rate + number(terms[index].coefficient) * terms[index].written
        name = original.id if parts[owner] == 1 else _part_name(original.id, taken)
        changes = [(network.names[s], value) for s, value in column]
        made.append(
            replace(
                original,
                id=name,
                reactants=tuple(Participant(s, -v) for s, v in changes if v < 0),
                products=tuple(Participant(s, v) for s, v in changes if v > 0),
                modifiers=(),
                rate=rate,
                reversible=original.reversible and whole,
                fast=False,
            )
        )
    return made


def _part_name(name: str, taken: set[str]) -> str:
    count = 1
    while f"{name}_part{count}" in taken:
        count += 1
    taken.add(f"{name}_part{count}")
    return f"{name}_part{count}"


def _rate_rules(terms: Sequence[Term], network: Network, by_rate: set[str]) -> dict[str, Expression]:
    rules: dict[str, Expression] = {}
    for state, row in network.rows.items():
        if state in by_rate:
            total = number(0)
            for index, weight in row.items():
                total = total + number(weight) * terms[index].written
            rules[state] = total
    return rules


def _with_modifiers(reaction: Reaction, model: Model, network: Network) -> Reaction:
    members = {p.species for p in (*reaction.reactants, *reaction.products)}
    species = set(model.species_by_id) | {network.names[s] for s in network.lumps}
    named = sorted((free_symbols(reaction.rate) & species) - members)
    return replace(reaction, modifiers=tuple(named))


def _assemble(
    model: Model,
    network: Network,
    laws: Laws,
    reactions: tuple[Reaction, ...],
    constraints: tuple[Constraint, ...],
    events: tuple[Event, ...],
) -> Model:
    hidden = set(laws.hidden)
    unknown = {constraint.unknown for constraint in constraints}
    set_by_initial = {r.variable: r for r in model.initial_assignments}
    species = [_species(s, hidden | unknown, network) for s in model.species]
    parameters = [_parameter(p, hidden | unknown, network) for p in model.parameters]
    initial = [
        r
        for r in model.initial_assignments
        if r.variable not in hidden and r.variable not in network.initials
    ]
    initial_symbols = {symbol(s): network.kinds.initial(s) for s in network.initials}
    rules: list[AssignmentRule] = []
    fixed = _fixed(model, network)
    for state in sorted(network.initials, key=list(network.kinds.factor).index):
        name = initial_name(model, state)
        own = set_by_initial.get(state)
        given = None if own is None else substitute([own.formula], initial_symbols)[0]
        # As an initial assignment it would go stale where a tool only resets after a change.
        is_rule = given is not None and _is_fixed(given, fixed)
        parameters.append(_initial_parameter(model, state, name, given is None, constant=not is_rule))
        if given is not None and is_rule:
            rules.append(AssignmentRule(name, given))
        elif given is not None:
            initial.append(InitialAssignment(name, given))
        if state not in hidden and state not in unknown:
            initial.append(InitialAssignment(state, network.kinds.initial(state)))
    initial = [replace(r, formula=substitute([r.formula], initial_symbols)[0]) for r in initial]
    for state in (s for s in network.names if s in network.lumps):
        species.append(_lump(model, state, network))
        initial.append(InitialAssignment(network.names[state], initial_of_lump(network, state)))
    jumping = {a.variable for event in events for a in event.assignments}
    initial += [InitialAssignment(t.id, t.formula) for t in network.totals if t.id in jumping]
    rules += [AssignmentRule(t.id, t.formula) for t in network.totals if t.id not in jumping]
    rules += [AssignmentRule(name, formula) for name, formula in laws.lumped.items()]
    rules += [AssignmentRule(name, formula) for name, formula in laws.hidden.items()]
    lumps = [name for name in network.dependents if name not in model.ids]
    defined = [t.id for t in network.totals] + list(laws.lumped) + lumps
    parameters += [Parameter(name, constant=False) for name in defined]
    return replace(
        model,
        species=tuple(species),
        parameters=tuple(parameters),
        reactions=reactions,
        assignments=_in_order((*model.assignments, *rules)),
        rates=tuple(RateRule(v, f) for v, f in laws.derivatives.items()),
        initial_assignments=tuple(initial),
        constraints=(*model.constraints, *constraints),
        events=events,
        source="",
        sha256="",
    )


def _species(species: Species, hidden: set[str], network: Network) -> Species:
    if species.id in hidden:
        return replace(species, initial=None, constant=False)
    if species.id in network.constants:
        return replace(
            species, constant=species.id not in network.kinds.model.assigned_by_events, boundary=True
        )
    if species.id in network.initials:
        return replace(species, initial=None)
    return species


def _parameter(parameter: Parameter, hidden: set[str], network: Network) -> Parameter:
    if parameter.id in hidden:
        return replace(parameter, value=None, constant=False)
    if parameter.id in network.constants:
        return replace(parameter, constant=parameter.id not in network.kinds.model.assigned_by_events)
    return replace(parameter, value=None) if parameter.id in network.initials else parameter


def _fixed(model: Model, network: Network) -> frozenset[str]:
    """The ids of numbers that stay what they are: parameters, volumes and initial values."""
    moving = model.ruled | model.assigned_by_events
    given = {p.id for p in model.parameters if p.constant} | {c.id for c in model.compartments if c.constant}
    return frozenset(given - moving) | {initial_name(model, state) for state in network.initials}


def _is_fixed(formula: Expression, fixed: frozenset[str]) -> bool:
    return free_symbols(formula) <= fixed and not any(n.op in (TIME, DELAY) for n in postorder([formula]))


def _initial_parameter(
    model: Model, state: str, name: str, has_value: bool, *, constant: bool = True
) -> Parameter:
    species = model.species_by_id.get(state)
    holder = species or model.parameters_by_id.get(state) or model.compartments_by_id[state]
    value = species.initial if species else getattr(holder, "value", getattr(holder, "size", None))
    title = (
        f"initial {'amount' if species and species.initial_is_amount else 'value'} of {holder.name or state}"
    )
    return Parameter(name, value if has_value else None, constant, name=title, initial_of=state)


def _lump(model: Model, state: str, network: Network) -> Species:
    first = model.species_by_id[state]
    members = network.coordinates.slow[state]
    in_amounts = network.kinds.shared(members) is not network.kinds.factor[state]
    parts = ", ".join(f"{v if v != 1 else ''}{'·' if v != 1 else ''}{s}" for s, v in members.items())
    return replace(
        first,
        id=network.names[state],
        name=f"total of {parts}",
        initial=None,
        initial_is_amount=False,
        substance_only=first.substance_only or in_amounts,
        annotation=replace(first.annotation, metaid="", xml="", notes="", sbo=""),
    )


def _in_order(rules: Sequence[AssignmentRule]) -> tuple[AssignmentRule, ...]:
    """Rules sorted so that each uses only what stands before it."""
    by_variable = {rule.variable: rule for rule in rules}
    ordered: dict[str, AssignmentRule] = {}
    for root in by_variable:
        stack = [root]
        while stack:
            name = stack[-1]
            needed = [
                n
                for n in sorted(free_symbols(by_variable[name].formula))
                if n in by_variable and n not in ordered
            ]
            if needed and name not in ordered:
                stack.extend(needed)
            else:
                ordered.setdefault(name, by_variable[name])
                stack.pop()
    return tuple(ordered.values())
