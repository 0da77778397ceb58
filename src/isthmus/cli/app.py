"""The commands, and how each of them can end.

Exit codes: 0 done (`reduce`, `verify`, `compare`: certified), 1 a fault of isthmus itself, 2 the question
or the command line, 3 nothing within the tolerance (or a verdict that is not "kept"), 4 the model file, 5
the integration, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from isthmus.cli.compare import compare
from isthmus.cli.convert import convert
from isthmus.cli.explain import explain
from isthmus.cli.failure import show_fault, tell
from isthmus.cli.inspect import inspect
from isthmus.cli.petab import petab
from isthmus.cli.reduce import reduce
from isthmus.cli.run import run as run_archive
from isthmus.cli.scales import scales
from isthmus.cli.simulate import simulate
from isthmus.cli.units import units
from isthmus.cli.verify import verify
from isthmus.errors import IsthmusError, UsageError
from isthmus.study.interruption import careful_interrupts

INTERRUPTED: Final = 130
# Some versions of typer bring their own click; the base of its complaints is found from one it exports.
Complaint: Final[type[Any]] = typer.BadParameter.mro()[2]
DEBUG: Final = "--debug"

app = typer.Typer(
    name="isthmus",
    help="The simplest model that still shows what you want to see, with a certificate of how well.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (inspect, reduce, scales, simulate, verify, compare, units, convert, explain):
    app.command()(command)
app.command("run")(run_archive)
app.command()(petab)


def _show_version(wanted: bool) -> None:
    if wanted:
        from isthmus.records.provenance import installed_version

        typer.echo(f"isthmus {installed_version('isthmus')}")
        raise typer.Exit


@app.callback()
def entry(
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show the Python traceback of an internal fault.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Find the simplest model that still shows what you want to see, with a certificate of how well."""


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    # What is not caught below is a fault of ours; the interpreter then exits with 1.
    sys.excepthook = show_fault if DEBUG not in sys.argv else sys.__excepthook__
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code. A fault of isthmus itself is raised."""
    as_json = "--json" in arguments
    try:
        with careful_interrupts():
            code = _invoke(list(arguments) or ["--help"])
        sys.stdout.flush()
    except Complaint as problem:
        return tell(_usage(problem), as_json=as_json)
    except IsthmusError as error:
        return tell(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("stopped\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left; the interpreter must not try to flush into the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _invoke(arguments: list[str]) -> int:
    """Run a command without typer's own way of ending, which hides Ctrl-C and closed pipes."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("isthmus", arguments) as context:
            code = command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return code if isinstance(code, int) else 0


def _usage(problem: Any) -> UsageError:
    context = getattr(problem, "ctx", None)
    help_line = f"{context.command_path} --help" if context is not None else "isthmus --help"
    return UsageError("E-COMMAND-LINE", problem.format_message().rstrip("."), advice=help_line)
