"""`isthmus units`: the units of a model, and whether its formulas agree with them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from isthmus.cli.options import Json, ModelFile


def units(
    model: ModelFile,
    policy: Annotated[
        str, typer.Option("--units", metavar="POLICY", help="strict: a mismatch is an error (exit code 4).")
    ] = "warn",
    json: Json = False,
) -> int:
    """List the unit of every quantity, declared or inferred, and check every formula."""
    from isthmus.report.json import render_json
    from isthmus.report.terminal import print_blocks
    from isthmus.report.units import unit_blocks
    from isthmus.study.units import find_units, refuse_mismatch, require_policy

    require_policy(policy)
    table = find_units(model)
    if policy == "strict" and json:
        refuse_mismatch(table)
    if json:
        sys.stdout.write(render_json(table.as_json()))
    else:
        print_blocks(unit_blocks(table), sys.stdout)
    if policy == "strict":
        refuse_mismatch(table)
    return 0
