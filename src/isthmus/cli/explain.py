"""`isthmus explain`: what a code means and what to do."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from isthmus.cli.options import Json


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="A code such as E-TOLERANCE; all of them without one."),
    ] = None,
    json: Json = False,
) -> int:
    """Say what a code in an error or a certificate means, and what to do."""
    from isthmus.codes import explanations, find_explanation
    from isthmus.report.json import render_json
    from isthmus.report.terminal import Block, print_blocks

    chosen = explanations() if code is None else (find_explanation(code),)
    if json:
        sys.stdout.write(render_json([entry.as_json() for entry in chosen]))
    elif code is None:
        print_blocks([Block("Codes", tuple(f"{entry.code}  {entry.title}" for entry in chosen))], sys.stdout)
    else:
        entry = chosen[0]
        print_blocks(
            [Block(f"{entry.code}: {entry.title}", (entry.meaning, f"What to do: {entry.remedy}"))],
            sys.stdout,
        )
    return 0
