"""Reduction methods: makers of candidate steps, and the writing of a reduction as a model."""

from collections.abc import Sequence

from isthmus.reduce.base import Reducer
from isthmus.reduce.frozen import Frozen
from isthmus.reduce.negligible import Negligible
from isthmus.reduce.quasi_steady_state import QuasiSteadyState
from isthmus.reduce.rapid_equilibrium import RapidEquilibrium
from isthmus.reduce.total_quasi_steady_state import TotalQuasiSteadyState

__all__ = ["Reducer", "methods"]


def methods(term_labels: Sequence[str]) -> tuple[Reducer, ...]:
    """Every method that makes steps, in the order in which they are tried; term_labels name the terms."""
    return (
        TotalQuasiSteadyState(),
        QuasiSteadyState(),
        Frozen(),
        RapidEquilibrium(),
        Negligible(term_labels),
    )
