"""Times as people write them, in the unit of a model."""

from __future__ import annotations

import math

import numpy as np

from isthmus.errors import UsageError
from isthmus.model.model import Model
from isthmus.units import seconds


def parse_time(model: Model, text: str, option: str) -> float:
    """A time in the model's unit.

    A plain number, or a number with a unit where the model's own unit of time is known.
    """
    asked = seconds(text)
    if asked is None:
        value = float(text)
        if not math.isfinite(value):
            raise UsageError("E-TIME", f"{option} {text}", needed="a finite time")
        return value
    unit = time_unit_seconds(model)
    if unit is None:
        raise UsageError(
            "E-TIME-UNIT",
            f"{option} {text}, but the model does not say what its unit of time is",
            needed="a plain number in the model's own time",
            advice=f"{option} 100",
        )
    return asked / unit


def time_unit_seconds(model: Model) -> float | None:
    """Seconds in the model's unit of time; None where it declares none or one that is not a time."""
    name = model.units.time
    if name in ("second", "seconds"):
        return 1.0
    for definition in model.unit_definitions:
        if definition.id == name and len(definition.factors) == 1:
            factor = definition.factors[0]
            if factor.kind == "second" and factor.exponent == 1:
                return float(factor.multiplier * np.power(10.0, factor.scale))
    return None
