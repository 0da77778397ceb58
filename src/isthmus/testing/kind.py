"""What kind of model this is: smooth and autonomous, or with events, time or switches."""

from __future__ import annotations

from isthmus.algebra.expression import CONDITIONAL, EXTREMA, RELATIONS, TIME, postorder
from isthmus.dynamics.rates import Dynamics

SMOOTH = "smooth"
EVENTS = "events"
TIMED = "explicit time"
SWITCHED = "switches"

_NOT_SMOOTH = CONDITIONAL | EXTREMA | RELATIONS | {"floor", "ceil", "abs"}


def find_kind(dynamics: Dynamics) -> str:
    """`events` before `explicit time` before `switches` before `smooth`: what a model contains."""
    model = dynamics.model
    if model.events:
        return EVENTS
    formulas = [term.formula for term in dynamics.terms]
    formulas += [rule.formula for rule in model.assignments]
    formulas += [rule.formula for rule in model.rates]
    operations = {node.op for node in postorder(formulas)}
    if TIME in operations:
        return TIMED
    return SWITCHED if operations & _NOT_SMOOTH else SMOOTH
