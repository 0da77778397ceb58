"""Dynamics in, scales out: time scales, dimensionless groups, small parameters."""

from isthmus.scales.base import Analysis
from isthmus.scales.spectrum import JacobianSpectrum

__all__ = ["ANALYSES", "Analysis", "JacobianSpectrum"]

ANALYSES: tuple[Analysis, ...] = (JacobianSpectrum(),)
