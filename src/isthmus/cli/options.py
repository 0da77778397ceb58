"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

ModelFile = Annotated[
    str, typer.Argument(metavar="MODEL", help="An SBML or Antimony file.", show_default=False)
]
Observe = Annotated[
    list[str],
    typer.Option(
        "--observe",
        metavar="WHAT",
        help="What must stay right: an id, a name or a formula; repeatable.",
        show_default=False,
    ),
]
Tolerance = Annotated[
    str, typer.Option("--tolerance", metavar="SHARE", help="The largest error allowed, as 1% or 0.01.")
]
Horizon = Annotated[
    str | None,
    typer.Option(
        "--horizon", metavar="TIME", help="The end of the window, as 120 or 1h; found where it is not given."
    ),
]
After = Annotated[str | None, typer.Option("--after", metavar="TIME", help="The start of the window.")]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="ID=RANGE",
        help="The conditions, as k1=0.5..2x, k1=0.1..3 or all=1.2x; repeatable; or none.",
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=INPUT",
        help="A class of schedules, as S=steps:0..24/4:0..10 or S=doses:0,8,16:0..5; repeatable.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The seed of every draw.", min=0)]
Metric = Annotated[str, typer.Option("--metric", metavar="NAME", help="peak, range or features.")]
Units = Annotated[
    str, typer.Option("--units", metavar="POLICY", help="Check the units first: strict, warn or off.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, errors included.")]
