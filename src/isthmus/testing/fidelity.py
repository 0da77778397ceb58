"""`round-trip` and `portability`: what is written of a corpus, here and in the hands of other tools."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isthmus.records.progress import Progress
from isthmus.testing.corpus import Entry
from isthmus.testing.elsewhere import VARIABLE, Elsewhere, find_tools
from isthmus.testing.rows import each, finish, print_answer
from isthmus.testing.table import Table

CorpusCommand = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_commands(commands: Any, corpus_command: CorpusCommand) -> None:
    """Add both, and the children that work for them."""
    purpose = "write every model as SBML and Antimony, read it back and run it"
    returning = corpus_command(commands, "round-trip", purpose, run_round_trip)
    purpose = "reduce every model and run the reduced ones in libRoadRunner and COPASI"
    carrying = corpus_command(commands, "portability", purpose, run_portability)
    carrying.add_argument("--tolerance", default="5%")
    carrying.add_argument("--everything", action="store_true", help="also models with events, time, switches")
    for command in (returning, carrying):
        command.add_argument("--json", dest="out", type=_table_beside, help="the same as --out, by its JSON")
        command.add_argument(
            "--verify-with",
            default=os.environ.get(VARIABLE, ""),
            help=f"a Python with libroadrunner and copasi-basico ({VARIABLE})",
        )
        command.add_argument("--keep", type=Path, help="a folder for the files written")
    one = commands.add_parser("round-trip-one", help="one model of round-trip: print its row")
    one.add_argument("path")
    one.add_argument("folder", type=Path)
    one.add_argument("reference", nargs="?", default="")
    one.add_argument("--seconds", type=float, default=0.0)
    one.set_defaults(run=_round_trip_one)
    other = commands.add_parser("portability-one", help="one model of portability: print its answer")
    other.add_argument("path")
    other.add_argument("folder", type=Path)
    other.add_argument("--tolerance", default="5%")
    other.add_argument("--everything", action="store_true")
    other.add_argument("--seconds", type=float, default=0.0)
    other.set_defaults(run=_portability_one)


def run_round_trip(asked: argparse.Namespace) -> int:
    """Every model of the corpus, written and read back."""
    from isthmus.testing.round_trip import RoundTripRow, round_trip_apart
    from isthmus.testing.second_opinion import with_second_opinions
    from isthmus.testing.summary import summarise_round_trips

    table = Table(RoundTripRow, asked.out, asked.resume)
    with _place(asked.keep) as folder, _tools(asked.verify_with) as tools:

        def work(entry: Entry) -> RoundTripRow:
            row = round_trip_apart(entry, asked.seconds, folder)
            return with_second_opinions(row, entry, folder, tools)

        each(asked, table, work)
    return finish(table, summarise_round_trips(table.in_order()))


def run_portability(asked: argparse.Namespace) -> int:
    """Every model of the corpus reduced, and what other tools compute with it."""
    from isthmus.testing.portability import PortabilityRow, portability_apart
    from isthmus.testing.summary import summarise_portability

    table = Table(PortabilityRow, asked.out, asked.resume)
    with _place(asked.keep) as folder, _tools(asked.verify_with) as tools:

        def work(entry: Entry) -> PortabilityRow:
            return portability_apart(entry, asked.tolerance, asked.seconds, asked.everything, folder, tools)

        each(asked, table, work)
    return finish(table, {"tolerance": asked.tolerance, **summarise_portability(table.in_order())})


def _table_beside(text: str) -> Path:
    return Path(text).with_suffix(".tsv")


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="isthmus-written-") as folder:
        yield Path(folder)


@contextmanager
def _tools(python: str) -> Iterator[dict[str, Elsewhere]]:
    tools = find_tools(python) if python else {}
    try:
        yield tools
    finally:
        for tool in tools.values():
            tool.close()


def _round_trip_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.round_trip import round_trip_one

    def work(tell: Progress) -> dict[str, Any]:
        return round_trip_one(asked.path, asked.folder, asked.reference, tell)

    return print_answer(asked, work)


def _portability_one(asked: argparse.Namespace) -> int:
    from isthmus.testing.portability import reduce_and_run

    def work(tell: Progress) -> dict[str, Any]:
        return reduce_and_run(asked.path, asked.folder, asked.tolerance, asked.everything, tell)

    return print_answer(asked, work)
