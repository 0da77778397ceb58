"""What every analysis of scales is: a run of a model in, its scales out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.rates import Dynamics
from isthmus.records.scales import Scales

Floats = NDArray[np.float64]


class Analysis(Protocol):
    """A way to find the time scales of a model along a run."""

    def analyse(
        self, dynamics: Dynamics, times: Floats, states: Floats, parameters: Floats, horizon: float
    ) -> Scales:
        """Return the scales along a run.

        times: (k,). states: (k, n) in the states of the system (amounts). parameters: the vector p of the
        run. horizon: what "fast" and "frozen" are measured against.
        """
        ...
