"""The work of a corpus command: each model in turn, its row kept; one model, its answer printed."""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from isthmus.records.progress import Progress
from isthmus.testing.children import ANSWER, STAGE
from isthmus.testing.corpus import Entry, find_entries, opened
from isthmus.testing.table import Table


def each(asked: argparse.Namespace, table: Table[Any], work: Callable[[Entry], Any]) -> None:
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


def finish(table: Table[Any], summary: dict[str, Any]) -> int:
    """Write the table and its summary; print the summary."""
    table.finish(summary)
    sys.stdout.write(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    return 0


def print_answer(asked: argparse.Namespace, work: Callable[[Progress], dict[str, Any]]) -> int:
    """Do the work of one model, in the seconds asked if any, and print its answer."""
    if asked.seconds > 0:
        faulthandler.dump_traceback_later(asked.seconds, exit=True)
    sys.stdout.write(ANSWER + json.dumps(work(_tell)) + "\n")
    sys.stdout.flush()
    return 0


def _tell(text: str, done: int = 0, total: int = 0) -> None:
    if done == 0:
        sys.stderr.write(f"{STAGE}{text}\n")
        sys.stderr.flush()
