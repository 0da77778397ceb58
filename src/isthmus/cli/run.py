"""`isthmus run`: a COMBINE archive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isthmus.cli.options import Json
from isthmus.cli.progress import shown_progress

if TYPE_CHECKING:
    from isthmus.records.archive_run import ArchiveRun


def run(
    archive: Annotated[
        str, typer.Argument(metavar="ARCHIVE", help="A COMBINE archive (.omex).", show_default=False)
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Where reports and log go; ARCHIVE-run by default."),
    ] = None,
    json: Json = False,
) -> int:
    """Run the SED-ML files of a COMBINE archive, and write their reports as HDF5 and CSV with a log."""
    from isthmus.report.archive import log_of, write_archive_run
    from isthmus.report.json import render_json
    from isthmus.study.archive import run_archive

    folder = Path(out) if out is not None else Path(f"{Path(archive).stem}-run")
    with shown_progress(quiet=json) as progress:
        done = run_archive(archive, progress)
    write_archive_run(done, folder)
    if json:
        sys.stdout.write(render_json(log_of(done)))
    else:
        _print(done, folder)
    return done.exit_code


def _print(done: ArchiveRun, folder: Path) -> None:
    from isthmus.report.terminal import Block, Grid, print_blocks

    blocks = []
    for document in done.documents:
        rows = [(task.id, "task", task.status, task.used) for task in document.tasks]
        rows += [(output.id, output.kind, output.status, "") for output in document.outputs]
        notes = tuple(f"{task.id}: {note}" for task in document.tasks for note in task.notes)
        blocks.append(Block(document.location, notes, Grid(("id", "kind", "status", "by"), tuple(rows))))
    blocks.append(Block("Files", (f"{folder}/",)))
    print_blocks(blocks, sys.stdout)
    for failure in done.failures:
        sys.stderr.write(f"error: {failure.message}\n")
