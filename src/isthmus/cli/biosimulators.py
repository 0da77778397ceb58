"""The command line that BioSimulators expects of a simulator: `-i ARCHIVE -o DIR`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from isthmus.cli.failure import show_fault, tell
from isthmus.errors import IsthmusError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an archive; the exit code is 0 only where every task and every output succeeded."""
    from isthmus.records.provenance import installed_version

    parser = ArgumentParser(prog="isthmus", description="Run the SED-ML files of a COMBINE/OMEX archive.")
    parser.add_argument("-i", "--archive", required=True, metavar="ARCHIVE", help="the COMBINE/OMEX archive")
    parser.add_argument("-o", "--out-dir", required=True, metavar="DIR", help="where reports and log go")
    parser.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    parser.add_argument("-d", "--debug", action="store_true", help="show the traceback of an internal fault")
    parser.add_argument("-v", "--version", action="version", version=installed_version("isthmus"))
    chosen = parser.parse_args(arguments)
    sys.excepthook = sys.__excepthook__ if chosen.debug else show_fault
    try:
        return _run(chosen.archive, Path(chosen.out_dir), quiet=chosen.quiet)
    except IsthmusError as error:
        return tell(error, as_json=False)


def _run(archive: str, folder: Path, *, quiet: bool) -> int:
    from isthmus.report.archive import write_archive_run
    from isthmus.study.archive import run_archive

    done = run_archive(archive)
    written = write_archive_run(done, folder)
    for failure in done.failures:
        sys.stderr.write(f"error: {failure.message}\n")
    if not quiet:
        sys.stdout.writelines(f"{path}\n" for path in written)
    return done.exit_code


def entry() -> None:
    """Run and leave with the exit code."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
