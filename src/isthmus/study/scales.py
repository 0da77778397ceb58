"""The time scales of a model file."""

from __future__ import annotations

import os

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.records.scales import Scales
from isthmus.scales import ANALYSES
from isthmus.simulate.rates import run
from isthmus.study.end import find_end


def find_scales(path: str | os.PathLike[str], horizon: str | None = None) -> Scales:
    """The scales along the nominal run up to the horizon, derived from all states where it is None."""
    dynamics = read_rates(read_model(path))
    end = find_end(dynamics, horizon, "--horizon")
    done = run(dynamics, end)
    return ANALYSES[0].analyse(dynamics, done.solution.t, done.solution.x, done.parameters, end)
