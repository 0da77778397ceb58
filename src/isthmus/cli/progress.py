"""Progress on standard error: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from isthmus.records.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

SECONDS_BETWEEN_COUNTS: Final = 5.0


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A callback for a recipe, shown as long as the block runs."""
    if quiet:
        yield ignore_progress
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bars

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left", style="dim"),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            yield OneBar(bars)
    else:
        yield Lines(sys.stderr)


class OneBar:
    """One bar that starts anew with each counted stage, so that the time left is that of the stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None)
        self._total = 0

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Show the text and the count."""
        if total != self._total:
            self._bars.reset(self._task, total=total or None)
            self._total = total
        self._bars.update(self._task, description=text, completed=done)


class Lines:
    """A line when a text is new, and every few seconds where something is counted."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._text = ""
        self._told = -math.inf

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Write a line where it is time for one."""
        now = time.monotonic()
        ends = total > 0 and done >= total
        if not ends and text == self._text and now - self._told < SECONDS_BETWEEN_COUNTS:
            return
        self._text, self._told = text, now
        self._stream.write(f"{text}{f' {done}/{total}' if total else ''}\n")
        self._stream.flush()
