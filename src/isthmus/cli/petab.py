"""`isthmus petab`: a calibration problem at its nominal values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from isthmus.cli.options import Json
from isthmus.errors import UsageError, Where


def petab(
    problem: Annotated[
        str, typer.Argument(metavar="PROBLEM", help="The YAML file of a PEtab problem.", show_default=False)
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=VALUE", help="Another value of a parameter; repeatable."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="A PEtab table of the simulations.")
    ] = None,
    json: Json = False,
) -> int:
    """Run the experiments of a PEtab problem; print its log-likelihood and chi-squared."""
    from isthmus.report.fit import fit_as_json, fit_as_table, fit_as_text
    from isthmus.report.json import render_json
    from isthmus.study.calibration.problem import fit_problem

    fit = fit_problem(problem, settings or [])
    if out is not None:
        _write(fit_as_table(fit), out)
        sys.stderr.write(f"{len(fit.compared)} simulations in {out}\n")
    sys.stdout.write(render_json(fit_as_json(fit)) if json else fit_as_text(fit))
    return 0


def _write(text: str, out: str) -> None:
    from isthmus.formats.atomic import write_atomically

    try:
        write_atomically(Path(out), text.encode())
    except OSError as error:
        raise UsageError(
            "E-OUT",
            f"the file cannot be written: {error.strerror or error}",
            needed="a place where files may be written",
            advice="name another file with --out",
            where=Where(out),
        ) from error
