"""What every simulator is: a compiled model and a horizon in, a trajectory out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from isthmus.dynamics.rates import Dynamics
from isthmus.records.trajectory import Trajectory


class Simulator(Protocol):
    """A way to run one reading of a model."""

    def simulate(
        self, dynamics: Dynamics, horizon: float, quantities: Mapping[str, float] | None = None
    ) -> Trajectory:
        """Return the trajectory from 0 to the horizon.

        quantities: values that differ from the nominal ones, by id.
        """
        ...
