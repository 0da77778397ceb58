"""How well a problem's model agrees with its measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from isthmus.model.calibration import Measurement


@dataclass(frozen=True, slots=True)
class Compared:
    """A measurement, what the model says of it, and the two beside each other.

    simulation: on the linear scale. noise: standard deviation or scale. residual: (measured − simulated) /
    noise, on the scale of the observable. log_likelihood: of this measurement.
    """

    measurement: Measurement
    simulation: float
    noise: float
    residual: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Fit:
    """All measurements of a problem compared, in the order of its table. values: parameter → value."""

    compared: tuple[Compared, ...]
    values: Mapping[str, float]
    model: str = ""
    source: str = ""

    @property
    def chi_squared(self) -> float:
        """Σ residual²."""
        return math.fsum(c.residual**2 for c in self.compared)

    @property
    def log_likelihood(self) -> float:
        """The sum over the measurements, which are independent."""
        return math.fsum(c.log_likelihood for c in self.compared)
