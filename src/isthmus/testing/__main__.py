"""`python -m isthmus.testing`: run a corpus of models through isthmus and tell what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from isthmus.errors import IsthmusError
from isthmus.testing import fidelity, fuzz, petab_suite
from isthmus.testing.rows import each, finish, print_answer
from isthmus.testing.sbml_suite import add_commands
from isthmus.testing.table import Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except IsthmusError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m isthmus.testing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    reducing = _corpus_command(
        commands, "reduce-corpus", "reduce every smooth autonomous model", _reduce_corpus
    )
    reducing.add_argument("--tolerance", default="5%")
    reducing.add_argument(
        "--everything", action="store_true", help="also models with explicit time or switches"
    )
    comparing = _corpus_command(
        commands, "trajectories", "compare every model with its reference curves", _trajectories
    )
    comparing.add_argument("--explained", type=Path, help="TOML: model = why it differs")
    fidelity.add_commands(commands, _corpus_command)
    add_commands(commands)
    petab_suite.add_commands(commands)
    fuzz.add_commands(commands)
    one = commands.add_parser("reduce-one", help="reduce one model and print its row")
    one.add_argument("path")
    one.add_argument("--tolerance", default="5%")
    one.add_argument("--everything", action="store_true")
    one.add_argument("--seconds", type=float, default=0.0)
    one.set_defaults(run=_reduce_one)
    other = commands.add_parser("compare-one", help="compare one model with its reference and print its row")
    other.add_argument("path")
    other.add_argument("reference")
    other.add_argument("--seconds", type=float, default=0.0)
    other.set_defaults(run=_compare_one)
    return parser


def _corpus_command(
    commands: Any, name: str, purpose: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    command.add_argument("corpus", type=Path, help="a folder of models, or a tar archive of one")
    command.add_argument("--models", default="", help="only these, separated by commas")
    command.add_argument("--limit", type=int, help="only the first of them")
    command.add_argument("--jobs", type=int, default=1, help="how many at a time")
    command.add_argument("--seconds", type=float, default=120.0, help="the most for one model")
    command.add_argument("--out", type=Path, help="the table; JSON with the summary is written beside it")
    command.add_argument("--resume", action="store_true", help="keep the rows that --out already has")
    command.set_defaults(run=run)
    return command


def _reduce_corpus(asked: argparse.Namespace) -> int:
    from isthmus.testing.reductions import ReductionRow, reduce_apart
    from isthmus.testing.summary import summarise_reductions

    table = Table(ReductionRow, asked.out, asked.resume)
    each(asked, table, lambda entry: reduce_apart(entry, asked.tolerance, asked.seconds, asked.everything))
    return finish(table, {"tolerance": asked.tolerance, **summarise_reductions(table.in_order())})


def _trajectories(asked: argparse.Namespace) -> int:
    import tomllib

    from isthmus.testing.summary import summarise_trajectories
    from isthmus.testing.trajectories import TrajectoryRow, compare_apart

    explained = tomllib.loads(asked.explained.read_text(encoding="utf-8")) if asked.explained else {}
    table = Table(TrajectoryRow, asked.out, asked.resume)
    each(asked, table, lambda entry: compare_apart(entry, asked.seconds, explained))
    return finish(table, summarise_trajectories(table.in_order()))


def _reduce_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.reductions import reduce_one

    return print_answer(asked, lambda tell: reduce_one(asked.path, asked.tolerance, asked.everything, tell))


def _compare_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.trajectories import compare_one

    return print_answer(asked, lambda tell: compare_one(asked.path, asked.reference, tell))


if __name__ == "__main__":
    sys.exit(main())
