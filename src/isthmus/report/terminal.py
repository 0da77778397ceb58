"""What a person reads on the terminal: rich where there is one, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from isthmus.records.ladder import Rung
from isthmus.records.law import Formula, Law
from isthmus.records.scale_line import ScaleLine
from isthmus.records.study import Study
from isthmus.report.svg import percent, shown
from isthmus.report.wording import counted, rung_name, speed_text, trial_text, verdict_of, window_text

_MOST_MODES: Final = 12
_MOST_LAWS: Final = 12
_WIDEST_FORMULA: Final = 160
_COLOURS: Final = {"good": "green", "bad": "red", "unsure": "yellow"}
_ROLES: Final = {
    "rate": "rate of {}",
    "derivative": "d{}/dt",
    "assignment": "{}",
    "initial": "{}(0)",
    "event": "{}, set by {}",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text; `numeric` columns align right, row `mark` stands out."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    mark: int = -1


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with lines of text or a table under it."""

    title: str
    lines: tuple[str, ...] = ()
    grid: Grid | None = None


def print_study(study: Study, stream: IO[str], folder: Path | None = None) -> None:
    """Print what was found, the ladder, the verdict, the laws and where the files are."""
    print_blocks(study_blocks(study, folder), stream, _COLOURS[verdict_of(study).tone])


def study_blocks(study: Study, folder: Path | None = None) -> list[Block]:
    """The blocks of a study in the order in which they are read."""
    blocks = [
        _found(study),
        modes_block(study.scales, study.time_unit),
        _ladder(study),
        _steps(study.ladder),
        _verdict(study),
    ]
    if study.lumped:
        blocks.append(_lumped(study))
    blocks.extend(_laws(study.laws))
    blocks = [block for block in blocks if block.lines or (block.grid is not None and block.grid.rows)]
    if folder is not None:
        blocks.append(Block("Files", (f"{folder}/", f"open {folder / 'report.html'}")))
    return blocks


def _found(study: Study) -> Block:
    size = study.before
    names = ", ".join(observable.name for observable in study.question.observables)
    lines = [
        f"model: {study.model}, {counted(size.states, 'state')}, {counted(size.reactions, 'reaction')},"
        f" {counted(size.parameters, 'parameter')}, {counted(size.terms, 'term')}",
        f"question: {names} within {percent(study.question.tolerance)} for {window_text(study)}"
        f" ({study.question.horizon_reason})",
    ]
    lines += [
        f"conserved: {total.id} = {_brief(total.formula)} = {shown(total.value, 4)} {total.unit}".rstrip()
        for total in study.totals
    ]
    return Block("Found", (*lines, *study.notes))


def modes_block(scales: Sequence[ScaleLine], time_unit: str, most: int = _MOST_MODES) -> Block:
    """The time scales as a table, slowest first, `most` of them."""
    slowest_first = sorted(scales, key=lambda line: -line.tau)
    rows = tuple(
        (
            f"{shown(line.tau)} {time_unit}".strip(),
            line.label,
            ", ".join(f"{name} {100 * share:.0f} %" for name, share in line.species[:3] if share >= 0.05),
        )
        for line in slowest_first[:most]
    )
    left = len(scales) - len(rows)
    note = (f"and {left} faster ones; the report has them all",) if left > 0 else ()
    return Block("Time scales", note, Grid(("time scale", "", "species taking part"), rows, frozenset({0})))


def _ladder(study: Study) -> Block:
    rows = tuple(_rung(position, rung) for position, rung in enumerate(study.ladder))
    head = ("", "states", "terms", "nominal", "median", "90 %", "worst", "speed")
    return Block("Ladder", (), Grid(head, rows, frozenset(range(1, 8)), study.chosen))


def _rung(position: int, rung: Rung) -> tuple[str, ...]:
    error = rung.error
    errors = (percent(value) for value in (error.nominal, error.median, error.p90, error.worst))
    return rung_name(position), str(rung.size.states), str(rung.size.terms), *errors, speed_text(rung.speed)


