"""A point on the slow manifold of a reduction, found numerically: it tells which root of a law attracts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isthmus.algebra.evaluate import as_number, evaluate
from isthmus.algebra.expression import Expression, symbol
from isthmus.model.reduction import Reduction
from isthmus.reduce.network import Network
from isthmus.reduce.relations import initial_name
from isthmus.study.search.conditions import Bench, settle
from isthmus.study.search.trial import run


def settled_values(bench: Bench, reduction: Reduction, network: Network) -> Mapping[str, float]:
    """Id → value half-way along the nominal run of the constrained system; empty where there is none."""
    dynamics = bench.dynamics
    constrained = bench.constrained(reduction)
    nominal = settle(bench, [np.asarray(dynamics.nominal)])
    if constrained is None or not nominal:
        return {}
    solution, _, _ = run(bench, constrained, nominal[0], bench.rtol)
    if solution is None:
        return {}
    middle = len(solution.t) // 2
    named = sorted(dynamics.model.ids - {r.id for r in dynamics.model.reactions})
    kernel = dynamics.kernel([symbol(name) for name in named])
    found = kernel(solution.t[middle], solution.x[middle], nominal[0].parameters)
    values = dict(zip(named, map(float, found), strict=True))
    given = dict(zip(dynamics.quantities, map(float, dynamics.nominal), strict=True))
    for state in dynamics.states:
        if state in given:
            values[initial_name(dynamics.model, state)] = given[state]
    amounts = dict(zip(dynamics.states, map(float, solution.x[middle]), strict=True))
    for state, name in network.names.items():
        if state in network.lumps:
            members = network.coordinates.slow[state]
            factor = _value(network.kinds.shared(members), values)
            values[name] = sum(float(weight) * amounts[s] for s, weight in members.items()) / factor
    for total in network.totals:
        # Counted at that point, not at the start: events may have changed it.
        factor = _value(network.kinds.shared(state for state, _ in total.sums), values)
        values[total.id] = sum(float(weight) * amounts[s] for s, weight in total.sums) / factor
    for name, formula in network.dependents.items():
        values[name] = _value(formula, values)
    return values


def _value(formula: Expression, values: Mapping[str, float]) -> float:
    return float(as_number(evaluate([formula], values)[0]))
