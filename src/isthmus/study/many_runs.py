"""What an open model does under other values: many at once, a little off, or after a long time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from isthmus.model.question import Observable
from isthmus.records.ensemble import Ensemble
from isthmus.records.sensitivity import Sensitivities
from isthmus.records.steady_state import SteadyState
from isthmus.simulate.sensitivities import sensitivities
from isthmus.simulate.steady_state import steady_state
from isthmus.simulate.sweep import sweep
from isthmus.study.end import find_end
from isthmus.study.question import find_observable
from isthmus.study.session import OpenModel


def find_ensemble(
    opened: OpenModel,
    quantities: Mapping[str, ArrayLike] | ArrayLike,
    until: str | float | None,
    points: int,
    observe: Sequence[str],
    workers: int | None,
) -> Ensemble:
    """Every set from 0 to `until`, at evenly spaced times; raises UsageError."""
    observables = _observables(opened, observe)
    end = _end(opened, until, observables)
    times = np.linspace(0.0, end, points)
    return sweep(opened.dynamics, quantities, end, times, observables or None, workers=workers)


def find_sensitivities(
    opened: OpenModel,
    until: str | float | None,
    points: int,
    wrt: Sequence[str] | None,
    quantities: Mapping[str, float],
    observe: Sequence[str],
) -> Sensitivities:
    """Sensitivities at evenly spaced times from 0 to `until`; raises UsageError, NumericalError."""
    observables = _observables(opened, observe)
    end = _end(opened, until, observables)
    return sensitivities(
        opened.dynamics, end, np.linspace(0.0, end, points), observables, quantities or None, wrt
    )


def find_rest(opened: OpenModel, quantities: Mapping[str, float], observe: Sequence[str]) -> SteadyState:
    """Where the trajectory comes to rest; raises UsageError, NumericalError."""
    return steady_state(opened.dynamics, quantities, _observables(opened, observe))


def _observables(opened: OpenModel, observe: Sequence[str]) -> tuple[Observable, ...]:
    return tuple(find_observable(opened.model, text) for text in observe)


def _end(opened: OpenModel, until: str | float | None, observables: Sequence[Observable]) -> float:
    text = until if until is None or isinstance(until, str) else repr(float(until))
    return find_end(opened.dynamics, text, "until", observables)
