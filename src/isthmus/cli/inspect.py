"""`isthmus inspect`: what is in a model, and a question to start with."""

from __future__ import annotations

import sys

from isthmus.cli.options import Json, ModelFile, Units
from isthmus.cli.unit_policy import heed


def inspect(model: ModelFile, units: Units = "off", json: Json = False) -> int:
    """Say what is in a model: ids, names, units, conserved totals, and a command ready to paste."""
    from isthmus.report.inspection import inspection_blocks
    from isthmus.report.json import render_json
    from isthmus.report.terminal import print_blocks
    from isthmus.study.inspect import inspect as look

    heed(model, units)
    inspection = look(model)
    if json:
        sys.stdout.write(render_json(inspection.as_json()))
    else:
        print_blocks(inspection_blocks(inspection), sys.stdout)
    return 0
