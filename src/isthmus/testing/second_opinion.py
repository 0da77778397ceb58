"""A file and what isthmus wrote of it, run by one and the same other tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from isthmus.testing.corpus import Entry
from isthmus.testing.elsewhere import ATOL, RTOL, Seen, Tool
from isthmus.testing.round_trip import (
    DIFFERS,
    END,
    PASS,
    RoundTripRow,
    relative_gaps,
    sample_times,
    written_file,
)

Floats = NDArray[np.float64]

# Formulas are written in another order, so their rounding differs and with it the steps.
_WITHIN: Final = 1e-6
_MARGIN: Final = 10.0


def with_second_opinions(
    row: RoundTripRow, entry: Entry, folder: Path, tools: Mapping[str, Tool]
) -> RoundTripRow:
    """The row with what other tools make of the original and of the written file."""
    written = written_file(folder, entry.path.stem)
    if not written.is_file() or entry.path.suffix == ".ant":
        return row
    found = {name: compare_files(tool, entry.path, written) for name, tool in tools.items()}
    wrong = [f"{tool}: {text}" for tool, text in found.items() if text.startswith(DIFFERS)]
    status = DIFFERS if wrong and row.status == PASS else row.status
    return replace(
        row,
        status=status,
        libroadrunner=found.get("libroadrunner", ""),
        copasi=found.get("copasi", ""),
        detail="; ".join([*filter(None, [row.detail]), *wrong]),
    )


def compare_files(tool: Tool, original: Path, written: Path) -> str:
    """How far the curves of two files are apart in one tool, or `differs: why`, or why it cannot say."""
    times = sample_times(END)
    before = tool.curves(original, times)
    seen = [Seen(name) for name in before.names]
    after = tool.curves(written, times, None if before.refused else seen)
    if before.refused:
        both = "" if after.refused else "; it runs what was written"
        return f"does not run the original: {before.refused[:120]}{both}"
    if after.refused:
        return f"{DIFFERS}: does not run what was written: {after.refused[:200]}"
    if not before.names:
        return "nothing moves"
    apart = relative_gaps(after.values[0], before.values[0], floor=100 * ATOL)
    if apart.max() <= _WITHIN:
        return f"{apart.max():.2g}"
    tight = tool.curves(original, times, seen, rtol=RTOL / 100, atol=ATOL / 100)
    own = np.zeros_like(apart) if tight.refused else relative_gaps(before.values[0], tight.values[0])
    excess = apart / np.maximum(_WITHIN, _MARGIN * own)
    worst = int(np.argmax(excess))
    if excess[worst] <= 1:
        return f"{apart.max():.2g} (its own error {own[int(np.argmax(apart))]:.2g})"
    return (
        f"{DIFFERS}: {before.names[worst]} by {apart[worst]:.2g} of its peak, its own error {own[worst]:.2g}"
    )
