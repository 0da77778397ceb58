"""Time scales as lines of text."""

from __future__ import annotations

from isthmus.records.scales import Pace, Scales
from isthmus.report.svg import shown
from isthmus.report.terminal import Block, modes_block


def scales_blocks(scales: Scales) -> list[Block]:
    """The modes, the widest gaps and the memory of each species."""
    counts = ", ".join(f"{scales.count(pace)} {pace.value}" for pace in Pace)
    lines = [f"within {shown(scales.horizon)}: {counts}; {scales.conserved} conserved totals"]
    fastest_first = scales.modes
    for gap in scales.gaps[:3]:
        left, right = fastest_first[gap.after].tau, fastest_first[gap.after + 1].tau
        lines.append(f"gap ×{shown(gap.ratio, 2)} between {shown(left)} and {shown(right)}")
    return [Block("Found", tuple(lines)), modes_block(scales.lines(), "", most=len(scales.modes))]
