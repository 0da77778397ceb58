"""Damaged files by the thousand: `python -m isthmus.testing fuzz`.

Every mutated SBML, Antimony or formula text must be read or refused with a structured error. Anything else (a
fault of ours, a reader process that crashed, an answer that took too long) is a finding, kept with its text.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

from isthmus.algebra.infix_functions import PETAB, SBML
from isthmus.algebra.infix_parser import FormulaError, parse
from isthmus.errors import ModelError
from isthmus.formats.atomic import write_atomically
from isthmus.formats.sandbox import Reader
from isthmus.testing.mutations import FORMULAS, mutate_bytes, mutate_structure

_PURPOSE: Final = "read damaged SBML, Antimony and formulas until the time is up"
_SLOW: Final = 10.0
_SUFFIXES: Final = (".xml", ".sbml", ".ant")


@dataclass(frozen=True, slots=True)
class Finding:
    """A text that did not get a proper answer. number: of the trial, which with the seed gives it again."""

    number: int
    kind: str
    origin: str
    what: str
    text: str


def add_commands(commands: Any) -> None:
    """Add `fuzz`."""
    fuzz: argparse.ArgumentParser = commands.add_parser("fuzz", help=_PURPOSE, description=_PURPOSE)
    fuzz.add_argument("--seconds", type=float, default=60.0, help="how long")
    fuzz.add_argument("--seed", type=int, default=1, help="of every mutation")
    fuzz.add_argument("--trials", type=int, help="at most so many")
    fuzz.add_argument("--first", type=int, default=0, help="the first trial, to see one again")
    fuzz.add_argument("--corpus", type=Path, default=Path("examples"), help="the folder of files to damage")
    fuzz.add_argument("--json", type=Path, help="summary and findings")
    fuzz.set_defaults(run=run_fuzz)


def run_fuzz(asked: argparse.Namespace) -> int:
    """Run trials until the time is up; exit code 1 where something was found."""
    files = find_texts(asked.corpus)
    outcomes: Counter[str] = Counter()
    findings: list[Finding] = []
    reader = Reader()
    end = monotonic() + asked.seconds
    number = asked.first
    try:
        while monotonic() < end and (asked.trials is None or number < asked.first + asked.trials):
            outcome, finding = run_trial(asked.seed, number, files, reader)
            outcomes[outcome] += 1
            if finding is not None:
                findings.append(finding)
                sys.stderr.write(f"{number} {finding.kind} of {finding.origin}: {finding.what}\n")
            number += 1
    finally:
        reader.close()
    trials = number - asked.first
    summary = {"seed": asked.seed, "trials": trials, "outcomes": dict(outcomes.most_common())}
    if asked.json:
        document = {"summary": summary, "findings": [asdict(finding) for finding in findings]}
        write_atomically(asked.json, (json.dumps(document, indent=1) + "\n").encode())
    sys.stdout.write(json.dumps({**summary, "findings": len(findings)}, indent=1) + "\n")
    return 1 if findings else 0


def find_texts(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name, and Antimony files as SBML too."""
    from isthmus.formats import read_with_xml

    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            files[path.name] = path.read_bytes()
        if path.suffix == ".ant":
            files[f"{path.name}.xml"] = read_with_xml(path)[1]
    return files


def run_trial(seed: int, number: int, files: dict[str, bytes], reader: Reader) -> tuple[str, Finding | None]:
    """One damaged text read; (what became of it, what was found). The same seed and number give the same."""
    choice = random.Random(f"{seed}:{number}")
    kind, origin, data = _chosen(choice, files)
    if kind == "formula":
        outcome, what = _read_formula(data.decode("utf-8", "replace"), choice)
    else:
        outcome, what = _read_file(data, origin, reader)
    if not what:
        return outcome, None
    return outcome, Finding(number, kind, origin, what, data.decode("utf-8", "backslashreplace"))


def _read_file(data: bytes, name: str, reader: Reader) -> tuple[str, str]:
    began = monotonic()
    try:
        reader.ask("read", data, name)
    except ModelError as error:
        bad = error.code in ("E-READER-CRASH", "E-READER-TIMEOUT", "E-READER")
        return f"refused {error.code}", str(error) if bad else _unclear(error)
    return "read", f"took {monotonic() - began:.1f} s" if monotonic() - began > _SLOW else ""


def _unclear(error: ModelError) -> str:
    """What a refusal lacks: something found, and a file."""
    if not error.found or not error.code.startswith("E-") or not error.where.file:
        return f"a refusal without code, place or reason: {error}"
    return ""


def _read_formula(text: str, choice: random.Random) -> tuple[str, str]:
    began = process_time()
    try:
        parse(text, (), choice.choice((SBML, PETAB)))
        outcome = "read"
    except FormulaError:
        outcome = "refused E-FORMULA"
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, MemoryError) as error:
        return "fault", f"{type(error).__name__}: {error}"
    used = process_time() - began
    return outcome, f"took {used:.1f} s" if used > _SLOW else ""


def damaged_text(seed: int, number: int, files: dict[str, bytes]) -> bytes:
    """The text of a trial, without reading it."""
    return _chosen(random.Random(f"{seed}:{number}"), files)[2]


def _chosen(choice: random.Random, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    """(kind, origin, damaged text)."""
    kind = choice.choice(("bytes", "structure", "structure", "formula")) if files else "formula"
    origin = "formula" if kind == "formula" else choice.choice(sorted(files))
    data = choice.choice(FORMULAS).encode() if kind == "formula" else files[origin]
    # Formulas are short: half of the changes know nothing of them.
    knowing = kind == "structure" or (kind == "formula" and choice.random() < 0.5)
    for _ in range(choice.choice((1, 1, 2, 4, 16))):
        data = (mutate_structure if knowing else mutate_bytes)(choice, data)
    return kind, origin, data
