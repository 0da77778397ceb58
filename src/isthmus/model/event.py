"""Events: what changes at once, when a condition becomes true."""

from dataclasses import dataclass

from isthmus.algebra.expression import Expression
from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class EventAssignment:
    """variable := formula when the event is executed; the variable is what its id stands for in formulas."""

    variable: str
    formula: Expression


@dataclass(frozen=True, slots=True)
class Event:
    """Assignments executed together when `trigger` goes from false to true.

    trigger: a condition. initially: its value before time 0; False lets it fire at time 0. persistent: the
    event is still executed if its trigger goes false before that. delay: from trigger to execution, None
    for none. priority: of events executed at one time the largest goes first; None has no order.
    at_trigger: whether the assigned values are those of the moment of the trigger, else of the execution.
    (SBML Level 3 Version 2, section 4.11.)
    """

    id: str
    trigger: Expression
    assignments: tuple[EventAssignment, ...] = ()
    initially: bool = True
    persistent: bool = True
    delay: Expression | None = None
    priority: Expression | None = None
    at_trigger: bool = True
    name: str = ""
    annotation: Annotation = Annotation()

    def formulas(self) -> tuple[Expression, ...]:
        """Every formula of the event: trigger, delay and priority where it has them, assigned values."""
        optional = tuple(formula for formula in (self.delay, self.priority) if formula is not None)
        return (self.trigger, *optional, *(assignment.formula for assignment in self.assignments))
