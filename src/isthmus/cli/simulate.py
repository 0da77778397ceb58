"""`isthmus simulate`: one run of a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isthmus.cli.options import Input, Json, ModelFile, Units
from isthmus.cli.unit_policy import heed
from isthmus.errors import UsageError, Where

if TYPE_CHECKING:
    from isthmus.records.trajectory import Trajectory


def simulate(
    model: ModelFile,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", "--horizon", metavar="TIME", help="The end, as 120 or 1h; found where it is not given."
        ),
    ] = None,
    points: Annotated[int, typer.Option("--points", help="How many evenly spaced times.", min=2)] = 201,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=VALUE", help="Another value or initial value; repeatable."),
    ] = None,
    inputs: Input = None,
    observe: Annotated[
        list[str] | None,
        typer.Option("--observe", metavar="WHAT", help="Another curve: an id or a formula; repeatable."),
    ] = None,
    method: Annotated[str, typer.Option("--method", help="ndf, cvode, radau or ida.")] = "ndf",
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="x.csv or x.nc; CSV to standard output without it."),
    ] = None,
    units: Units = "off",
    json: Json = False,
) -> int:
    """Run a model and write its curves."""
    from isthmus.report.json import render_json
    from isthmus.report.trajectory import trajectory_as_csv, trajectory_as_json
    from isthmus.study.simulate import simulate as run

    heed(model, units)
    trajectory = run(
        model,
        until,
        points=points,
        settings=settings or [],
        observe=observe or [],
        method=method,
        inputs=inputs or [],
    )
    if out is not None:
        path = _write(trajectory, out)
        sys.stderr.write(f"{len(trajectory.times)} times, {len(trajectory.columns)} curves in {path}\n")
    if json:
        sys.stdout.write(render_json(trajectory_as_json(trajectory)))
    elif out is None:
        trajectory_as_csv(trajectory, sys.stdout)
    return 0


def _write(trajectory: Trajectory, out: str) -> Path:
    try:
        return trajectory.write(out)
    except OSError as error:
        raise UsageError(
            "E-OUT",
            f"the file cannot be written: {error.strerror or error}",
            needed="a place where files may be written",
            advice="name another file with --out",
            where=Where(out),
        ) from error
