"""What `--units` does before a command uses a model."""

from __future__ import annotations

import sys


def heed(model: str, policy: str) -> None:
    """Check the units of a model as the policy says: warnings to standard error, or ModelError E-UNITS."""
    if policy == "off":
        return
    from isthmus.study.units import heed_units

    for line in heed_units(model, policy):
        sys.stderr.write(f"warning: {line}\n")
