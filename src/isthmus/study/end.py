"""Until when to run a model when nobody asks a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.start import check_start
from isthmus.errors import UsageError
from isthmus.model.question import Observable
from isthmus.simulate.rates import chosen_quantities
from isthmus.study.horizon import derive_horizon, require_states
from isthmus.study.times import parse_time


def find_end(
    dynamics: Dynamics,
    text: str | None,
    option: str,
    observables: Sequence[Observable] = (),
    quantities: Mapping[str, float] | None = None,
) -> float:
    """The time that a text names, else the derived horizon of the observables (of all states without any)."""
    require_states(dynamics)
    check_start(dynamics, chosen_quantities(dynamics, quantities or {}))
    if text is not None:
        end = parse_time(dynamics.model, text, option)
        if not end > 0:
            raise UsageError(
                "E-HORIZON", f"{option} {text}", needed="a positive time", advice=f"{option} 100"
            )
        return end
    seen = observables or [Observable(state, symbol(state)) for state in dynamics.states]
    return derive_horizon(dynamics, seen, quantities=quantities).value
