"""A graph of expressions as a flat table: each node once, arguments by position."""

from __future__ import annotations

from collections.abc import Iterable

from isthmus.algebra.expression import (
    BOOLEAN,
    NUMBER,
    OPERATIONS,
    SYMBOL,
    TIME,
    TIME_NODE,
    Expression,
    intern,
    number,
    postorder,
    symbol,
    truth,
)

Row = tuple[str, str | bool | None, tuple[int, ...]]


def flatten_graph(roots: Iterable[Expression]) -> tuple[list[Row], list[int]]:
    """(rows, positions): each node once as (op, value as text, argument positions); JSON can carry it."""
    roots = list(roots)
    order = postorder(roots)
    position = {node: i for i, node in enumerate(order)}
    rows: list[Row] = []
    for node in order:
        value = str(node.value) if node.op == NUMBER else node.value
        assert value is None or isinstance(value, str | bool)
        rows.append((node.op, value, tuple(position[arg] for arg in node.args)))
    return rows, [position[root] for root in roots]


def unflatten_graph(rows: Iterable[Row], positions: Iterable[int]) -> list[Expression]:
    """The expressions that `flatten_graph` wrote."""
    nodes: list[Expression] = []
    for op, value, arguments in rows:
        if op == NUMBER:
            text = str(value)
            nodes.append(number(float(text)) if text in ("inf", "-inf", "nan") else number(text))
        elif op == SYMBOL:
            nodes.append(symbol(str(value)))
        elif op == BOOLEAN:
            nodes.append(truth(bool(value)))
        elif op == TIME:
            nodes.append(TIME_NODE)
        elif op in OPERATIONS:
            nodes.append(intern(op, tuple([nodes[i] for i in arguments])))
        else:
            raise ValueError(f"unknown operation {op!r}")
    return [nodes[i] for i in positions]


def rebuild(flat: tuple[list[Row], list[int]]) -> Expression:
    """The one expression of a pickled graph."""
    return unflatten_graph(*flat)[0]
