"""The constraints of a reduction solved in closed form for its eliminated species."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from isthmus.algebra.eliminate import Elimination, Memory, NoClosedForm, eliminate
from isthmus.algebra.evaluate import as_number, evaluate
from isthmus.algebra.expression import Expression, free_symbols, number, symbol
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.coordinates import Gain, slow_coordinates
from isthmus.dynamics.terms import Term
from isthmus.model.model import Model
from isthmus.model.reduction import Reduction
from isthmus.model.rule import Constraint
from isthmus.reduce.events import carried_events
from isthmus.reduce.network import Network, lay_out

_NEAR = 1e-3
_FAR = 100.0
LAW_NODES = 400
"""The largest law, in nodes of its graph, that still counts as one."""


Settled = Callable[[Network], Mapping[str, float]]
"""Values of every id of a network at a point on its slow manifold, found numerically."""


def closed_forms(
    model: Model,
    states: Sequence[str],
    terms: Sequence[Term],
    gain: Gain,
    reduction: Reduction,
    settled: Settled | None = None,
    memory: Memory | None = None,
) -> dict[str, Expression] | NoClosedForm:
    """Formulas of the eliminated species over slow coordinates, or the reason why there are none.

    memory: of other reductions of the same model.
    """
    coordinates = slow_coordinates(states, gain, reduction)
    if coordinates is None:
        return NoClosedForm("the eliminated species do not relax independently of each other")
    network = lay_out(model, states, coordinates, reduction, frozenset())
    events = carried_events(model, network)
    if isinstance(events, NoClosedForm):
        return events
    return solve_constraints(model, terms, network, reduction, settled, memory)


def solve_constraints(
    model: Model,
    terms: Sequence[Term],
    network: Network,
    reduction: Reduction,
    settled: Settled | None = None,
    memory: Memory | None = None,
) -> dict[str, Expression] | NoClosedForm:
    """The same for a network that is laid out already; each formula may use those before it.

    Where signs do not tell which root attracts, the numerical solution on the manifold does; without one, or
    where it lies between the roots, the law is refused.
    """
    unknowns = [symbol(z) for z in reduction.eliminated]
    if not unknowns:
        return {}
    equations: list[Expression] = []
    for z in reduction.eliminated:
        row = network.coordinates.constraints[z]
        if not row:
            return NoClosedForm(f"nothing changes {z} any more")
        total = number(0)
        for term, weight in row.items():
            total = total + number(weight) * terms[term].formula
        equations.append(total)
    over_ids = substitute(equations, network.kinds.ids)
    known = {symbol(s): value for s, value in network.values.items()}
    positive = _positive(model) | {t.id for t in network.totals}
    found = eliminate(
        substitute(over_ids, known),
        unknowns,
        is_parameter=positive.__contains__,
        node_limit=LAW_NODES,
        memory=memory,
    )
    if isinstance(found, NoClosedForm):
        return found
    if found.alternatives:
        return _nearest_roots(found, network, settled)
    return {str(unknown.value): found.solutions[unknown] for unknown in found.order}


def _nearest_roots(
    found: Elimination, network: Network, settled: Settled | None
) -> dict[str, Expression] | NoClosedForm:
    values = dict(settled(network)) if settled is not None else {}
    chosen: dict[str, Expression] = {}
    for unknown in found.order:
        name = str(unknown.value)
        candidates = (found.solutions[unknown], *found.alternatives.get(unknown, ()))
        if len(candidates) > 1:
            if not all(symbol_name in values for symbol_name in (name, *free_symbols(*candidates))):
                return NoClosedForm(f"which root attracts is not settled by signs for {name}")
            roots = [float(as_number(root)) for root in evaluate(candidates, values)]
            apart = [abs(root - values[name]) if math.isfinite(root) else math.inf for root in roots]
            order = sorted(range(len(roots)), key=apart.__getitem__)
            near, far = apart[order[0]], apart[order[1]]
            if not near <= _NEAR * max(abs(values[name]), 1e-300) or far <= _FAR * near:
                return NoClosedForm(f"no root of {name} is clearly the one on the slow manifold")
            candidates = (candidates[order[0]],)
        chosen[name] = candidates[0]
    return chosen


def implicit_laws(terms: Sequence[Term], network: Network, reduction: Reduction) -> tuple[Constraint, ...]:
    """The constraints as they are, over the ids of the model; each starts from the species' initial value."""
    laws: list[Constraint] = []
    for z in reduction.eliminated:
        residual = number(0)
        for term, weight in network.coordinates.constraints[z].items():
            residual = residual + number(weight) * terms[term].formula
        (over_ids,) = substitute([residual], network.kinds.ids)
        laws.append(Constraint(z, over_ids, network.kinds.initial(z)))
    return tuple(laws)


def _positive(model: Model) -> set[str]:
    """Constants that are positive numbers at nominal, and so over any domain that keeps their sign."""
    derived = {rule.variable for rule in model.initial_assignments}
    parameters = {p.id for p in model.parameters if p.id in derived or (p.value is not None and p.value > 0)}
    return (parameters | {c.id for c in model.compartments}) - model.ruled
