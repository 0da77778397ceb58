"""A long list of operations cut into chunks, and what they hand on to each other."""

from __future__ import annotations

from isthmus.algebra.expression import Expression


def cut(work: list[Expression], limit: int) -> list[list[Expression]]:
    """Consecutive parts of about `limit` operations each; at least one part."""
    parts: list[list[Expression]] = [[]]
    size = 0
    for node in work:
        if size >= limit:
            parts.append([])
            size = 0
        parts[-1].append(node)
        size += max(1, len(node.args) - 1)
    return parts


def crossing(parts: list[list[Expression]], home: dict[Expression, int]) -> dict[Expression, int]:
    """Scratch position of each node that a later part uses."""
    scratch: dict[Expression, int] = {}
    for i, part in enumerate(parts):
        for node in part:
            for arg in node.args:
                if home.get(arg, i) != i:
                    scratch.setdefault(arg, len(scratch))
    return scratch
