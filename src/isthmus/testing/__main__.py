"""`python -m isthmus.testing`: run a corpus of models through isthmus and tell what became of each."""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from isthmus.errors import IsthmusError
from isthmus.records.progress import Progress
from isthmus.testing import fuzz, petab_suite
from isthmus.testing.children import ANSWER, STAGE
from isthmus.testing.corpus import Entry, find_entries, opened
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
    _each(asked, table, lambda entry: reduce_apart(entry, asked.tolerance, asked.seconds, asked.everything))
    return _finish(table, {"tolerance": asked.tolerance, **summarise_reductions(table.in_order())})


def _trajectories(asked: argparse.Namespace) -> int:
    import tomllib

    from isthmus.testing.summary import summarise_trajectories
    from isthmus.testing.trajectories import TrajectoryRow, compare_apart

    explained = tomllib.loads(asked.explained.read_text(encoding="utf-8")) if asked.explained else {}
    table = Table(TrajectoryRow, asked.out, asked.resume)
    _each(asked, table, lambda entry: compare_apart(entry, asked.seconds, explained))
    return _finish(table, summarise_trajectories(table.in_order()))


def _each(asked: argparse.Namespace, table: Table[Any], work: Callable[[Entry], Any]) -> None:
    """Do the work for each entry that has no row yet; Ctrl-C ends it and keeps the rows so far."""
    names = [name for name in asked.models.split(",") if name]
    with opened(asked.corpus) as folder, ThreadPoolExecutor(max(asked.jobs, 1)) as pool:
        entries = [e for e in find_entries(folder, names, asked.limit) if e.name not in table.rows]
        waiting = [pool.submit(work, entry) for entry in entries]
        try:
            for count, future in enumerate(as_completed(waiting), 1):
                row = future.result()
                table.add(row)
                sys.stderr.write(f"{count}/{len(waiting)} {row.model}: {row.status} {row.detail[:120]}\n")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            sys.stderr.write("stopped; --resume goes on from here\n")


def _finish(table: Table[Any], summary: dict[str, Any]) -> int:
    table.finish(summary)
    sys.stdout.write(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    return 0


def _reduce_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.reductions import reduce_one

    return _print(asked, lambda tell: reduce_one(asked.path, asked.tolerance, asked.everything, tell))


def _compare_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.trajectories import compare_one

    return _print(asked, lambda tell: compare_one(asked.path, asked.reference, tell))


def _print(asked: argparse.Namespace, work: Callable[[Progress], dict[str, Any]]) -> int:
    if asked.seconds > 0:
        faulthandler.dump_traceback_later(asked.seconds, exit=True)
    sys.stdout.write(ANSWER + json.dumps(work(_tell)) + "\n")
    sys.stdout.flush()
    return 0


def _tell(text: str, done: int = 0, total: int = 0) -> None:
    if done == 0:
        sys.stderr.write(f"{STAGE}{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
