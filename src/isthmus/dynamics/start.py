"""Check that a model can start: every initial value and every rate is a finite number at time 0."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.kernel import Vector
from isthmus.dynamics.rates import Dynamics
from isthmus.errors import ModelError, Where


def check_start(dynamics: Dynamics, quantities: Vector | None = None) -> None:
    """Raise ModelError E-NOT-FINITE-AT-START that names the value, reaction or rule at fault."""
    q = dynamics.nominal if quantities is None else np.asarray(quantities, dtype=np.float64)
    for name, value in zip(dynamics.quantities, q.tolist(), strict=True):
        if not np.isfinite(value):
            raise _not_finite(dynamics, f"the value of {name!r}", value)
    x0, p = dynamics.start(q)
    starting = dict(zip((*dynamics.derived, *dynamics.states), (*p[len(q) :], *x0), strict=True))
    assigned = [i.variable for i in dynamics.model.initial_assignments]
    for name in sorted(starting, key=lambda n: n not in assigned):
        if not np.isfinite(starting[name]):
            what = "initial assignment of" if name in assigned else "initial value of"
            raise _not_finite(dynamics, f"{what} {name!r}", starting[name])
    rates = dynamics.rates(0.0, x0, p)
    for term, value in zip(dynamics.terms, rates.tolist(), strict=True):
        if not np.isfinite(value):
            raise _not_finite(dynamics, f"{term.kind} {term.owner!r}", value)


def _not_finite(dynamics: Dynamics, what: str, value: float) -> ModelError:
    found = "not a number" if np.isnan(value) else "infinite"
    return ModelError(
        "E-NOT-FINITE-AT-START",
        f"it is {found} at time 0",
        needed="finite initial values and rates",
        advice="look for a division by zero, or the logarithm or root of a negative number",
        where=Where(file=dynamics.model.source, object=what),
    )
