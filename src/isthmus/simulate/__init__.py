"""Dynamics in, trajectories out."""

from isthmus.simulate.base import Simulator
from isthmus.simulate.rates import METHODS, RatesSimulator, Run, run, simulate
from isthmus.simulate.sensitivities import sensitivities
from isthmus.simulate.steady_state import steady_state
from isthmus.simulate.sweep import sweep

__all__ = [
    "METHODS",
    "RatesSimulator",
    "Run",
    "Simulator",
    "run",
    "sensitivities",
    "simulate",
    "steady_state",
    "sweep",
]
