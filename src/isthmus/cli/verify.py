"""`isthmus verify`: a certificate repeated with fresh draws."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from isthmus.cli.options import Json, Seed


def verify(
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="A folder that reduce has written.", show_default=False)
    ],
    seed: Seed = 2,
    json: Json = False,
) -> int:
    """Repeat the certificate of a folder on the two models in it, with draws that nobody has seen."""
    from isthmus.report.certificate import certificate_blocks
    from isthmus.report.json import render_json
    from isthmus.report.terminal import print_blocks
    from isthmus.study.verify import verify as repeat

    certificate = repeat(directory, seed)
    if json:
        sys.stdout.write(render_json(certificate.as_json()))
    else:
        print_blocks(certificate_blocks(certificate), sys.stdout)
    return 0 if certificate.kept else 3
