"""`isthmus scales`: the time scales of a model along its nominal run."""

from __future__ import annotations

import sys

from isthmus.cli.options import Horizon, Json, ModelFile


def scales(model: ModelFile, horizon: Horizon = None, json: Json = False) -> int:
    """Show the time scales of a model, who takes part in them, and which are fast within the horizon."""
    from isthmus.report.json import render_json
    from isthmus.report.scales import scales_blocks
    from isthmus.report.terminal import print_blocks
    from isthmus.study.scales import find_scales

    found = find_scales(model, horizon)
    if json:
        sys.stdout.write(render_json(found.as_json()))
    else:
        print_blocks(scales_blocks(found), sys.stdout)
    return 0
