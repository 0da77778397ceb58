"""How an error reaches the user: a line to standard error, JSON to standard output where it is asked for."""

from __future__ import annotations

import sys
from types import TracebackType

from isthmus.errors import IsthmusError


def tell(error: IsthmusError, *, as_json: bool) -> int:
    """Print a refusal; return its exit code."""
    sys.stderr.write(f"error: {error}\n")
    if as_json:
        from isthmus.report.json import error_as_json, render_json

        sys.stdout.write(render_json(error_as_json(error)))
    return error.exit_code


def show_fault(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """Print what a fault of isthmus itself looks like to a user; the traceback only with --debug."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("stopped\n")
        return
    place = trace
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" in {place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place is not None else ""
    sys.stderr.write(
        f"error: a fault in isthmus itself: {kind.__name__}: {fault}{where} [E-INTERNAL]\n"
        "please report it with the command and, if you can, the model;"
        " `isthmus --debug …` shows where it happened\n"
    )
