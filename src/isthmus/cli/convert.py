"""`isthmus convert`: a model file in another format."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from isthmus.cli.options import Json, ModelFile


def convert(
    model: ModelFile,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="x.xml, x.sbml, x.ant or x.txt.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    json: Json = False,
) -> int:
    """Write a model as SBML or Antimony, by the ending of the target, and say what that does not keep."""
    from isthmus.report.json import render_json
    from isthmus.study.convert import convert as write

    done = write(model, target, force=force)
    if json:
        sys.stdout.write(render_json({"target": str(done.target), "losses": list(done.losses)}))
        return 0
    sys.stdout.write(f"{done.target}\n")
    for loss in done.losses:
        sys.stderr.write(f"changed: {loss}\n")
    return 0
