"""Integrators, arrays in and arrays out: ``M x' = G v(t, x, p)`` with compiled rates; knows no biology.

``solve_ndf`` is the workhorse; ``solve_cvode``, ``solve_ida`` and ``solve_radau`` are independent of
it and of one another.
"""

from isthmus.dynamics.system import SparseMatrix, System
from isthmus.solve.cvode import solve_cvode
from isthmus.solve.evaluate import (
    evaluate_jacobian,
    evaluate_kernel,
    evaluate_many,
    evaluate_rate_jacobian,
    evaluate_rate_jacobians,
    evaluate_rates,
    evaluate_slopes,
)
from isthmus.solve.ida import solve_ida
from isthmus.solve.ndf import sample_ndf, solve_ndf
from isthmus.solve.radau import solve_radau
from isthmus.solve.relax import Relaxed, relax
from isthmus.solve.result import Counts, ResultCode, Samples, Solution
from isthmus.solve.stability import all_decay

__all__ = [
    "Counts",
    "Relaxed",
    "ResultCode",
    "Samples",
    "Solution",
    "SparseMatrix",
    "System",
    "all_decay",
    "evaluate_jacobian",
    "evaluate_kernel",
    "evaluate_many",
    "evaluate_rate_jacobian",
    "evaluate_rate_jacobians",
    "evaluate_rates",
    "evaluate_slopes",
    "relax",
    "sample_ndf",
    "solve_cvode",
    "solve_ida",
    "solve_ndf",
    "solve_radau",
]
