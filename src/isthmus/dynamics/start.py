"""Check that a model can start: every initial state and every rate is a finite number at time 0."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.kernel import Vector
from isthmus.dynamics.rates import Dynamics
from isthmus.errors import ModelError, Where


def check_start(dynamics: Dynamics, quantities: Vector | None = None) -> None:
    """Raise ModelError E-NOT-FINITE-AT-START where an initial state or a rate is infinite or NaN.

    The message names the first cause: a value, an initial assignment, a state's initial value, a
    reaction or a rule. An infinite parameter that no rate feels is no fault.
    """
    q = dynamics.nominal if quantities is None else np.asarray(quantities, dtype=np.float64)
    x0, p = dynamics.start(q)
    rates = dynamics.rates(0.0, x0, p)
    if np.isfinite(x0).all() and np.isfinite(rates).all():
        return
    assigned = {i.variable for i in dynamics.model.initial_assignments}
    causes = [(f"the value of {name!r}", value) for name, value in zip(dynamics.quantities, q, strict=True)]
    for name, value in zip((*dynamics.derived, *dynamics.states), (*p[len(q) :], *x0), strict=True):
        kind = "initial assignment of" if name in assigned else "initial value of"
        causes.append((f"{kind} {name!r}", value))
    causes += [(f"{t.kind} {t.owner!r}", value) for t, value in zip(dynamics.terms, rates, strict=True)]
    what, value = next((what, value) for what, value in causes if not np.isfinite(value))
    found = "not a number" if np.isnan(value) else "infinite"
    raise ModelError(
        "E-NOT-FINITE-AT-START",
        f"it is {found} at time 0",
        needed="finite initial values and rates",
        advice="look for a division by zero, or the logarithm or root of a negative number",
        where=Where(file=dynamics.model.source, object=what),
    )
