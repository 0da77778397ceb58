"""Write corpus.md from the tables in data/: python docs/write_corpus.py."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"

HEAD = """# What it does to published models

220 curated models of the BioModels database, as they are. The tables are written by

```console
$ python -m isthmus.testing reduce-corpus MODELS --tolerance 5% --seconds 240 --jobs 2 --out reductions.tsv
$ python -m isthmus.testing trajectories MODELS --explained docs/data/trajectories-explained.toml \\
    --out trajectories.tsv
```

Each model runs in a process of its own with a time limit, so that a crash or a hang is a row, not the end of
the run. Nobody chose the questions: the observables are those that `isthmus inspect` proposes, the domain is
the default one (everything between half and twice its value), the horizon is derived. Each table is one run
of one build.
"""


def page() -> str:
    """The text of corpus.md."""
    return "\n".join([HEAD, *reductions(), *trajectories()]) + "\n"


def reductions() -> list[str]:
    """Counts and one line for each model that was answered."""
    summary, rows = read("reductions")
    lines = ["## Reductions at " + summary["tolerance"], "", "| outcome | models |", "| --- | ---: |"]
    lines += [f"| {status} | {count} |" for status, count in summary["status"].items()]
    states, terms = summary["states"], summary["terms"]
    lines += [
        "",
        f"Of {summary['answered']} models answered: states {states['before']} → {states['exact']}"
        f" by exact steps → {states['final']}; terms {terms['before']} → {terms['exact']} → {terms['final']}."
        " `outside` are models with events, explicit time or switches in their rates (`--everything` takes them too).",
        "",
        "| model | states | terms | verdict | failures | worst error | observable |",
        "| --- | ---: | ---: | --- | ---: | ---: | --- |",
    ]
    for row in rows:
        if row["final_states"]:
            lines.append(
                f"| {row['model']} | {row['states']} → {row['exact_states']} → {row['final_states']}"
                f" | {row['terms']} → {row['final_terms']}"
                f" | {row['strength']} {row['verdict'] or 'nothing smaller'}"
                f" | {share(row)} | {row['worst_error']} | {row['observable']} |"
            )
    lines += [
        "",
        "What ended otherwise, apart from refusals by name:",
        "",
        "| model | outcome |",
        "| --- | --- |",
    ]
    for row in rows:
        if row["status"].split()[0] in ("error", "crash", "timeout"):
            lines.append(f"| {row['model']} | {row['status']}: {short(row['detail'])} |")
    return lines


def trajectories() -> list[str]:
    """Counts, and why each model differs that does."""
    summary, rows = read("trajectories")
    lines = [
        "",
        "## Against reference curves",
        "",
        "References are time courses on which libRoadRunner and COPASI agree to 10⁻⁴. Agreement is 10⁻⁴ of"
        " each curve's peak; integration is at a relative tolerance of 10⁻⁸.",
        "",
        "| outcome | models |",
        "| --- | ---: |",
    ]
    lines += [f"| {status} | {count} |" for status, count in summary["status"].items()]
    lines += ["", "| model | outcome | difference | why |", "| --- | --- | ---: | --- |"]
    for row in rows:
        if row["explained"]:
            lines.append(f"| {row['model']} | {row['status']} | {row['difference']} | {row['explained']} |")
    return lines


def read(name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The summary and the rows of one table."""
    summary = json.loads((DATA / f"{name}-summary.json").read_text(encoding="utf-8"))
    with (DATA / f"{name}.tsv").open(newline="", encoding="utf-8") as stream:
        return summary, list(csv.DictReader(stream, dialect="excel-tab"))


def share(row: dict[str, str]) -> str:
    """`2 of 720`, or nothing where nothing was drawn."""
    return f"{row['failures']} of {row['draws']}" if row["draws"] not in ("", "0") else ""


def short(text: str) -> str:
    """The first clause."""
    return text.split("; ")[0].replace("|", "/")


if __name__ == "__main__":
    (HERE / "corpus.md").write_text(page(), encoding="utf-8")
