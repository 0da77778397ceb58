"""One run of a model file, as a person asks for it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.formats import read_model
from isthmus.records.trajectory import Trajectory
from isthmus.simulate.rates import simulate as run
from isthmus.study.driven import with_inputs
from isthmus.study.end import find_end
from isthmus.study.inputs import parse_inputs
from isthmus.study.question import find_observable


def simulate(
    path: str | os.PathLike[str],
    until: str | None = None,
    *,
    points: int = 201,
    settings: Sequence[str] = (),
    observe: Sequence[str] = (),
    method: str = "ndf",
    inputs: Sequence[str] = (),
) -> Trajectory:
    """The trajectory of a model from 0 to `until`, found where it is None; settings are `id=value`.

    inputs: as in `study.inputs`, at their nominal levels unless settings give others.

    Raises UsageError, ModelError, NumericalError.
    """
    model = read_model(path)
    dynamics = read_rates(with_inputs(model, parse_inputs(inputs, model)))
    observables = tuple(find_observable(dynamics.model, text) for text in observe)
    quantities = dict(parse_setting(text) for text in settings)
    end = find_end(dynamics, until, "--until", observables, quantities)
    return run(dynamics, end, points=points, quantities=quantities, observables=observables, method=method)


def parse_setting(text: str) -> tuple[str, float]:
    """(id, value) of `id=value`; raises UsageError E-SETTING."""
    name, sign, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not sign or not name.strip() or not math.isfinite(number):
        raise UsageError(
            "E-SETTING", f"--set {text!r}", needed="an id and a finite number", advice="--set k1=0.5"
        )
    return name.strip(), number
