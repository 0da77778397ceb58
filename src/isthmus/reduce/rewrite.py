"""Laws of a reduced model in readable form.

Eliminated species put in, parameter-only parts lumped and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isthmus.algebra.expression import Expression, postorder, symbol
from isthmus.algebra.lump import parameter_only
from isthmus.algebra.rational import together
from isthmus.algebra.substitute import substitute
from isthmus.model.model import Model

_INLINED = 90
_SIMPLIFIED = 400
_WORTH = 4
_TERMS = 200


@dataclass(frozen=True, slots=True)
class Laws:
    """Formulas of a reduced model.

    Rates by reaction, derivatives by rate-rule variable, hidden by eliminated quantity.
    """

    rates: Mapping[str, Expression]
    derivatives: Mapping[str, Expression]
    hidden: Mapping[str, Expression]
    lumped: Mapping[str, Expression] = field(default_factory=dict)


def rewrite_laws(model: Model, laws: Laws, totals: Mapping[str, Expression], taken: frozenset[str]) -> Laws:
    """The same laws: short ones closed over kept quantities.

    And parameter-only combinations as lumped parameters.
    """
    closed: dict[Expression, Expression] = {}
    for name, formula in laws.hidden.items():
        closed[symbol(name)] = substitute([formula], closed)[0]
    rates = {name: _closed_law(formula, closed) for name, formula in laws.rates.items()}
    derivatives = {name: _closed_law(formula, closed) for name, formula in laws.derivatives.items()}
    constant = _constants(model, laws) | set(totals)
    names = [*rates, *derivatives, *laws.hidden]
    roots = [*rates.values(), *derivatives.values(), *laws.hidden.values()]
    lumped_roots, definitions = parameter_only(roots, constant.__contains__, taken=taken)
    found = dict(zip(range(len(names)), lumped_roots, strict=True))
    first, second = len(rates), len(rates) + len(derivatives)
    return Laws(
        {name: found[i] for i, name in enumerate(rates)},
        {name: found[first + i] for i, name in enumerate(derivatives)},
        {name: found[second + i] for i, name in enumerate(laws.hidden)},
        definitions,
    )


def tree_size(expression: Expression) -> int:
    """Nodes of the formula when written out, shared parts counted each time."""
    sizes: dict[Expression, int] = {}
    for node in postorder([expression]):
        sizes[node] = 1 + sum(sizes[arg] for arg in node.args)
    return sizes[expression]


def _closed_law(formula: Expression, closed: Mapping[Expression, Expression]) -> Expression:
    if not any(node in closed for node in postorder([formula])):
        return formula
    inlined = substitute([formula], closed)[0]
    if tree_size(inlined) > _SIMPLIFIED:
        return formula
    # With more terms on the way it would hardly come out shorter, and costs a hundred times more.
    simpler = together(inlined, limit=_TERMS)
    best = simpler if tree_size(simpler) < tree_size(inlined) - _WORTH else inlined
    return best if tree_size(best) <= _INLINED else formula


def _constants(model: Model, laws: Laws) -> set[str]:
    given = model.ruled | set(laws.hidden) | set(laws.derivatives)
    return {parameter.id for parameter in model.parameters if parameter.id not in given}
