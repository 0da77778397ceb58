"""Calibration problems: their experiments run, compared with the measurements, and turned into questions."""
