"""Where the result comes from, and the command that makes it again."""

from __future__ import annotations

from isthmus.records.study import Study
from isthmus.report.markup import code, facts, section, text
from isthmus.report.svg import shown


def render(study: Study) -> str:
    """Command, files, versions, machine and times."""
    origin = study.provenance
    rows = [
        ("model", f"{text(study.model)} <span class='aside'>from {code(origin.source)}</span>"),
        ("made", text(origin.date)),
        ("seed", text(origin.seed)),
        *((f"SHA-256 of {name}", code(value)) for name, value in origin.hashes),
        ("versions", text(", ".join(f"{name} {number}" for name, number in origin.versions))),
        ("machine", text(f"{origin.platform}, Python {origin.python}, {origin.cpu_count} cores")),
    ]
    if study.seconds:
        rows.append(
            (
                "time taken",
                text(", ".join(f"{name} {shown(value)} s" for name, value in study.seconds.items())),
            )
        )
    command = f"<p>To get this result again:</p><pre>{text(origin.command)}</pre>"
    return section("provenance", "Provenance", command + facts(rows))
