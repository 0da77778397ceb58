"""What the report says of the equations: laws before and after, lumped parameters, totals."""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.algebra.expression import Expression, symbol
from isthmus.algebra.infix_printer import infix
from isthmus.algebra.latex import latex
from isthmus.algebra.presentation import to_presentation
from isthmus.dynamics.rates import Dynamics
from isthmus.model.model import Model
from isthmus.records.law import Formula, Law, Lumped, Total
from isthmus.reduce.realise import Realised


def formula_of(expression: Expression) -> Formula:
    """A formula in all notations that a reader may ask for."""
    return Formula(infix(expression), latex(expression), to_presentation(expression))


def find_laws(before: Model, after: Model) -> tuple[Law, ...]:
    """Every rate, rule, composed initial value and assignment by an event of either model, side by side."""
    laws: list[Law] = []
    first, second = {r.id: r.rate for r in before.reactions}, {r.id: r.rate for r in after.reactions}
    for name in dict.fromkeys((*first, *second)):
        laws.append(Law(name, "rate", _maybe(first.get(name)), _maybe(second.get(name))))
    first, second = ({r.variable: r.formula for r in m.rates} for m in (before, after))
    for name in dict.fromkeys((*first, *second)):
        laws.append(Law(name, "derivative", _maybe(first.get(name)), _maybe(second.get(name))))
    first, second = ({r.variable: r.formula for r in m.assignments} for m in (before, after))
    for name in dict.fromkeys((*first, *second)):
        laws.append(Law(name, "assignment", _maybe(first.get(name)), _maybe(second.get(name))))
    first, second = (_composed_starts(m) for m in (before, after))
    for name in dict.fromkeys((*first, *second)):
        laws.append(Law(name, "initial", _maybe(first.get(name)), _maybe(second.get(name))))
    first_set, second_set = (_set_by_events(m) for m in (before, after))
    for event, name in dict.fromkeys((*first_set, *second_set)):
        left, right = (_maybe(side.get((event, name))) for side in (first_set, second_set))
        laws.append(Law(name, "event", left, right, event))
    return tuple(sorted(laws, key=_place))


def find_lumped(realised: Realised, reduced: Dynamics) -> tuple[Lumped, ...]:
    """The lumped parameters of a reduced model with their nominal values."""
    values = _nominal(reduced, [*realised.lumped])
    return tuple(
        Lumped(name, formula_of(formula), values[name], "", "")
        for name, formula in realised.lumped.items()
        if name in values
    )


def find_totals(realised: Realised, reduced: Dynamics) -> tuple[Total, ...]:
    """The conserved totals of a reduced model with their nominal values; not those that events change."""
    jumping = realised.model.assigned_by_events
    values = _nominal(reduced, [total.id for total in realised.totals])
    found: list[Total] = []
    for total in realised.totals:
        if total.id not in values or total.id in jumping:
            continue
        summed: Expression = symbol(total.sums[0][0]) * total.sums[0][1]
        for name, weight in total.sums[1:]:
            summed = summed + symbol(name) * weight
        found.append(Total(total.id, formula_of(summed), values[total.id]))
    return tuple(found)


def _composed_starts(model: Model) -> dict[str, Expression]:
    """Initial values that are more than a name or a number."""
    return {rule.variable: rule.formula for rule in model.initial_assignments if rule.formula.args}


def _set_by_events(model: Model) -> dict[tuple[str, str], Expression]:
    return {(event.id, a.variable): a.formula for event in model.events for a in event.assignments}


def _place(law: Law) -> int:
    """Laws that became another law first, then new ones, then those that are gone; unchanged ones last."""
    if not law.changed:
        return 3
    return 0 if law.before and law.after else 1 if law.after else 2


def _nominal(dynamics: Dynamics, names: list[str]) -> Mapping[str, float]:
    known = [name for name in names if name in dynamics.model.ids]
    start, parameters = dynamics.start()
    values = dynamics.kernel([symbol(name) for name in known])(0.0, start, parameters)
    return dict(zip(known, map(float, values), strict=True))


def _maybe(expression: Expression | None) -> Formula | None:
    return None if expression is None else formula_of(expression)
