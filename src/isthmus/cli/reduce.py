"""`isthmus reduce`: the simplest model that still answers the question, with its certificate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isthmus.cli.command_line import question_options, typed
from isthmus.cli.options import (
    After,
    Horizon,
    Input,
    Json,
    Metric,
    ModelFile,
    Observe,
    Seed,
    Tolerance,
    Units,
    Vary,
)
from isthmus.cli.progress import shown_progress
from isthmus.cli.unit_policy import heed

if TYPE_CHECKING:
    from isthmus.records.study import Study
    from isthmus.study.question import Asked
    from isthmus.study.recipe import Result

INTERRUPTED, NOT_FOUND = 130, 3


def reduce(
    model: ModelFile,
    observe: Observe,
    tolerance: Tolerance = "1%",
    horizon: Horizon = None,
    after: After = None,
    vary: Vary = None,
    inputs: Input = None,
    seed: Seed = 1,
    metric: Metric = "peak",
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Where the files go; MODEL-reduced beside you by default."),
    ] = None,
    allow_implicit: Annotated[
        bool,
        typer.Option(
            "--allow-implicit", help="Also take models that need an implicit solve (algebraic rules)."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked, and stop.")] = False,
    units: Units = "off",
    json: Json = False,
) -> int:
    """Find the simplest model that still shows what you observe, within the tolerance, and certify it."""
    from isthmus.report.folder import check_target
    from isthmus.study.question import Asked, parse_tolerance, require_metric

    # What can be refused without the model is refused before it is read.
    parse_tolerance(tolerance)
    require_metric(metric)
    heed(model, units)
    asked = Asked(
        tuple(observe), tolerance, horizon, after, tuple(vary or ()), seed, metric, tuple(inputs or ())
    )
    if dry_run:
        return _show_question(model, asked, json)
    folder = Path(out) if out is not None else Path(f"{Path(model).stem}-reduced")
    check_target(folder)
    command = typed(
        "reduce", [model], [*question_options(asked), ("--allow-implicit", allow_implicit), ("--out", out)]
    )

    from isthmus.study import recipe

    with shown_progress(quiet=json) as progress:
        result = recipe.reduce(
            model, asked, command=command, allow_implicit=allow_implicit, progress=progress
        )
    return _deliver(result, folder, json)


def _deliver(result: Result, folder: Path, as_json: bool) -> int:
    from isthmus.report.files import write_result
    from isthmus.report.json import render_json
    from isthmus.report.terminal import print_study

    write_result(folder, result)
    if as_json:
        sys.stdout.write(render_json(result.study.as_json()))
    else:
        print_study(result.study, sys.stdout, folder)
    return exit_code(result.study)


def exit_code(study: Study) -> int:
    """0 where something smaller is certified, 130 where the search was stopped, else 3."""
    if study.interrupted:
        return INTERRUPTED
    return 0 if study.found else NOT_FOUND


def _show_question(model: str, asked: Asked, as_json: bool) -> int:
    from isthmus.records.question_json import question_as_json
    from isthmus.report.json import render_json
    from isthmus.report.question import question_block
    from isthmus.report.terminal import print_blocks
    from isthmus.study.question import ask
    from isthmus.study.session import open_model

    question = ask(open_model(model).with_inputs(*asked.inputs).dynamics, asked)
    if as_json:
        sys.stdout.write(render_json({"question": question_as_json(question)}))
    else:
        print_blocks([question_block(question)], sys.stdout)
    return 0
