"""Replace nodes of an expression by others, everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isthmus.algebra.expression import Expression, call, postorder


def substitute(roots: Sequence[Expression], mapping: Mapping[Expression, Expression]) -> list[Expression]:
    """Return the roots with every node that is a key replaced by its value, all at the same time.

    Keys may be symbols, time or any other node. A replacement is not searched again, so a ↔ b swaps. What
    does not change stays the same object, what does is normalised anew (x − y with y → x is 0). One pass.
    """
    if not any(root.args for root in roots):
        return [mapping.get(root, root) for root in roots]
    result: dict[Expression, Expression] = {}
    for node in postorder(roots):
        replacement = mapping.get(node)
        if replacement is not None:
            result[node] = replacement
        elif node.args:
            args = tuple([result[arg] for arg in node.args])
            # Nodes are equal only to themselves.
            result[node] = node if args == node.args else call(node.op, *args)
        else:
            result[node] = node
    return [result[root] for root in roots]
