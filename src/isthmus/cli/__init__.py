"""The command line: a thin door that reads text, asks a study, and prints the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    start_reader(sys.argv[1:])
    from isthmus.cli.app import main as run

    run()


def start_reader(arguments: Sequence[str]) -> None:
    """Start the reader process where a new model file is named: it loads its libraries while we load ours."""
    files = [name for name in arguments[1:] if name.endswith((".ant", ".txt", ".xml", ".sbml"))]
    if not files or {"--help", "--version"} & set(arguments):
        return
    from isthmus.formats.kept_readings import is_kept
    from isthmus.formats.sandbox import READER

    # A file that was read before needs no reader.
    if is_kept(files[0]):
        return
    is_sbml = files[0].endswith((".xml", ".sbml"))
    READER.warm(("libsbml",) if is_sbml else ("antimony", "libsbml"))
