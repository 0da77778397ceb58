"""The SBML Test Suite run through isthmus: `python -m isthmus.testing sbml-suite`."""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from isthmus.formats.atomic import write_atomically
from isthmus.testing.batch import BatchChild
from isthmus.testing.children import ANSWER, Ending
from isthmus.testing.corpus import opened
from isthmus.testing.suite_case import SuiteCase, find_cases
from isthmus.testing.suite_run import CRASH, PASS, REFUSED, WRONG, SuiteRow, run_model

JOB: Final = "suite-batch"
_PURPOSE: Final = "simulate every case of the SBML Test Suite and compare with what it expects"


def add_commands(commands: Any) -> None:
    """Add `sbml-suite`, and the child that works for it."""
    suite: argparse.ArgumentParser = commands.add_parser("sbml-suite", help=_PURPOSE, description=_PURPOSE)
    suite.add_argument("path", type=Path, help="the folder of the cases, or a tar archive of one")
    suite.add_argument("--cases", default="", help="only these: 00001-00100,00930")
    suite.add_argument("--all-levels", action="store_true", help="every file of a case, not its newest alone")
    suite.add_argument("--grid", type=int, default=1, help="output so many times finer than asked")
    suite.add_argument("--jobs", type=int, default=1, help="how many at a time")
    suite.add_argument("--seconds", type=float, default=300.0, help="the most for one model")
    suite.add_argument("--json", type=Path, help="summary and rows")
    suite.set_defaults(run=run_suite)
    child = commands.add_parser(JOB, help="run models whose cases come as lines of JSON")
    child.add_argument("--seconds", type=float, default=0.0)
    child.set_defaults(run=serve)


def run_suite(asked: argparse.Namespace) -> int:
    """Run the cases; rows that did not pass are told as they come."""
    with opened(_archive_in(asked.path)) as folder:
        cases = find_cases(folder, asked.cases)
        rows = list(_rows(cases, asked))
    rows.sort(key=lambda row: row.model)
    summary = summarise(rows)
    if asked.json:
        document = {**summary, "grid": asked.grid, "rows": [asdict(row) for row in rows]}
        text = json.dumps(document, indent=1, ensure_ascii=False)
        write_atomically(asked.json, f"{text}\n".encode())
    sys.stdout.write(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    return 0


def summarise(rows: Sequence[SuiteRow]) -> dict[str, Any]:
    """How many models passed, were refused (by code), were wrong, or crashed."""
    counts = Counter(row.status for row in rows)
    refused = Counter(row.by for row in rows if row.status == REFUSED)
    return {
        "summary": {status: counts[status] for status in (PASS, REFUSED, WRONG, CRASH)},
        "refused_by": dict(refused.most_common()),
        "wrong": [row.model for row in rows if row.status == WRONG],
        "crash": [row.model for row in rows if row.status == CRASH],
    }


def serve(asked: argparse.Namespace) -> int:
    """Answer each line of standard input, a JSON list of `run_model`'s arguments, with a line of JSON."""
    for line in sys.stdin:
        if asked.seconds > 0:
            faulthandler.dump_traceback_later(asked.seconds, exit=True)
        model, settings, results, grid = json.loads(line)
        sys.stdout.write(f"{ANSWER}{json.dumps(run_model(model, settings, results, grid))}\n")
        sys.stdout.flush()
        faulthandler.cancel_dump_traceback_later()
    return 0


def _archive_in(path: Path) -> Path:
    """The archive `semantic.tar.xz` where a folder holds that and no cases."""
    archives = sorted(path.glob("**/semantic.tar.xz")) if path.is_dir() else []
    return archives[0] if archives else path


def _rows(cases: Sequence[SuiteCase], asked: argparse.Namespace) -> Iterator[SuiteRow]:
    workers = max(asked.jobs, 1)
    children: SimpleQueue[BatchChild] = SimpleQueue()
    everyone = [BatchChild(JOB, asked.seconds) for _ in range(workers)]
    for child in everyone:
        children.put(child)

    def work(case: SuiteCase, model: Path) -> SuiteRow:
        child = children.get()
        try:
            arguments = [str(model), str(case.settings), str(case.results), asked.grid]
            return _row(model, child.ask(arguments))
        finally:
            children.put(child)

    with ThreadPoolExecutor(workers) as pool:
        models = [
            (case, model)
            for case in cases
            for model in (case.models if asked.all_levels else case.models[-1:])
        ]
        waiting = [pool.submit(work, case, model) for case, model in models]
        try:
            for count, future in enumerate(as_completed(waiting), 1):
                row = future.result()
                if row.status != PASS:
                    sys.stderr.write(f"{count}/{len(waiting)} {_told(row)}\n")
                yield row
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            sys.stderr.write("stopped\n")
        finally:
            for child in everyone:
                child.close()


def _row(model: Path, ending: Ending) -> SuiteRow:
    if ending.outcome == "done":
        return SuiteRow(**ending.answer)
    detail = f"{ending.outcome}: {ending.detail}"
    return SuiteRow(model.stem, CRASH, detail=detail, seconds=ending.seconds)


def _told(row: SuiteRow) -> str:
    if row.status == WRONG and row.excess is not None:
        what = (
            f"{row.variable} at {row.time:g}: {row.ours!r}, not {row.expected!r} ({row.excess:.3g} × allowed)"
        )
        return f"{row.model}: wrong: {what}"
    return f"{row.model}: {row.status} {row.by} {row.detail[:160]}"
