"""A problem as a person asks for it: from its file."""

from __future__ import annotations

import os
from collections.abc import Sequence

from isthmus.formats.petab import read_problem
from isthmus.records.fit import Fit
from isthmus.study.calibration.fit import find_fit
from isthmus.study.simulate import parse_setting


def fit_problem(path: str | os.PathLike[str], settings: Sequence[str] = ()) -> Fit:
    """χ², log-likelihood and simulations of a PEtab problem; settings are `id=value`.

    Raises UsageError, ModelError, NumericalError.
    """
    chosen = dict(parse_setting(text) for text in settings)
    return find_fit(read_problem(path), chosen)
