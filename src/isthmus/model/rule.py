"""Rules: quantities that formulas define."""

from dataclasses import dataclass

from isthmus.algebra.expression import Expression
from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """variable = formula, at all times."""

    variable: str
    formula: Expression
    annotation: Annotation = Annotation()


@dataclass(frozen=True, slots=True)
class RateRule:
    """d(variable)/dt = formula; the variable is what its id stands for in formulas."""

    variable: str
    formula: Expression
    annotation: Annotation = Annotation()


@dataclass(frozen=True, slots=True)
class InitialAssignment:
    """variable = formula, at time 0 only."""

    variable: str
    formula: Expression
    annotation: Annotation = Annotation()


@dataclass(frozen=True, slots=True)
class Constraint:
    """0 = residual defines `unknown` implicitly; `start` is a first guess, a formula, on the right branch."""

    unknown: str
    residual: Expression
    start: Expression
