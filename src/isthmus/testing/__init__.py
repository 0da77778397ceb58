"""Runners that put isthmus to the test on corpora of published models: `python -m isthmus.testing --help`."""
