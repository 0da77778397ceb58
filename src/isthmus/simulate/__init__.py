"""Dynamics in, trajectories out."""

from isthmus.simulate.base import Simulator
from isthmus.simulate.rates import METHODS, RatesSimulator, Run, run, simulate

__all__ = ["METHODS", "RatesSimulator", "Run", "Simulator", "run", "simulate"]
