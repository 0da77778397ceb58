"""PEtab problems with known answers run through isthmus: `python -m isthmus.testing petab-suite`."""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from isthmus.formats.atomic import write_atomically
from isthmus.testing.batch import BatchChild
from isthmus.testing.children import ANSWER
from isthmus.testing.corpus import opened
from isthmus.testing.petab_case import NO_REFERENCE, PetabCase, PetabRow, find_petab_cases, run_case
from isthmus.testing.suite_run import CRASH, PASS, REFUSED, WRONG

JOB: Final = "petab-batch"
_PURPOSE: Final = "run PEtab problems and compare χ², log-likelihood and simulations with what is known"


def add_commands(commands: Any) -> None:
    """Add `petab-suite`, and the child that works for it."""
    suite: argparse.ArgumentParser = commands.add_parser("petab-suite", help=_PURPOSE, description=_PURPOSE)
    suite.add_argument(
        "path", type=Path, help="the PEtab test suite or a benchmark collection, or an archive"
    )
    suite.add_argument("--cases", default="", help="only those whose name holds one of these, by commas")
    suite.add_argument("--seconds", type=float, default=120.0, help="the most for one problem")
    suite.add_argument("--explained", type=Path, help="TOML: name = why its table is no reference")
    suite.add_argument("--json", type=Path, help="summary and rows")
    suite.set_defaults(run=run_suite)
    child = commands.add_parser(JOB, help="run problems whose cases come as lines of JSON")
    child.add_argument("--seconds", type=float, default=0.0)
    child.set_defaults(run=serve)


def run_suite(asked: argparse.Namespace) -> int:
    """Run the problems one after the other in a child process; a row for each."""
    wanted = [name for name in asked.cases.split(",") if name]
    explained = tomllib.loads(asked.explained.read_text(encoding="utf-8")) if asked.explained else {}
    rows: list[PetabRow] = []
    with opened(asked.path) as folder:
        child = BatchChild(JOB, asked.seconds)
        try:
            for case in find_petab_cases(folder):
                if not wanted or any(name in case.name for name in wanted):
                    row = _row(case, child)
                    if row.status == WRONG and case.name in explained:
                        row = replace(row, status=NO_REFERENCE, detail=explained[case.name])
                    rows.append(row)
                    sys.stderr.write(f"{_told(rows[-1])}\n")
        finally:
            child.close()
    summary = summarise(rows)
    if asked.json:
        document = {**summary, "rows": [asdict(row) for row in rows]}
        text = json.dumps(document, indent=1, ensure_ascii=False)
        write_atomically(asked.json, f"{text}\n".encode())
    sys.stdout.write(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    return 0


def summarise(rows: Sequence[PetabRow]) -> dict[str, Any]:
    """How many problems passed, were refused (by code), were wrong, or crashed."""
    counts = Counter(row.status for row in rows)
    refused = Counter(row.by for row in rows if row.status == REFUSED)
    return {
        "summary": {status: counts[status] for status in (PASS, REFUSED, WRONG, CRASH, NO_REFERENCE)},
        "refused_by": dict(refused.most_common()),
        "wrong": [row.case for row in rows if row.status == WRONG],
        "crash": [row.case for row in rows if row.status == CRASH],
    }


def serve(asked: argparse.Namespace) -> int:
    """Answer each line of standard input, a JSON list of the fields of a case, with a line of JSON."""
    for line in sys.stdin:
        if asked.seconds > 0:
            faulthandler.dump_traceback_later(asked.seconds, exit=True)
        name, problem, known, allowed, tables, tolerance = json.loads(line)
        paths = tuple(map(Path, tables))
        answer = run_case(PetabCase(name, Path(problem), known, allowed, paths, tolerance))
        sys.stdout.write(f"{ANSWER}{json.dumps(answer)}\n")
        sys.stdout.flush()
        faulthandler.cancel_dump_traceback_later()
    return 0


def _row(case: PetabCase, child: BatchChild) -> PetabRow:
    fields = [
        case.name,
        str(case.problem),
        dict(case.known),
        dict(case.allowed),
        [str(table) for table in case.tables],
        case.tolerance,
    ]
    ending = child.ask(fields)
    if ending.outcome == "done":
        return PetabRow(**ending.answer)
    detail = f"{ending.outcome}: {ending.detail}"
    return PetabRow(case.name, CRASH, detail=detail, seconds=ending.seconds)


def _told(row: PetabRow) -> str:
    numbers = [("chi2", row.chi2, row.known_chi2), ("llh", row.llh, row.known_llh)]
    told = [f"{name} {value:.9g} ({_known(known)})" for name, value, known in numbers if value is not None]
    if row.excess is not None:
        told.append(f"simulations {row.excess:.2g} of what is allowed")
    return f"{row.case}: {row.status} {row.by} {', '.join(told)} {row.detail[:160]}".rstrip()


def _known(value: float | None) -> str:
    return "not known" if value is None else f"{value:.9g}"