def _steps(ladder: Sequence[Rung]) -> Block:
    lines = [
        f"{rung_name(position)}: {'; '.join(rung.steps)}"
        for position, rung in enumerate(ladder)
        if rung.steps
    ]
    return Block("Steps down the ladder", tuple(lines))


def _verdict(study: Study) -> Block:
    verdict = verdict_of(study)
    size = study.after
    lines = [
        f"chosen: {rung_name(study.chosen)}, {counted(size.states, 'state')}, {counted(size.terms, 'term')}"
    ]
    lines.append(verdict.sentence)
    certificate = study.certificate
    if certificate is not None and certificate.draws:
        worst = certificate.worst_error
        lines.append(trial_text(certificate) + ("" if worst is None else f"; worst error {percent(worst)}"))
    if study.seconds:
        lines.append(
            "time: " + ", ".join(f"{name} {shown(value)} s" for name, value in study.seconds.items())
        )
    return Block(f"{verdict.word}: {verdict.headline}", tuple(lines))


def _lumped(study: Study) -> Block:
    rows = tuple(
        (item.id, _brief(item.formula), f"{shown(item.value, 4)} {item.unit}".strip(), item.meaning)
        for item in study.lumped
    )
    return Block("Lumped parameters", (), Grid(("", "definition", "value", "meaning"), rows))


def _laws(laws: Sequence[Law]) -> list[Block]:
    changed = [law for law in laws if law.changed]
    if not changed:
        return []
    rows = tuple(
        (_ROLES[law.role].format(law.target, law.event), _brief(law.before), _brief(law.after))
        for law in changed[:_MOST_LAWS]
    )
    left = len(changed) - len(rows)
    note = (f"and {left} more; the report has them all",) if left else ()
    return [Block("Laws that changed", note, Grid(("", "before", "after"), rows))]


def _brief(formula: Formula | None) -> str:
    if formula is None:
        return "–"
    return (
        formula.infix if len(formula.infix) <= _WIDEST_FORMULA else formula.infix[: _WIDEST_FORMULA - 1] + "…"
    )


def print_blocks(blocks: Sequence[Block], stream: IO[str], accent: str = "cyan") -> None:
    """Print blocks: with rich on a terminal, as plain lines elsewhere."""
    if stream.isatty():
        _print_rich(blocks, stream, accent)
    else:
        for block in blocks:
            stream.write("\n".join(plain_lines(block)) + "\n\n")


def plain_lines(block: Block) -> list[str]:
    """A block without colours or frames, columns aligned with spaces."""
    lines = [block.title, *(f"  {line}" for line in block.lines)]
    grid = block.grid
    if grid is None or not grid.rows:
        return lines
    cells = [grid.head, *grid.rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(grid.head))]
    for position, row in enumerate(cells, start=-1):
        aligned = (
            text.rjust(width) if i in grid.numeric else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        sign = "*" if position == grid.mark and grid.mark >= 0 else " "
        lines.append(f" {sign}{'  '.join(aligned)}".rstrip())
    return lines


def _print_rich(blocks: Sequence[Block], stream: IO[str], accent: str) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for block in blocks:
        console.print(Text(block.title, style=f"bold {accent}" if ":" in block.title else "bold"))
        for line in block.lines:
            console.print(Padding(Text(line), (0, 0, 0, 2)))
        if block.grid is not None and block.grid.rows:
            table = Table(box=None, padding=(0, 1), header_style="dim", show_edge=False)
            for i, name in enumerate(block.grid.head):
                table.add_column(
                    name,
                    justify="right" if i in block.grid.numeric else "left",
                    no_wrap=i in block.grid.numeric,
                )
            for position, row in enumerate(block.grid.rows):
                style = f"bold {accent}" if position == block.grid.mark else ""
                table.add_row(*map(Text, row), style=style)
            console.print(table)
        console.print()
