"""Models for ensembles, as text; every number can be varied."""

from functools import cache

import isthmus
from isthmus.algebra.expression import symbol
from isthmus.dynamics.lanes import compile_lanes
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.solve.lanes_type import WIDTH
from isthmus.solve.rodas import LaneSolver, make_solver

ROBERTSON = """
model robertson
  compartment cell = 1; species A in cell, B in cell, C in cell;
  A = 1; B = 0; C = 0;
  A -> B; cell * k1 * A;
  B + C -> A + C; cell * k2 * B * C;
  B + B -> C + B; cell * k3 * B * B;
  k1 = 0.04; k2 = 1e4; k3 = 3e7;
end
"""
# x = exp(sin t) from 1: the right-hand side and its Jacobian depend on time itself.
FORCED = "model forced\n  x = 1; x' = w * x * cos(time); w = 1;\nend\n"
# x = 1 / (1/x0 - t): grows without bound at t = 1/x0.
EXPLOSION = "model explosion\n  x = 0.5; x' = k * x^2; k = 1;\nend\n"
LOTKA = "model lotka\n  x = 1; y = 2; x' = a * x - b * x * y; y' = b * x * y - y; a = 1.5; b = 1;\nend\n"
# (x + k)² = k² + 2 c t from 0: the slope has a pole at −k, and beyond it a branch that runs away from zero.
POLE = "model pole\n  x = 0; x' = c / (k + x); y = 1; y' = x - y; k = 1; c = 1;\nend\n"


@cache
def dynamics_of(text: str) -> Dynamics:
    return read_rates(isthmus.read(text).model)


@cache
def solver_of(text: str) -> LaneSolver:
    dynamics = dynamics_of(text)
    kernels = compile_lanes(dynamics, [symbol(name) for name in dynamics.states], WIDTH)
    return make_solver(dynamics.system(), kernels)
