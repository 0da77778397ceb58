"""`isthmus compare`: two models, whoever made them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from isthmus.cli.options import After, Horizon, Input, Json, Metric, Observe, Seed, Tolerance, Vary


def compare(
    full: Annotated[str, typer.Argument(metavar="FULL", help="The model that is right.", show_default=False)],
    reduced: Annotated[str, typer.Argument(metavar="REDUCED", help="The simpler model.", show_default=False)],
    observe: Observe,
    tolerance: Tolerance = "1%",
    horizon: Horizon = None,
    after: After = None,
    vary: Vary = None,
    inputs: Input = None,
    seed: Seed = 1,
    metric: Metric = "peak",
    json: Json = False,
) -> int:
    """Test whether a simpler model shows the same as the full one, within the tolerance over the domain."""
    from isthmus.report.certificate import certificate_blocks
    from isthmus.report.json import render_json
    from isthmus.report.terminal import print_blocks
    from isthmus.study.compare import compare as test
    from isthmus.study.question import Asked, parse_tolerance, require_metric

    # What can be refused without the models is refused before they are read.
    parse_tolerance(tolerance)
    require_metric(metric)
    asked = Asked(
        tuple(observe), tolerance, horizon, after, tuple(vary or ()), seed, metric, tuple(inputs or ())
    )
    certificate = test(full, reduced, asked)
    if json:
        sys.stdout.write(render_json(certificate.as_json()))
    else:
        print_blocks(certificate_blocks(certificate), sys.stdout)
    return 0 if certificate.kept else 3
