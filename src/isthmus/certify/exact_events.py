"""Whether two models whose rates agree agree on their events as well.

With h(y) what the reduced model says of the full states: an event keeps x = h(y) if it is triggered, delayed
and ranked alike in both, and if h of the reduced states after it is what the full model assigns. Values from
the time of the trigger are taken at a state of their own, as far as something may change it before they are
assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from isthmus.algebra.expression import TIME_NODE, Expression, add, div, mul, negate, symbol
from isthmus.algebra.rational import is_zero
from isthmus.algebra.substitute import substitute
from isthmus.certify.equations import Equations
from isthmus.model.event import Event

Translate = Callable[[Sequence[Expression]], list[Expression]]
_LOGICAL = frozenset({"and", "or", "not", "xor", "lt", "le", "gt", "ge", "eq", "ne"})


class EventComparison:
    """The events of two models whose free numbers and states have been linked.

    claims: full state → what the reduced model says of it, in reduced states. renamed: a formula of the
    reduced model in the free numbers of the full one.
    """

    def __init__(
        self, full: Equations, reduced: Equations, claims: Mapping[str, Expression], renamed: Translate
    ) -> None:
        self.full, self.reduced, self.claims, self.renamed = full, reduced, claims, renamed
        self._in_claims = {full.state(state): claim for state, claim in claims.items()}

    def difference(self) -> str:
        """What keeps the events from being proved the same, "" where they are."""
        before = {event.id: event for event in self.full.model.events}
        after = {event.id: event for event in self.reduced.model.events}
        strange = [name for name in after if name not in before]
        if strange:
            return f"event {strange[0]!r} is in the reduced model only"
        if [name for name in before if name in after] != list(after):
            return "the events come in another order"
        if len(after) < len(before) and any(event.priority is not None for event in before.values()):
            return "some of several events with priorities are left out"
        if self.full.model.assigned_by_events & self.full.model.compartments_by_id.keys():
            return "an event changes the size of a compartment"
        for name, event in before.items():
            if name not in after and any(a.variable in self.claims for a in event.assignments):
                return f"event {name!r} is not in the reduced model"
        return next((why for name in after if (why := self._differ(before[name], after[name]))), "")

    def _differ(self, before: Event, after: Event) -> str:
        if (before.initially, before.persistent) != (after.initially, after.persistent):
            return f"event {before.id!r} is triggered in another way"
        for what in ("trigger", "delay", "priority"):
            there, here = getattr(before, what), getattr(after, what)
            if (there is None) != (here is None):
                return f"the {what} of event {before.id!r} is in one of the models only"
            if there is not None and not _same(self._of_full(there), self._of_reduced(here)):
                return f"the {what} of event {before.id!r} could not be proved the same"
        return self._lands_apart(before, after)

    def _lands_apart(self, before: Event, after: Event) -> str:
        """The first claimed state that the two models do not surely leave at the same value."""
        at_trigger = self._at_trigger(after)
        moved: dict[Expression, Expression] = {}
        for assignment in after.assignments:
            [value] = substitute(
                [self._of_reduced(assignment.formula)], at_trigger if after.at_trigger else {}
            )
            variable = assignment.variable
            if variable not in self.reduced.states:
                return f"event {after.id!r} assigns {variable!r}, which is no state"
            [size] = self.renamed([_amount_of_one(self.reduced, variable)])
            moved[self.reduced.state(variable)] = mul(value, size)
        given = {a.variable: a.formula for a in before.assignments}
        for state, claim in self.claims.items():
            landed = claim
            if state in given:
                [value] = substitute([self._of_full(given[state])], at_trigger if before.at_trigger else {})
                [size] = substitute([_amount_of_one(self.full, state)], self._in_claims)
                landed = mul(value, size)
            [said] = substitute([claim], moved)
            if said is not landed and not is_zero(add(said, negate(landed))):
                return f"what event {before.id!r} makes of {state!r} could not be proved the same"
        return ""

    def _at_trigger(self, event: Event) -> dict[Expression, Expression]:
        """States, and the time, that may be others at the trigger than at the execution."""
        events = self.reduced.model.events
        if event.delay is None and len(self.full.model.events) == 1:
            return {}
        assigned = {a.variable for other in events for a in other.assignments}
        names = [s for s in self.reduced.states if event.delay is not None or s in assigned]
        moving = {self.reduced.state(s): symbol(f"trigger {s}") for s in names}
        return moving | ({TIME_NODE: symbol("trigger time")} if event.delay is not None else {})

    def _of_full(self, formula: Expression) -> Expression:
        return substitute([self.full.formula(formula)], self._in_claims)[0]

    def _of_reduced(self, formula: Expression) -> Expression:
        return self.renamed([self.reduced.formula(formula)])[0]


def _amount_of_one(equations: Equations, state: str) -> Expression:
    """What a value of the id is multiplied by to give the state."""
    amount, meaning = equations.state_from(state, equations), equations.value(state)
    return div(amount, meaning)


def _same(first: Expression, second: Expression) -> bool:
    """Whether two formulas or conditions are surely the same."""
    if first is second:
        return True
    if first.op in _LOGICAL or second.op in _LOGICAL:
        alike = first.op == second.op and len(first.args) == len(second.args)
        return alike and all(_same(a, b) for a, b in zip(first.args, second.args, strict=True))
    return is_zero(add(first, negate(second))) is True
