"""Evaluation with a running bound on rounding errors: how far two honest evaluations may differ.

An infinite bound says that rounding decides the outcome (a comparison of nearly equal numbers, a division by
a number that may be zero), so that nothing can be said.
"""

import math
from fractions import Fraction
from itertools import pairwise

from isthmus.algebra.evaluate import apply_operation, as_number, to_float
from isthmus.algebra.expression import RELATIONS, postorder

UNIT = 2.0**-53
MOST_ROUNDINGS = 24  # of one operation: x^16 by squaring, or a library function of a few ulp


def evaluate_with_bound(root, values, time):
    """(value, bound) in doubles."""
    at = {}
    for node in postorder([root]):
        match node.op:
            case "symbol":
                at[node] = (values[node.value], 0.0)
            case "time":
                at[node] = (time, 0.0)
            case "number":
                assert isinstance(node.value, Fraction | float)
                at[node] = (to_float(node.value), UNIT * abs(to_float(node.value)))
            case "boolean":
                at[node] = (node.value, 0.0)
            case op:
                at[node] = _apply(op, [at[arg] for arg in node.args])
    return at[root]


def _apply(op, args):
    value = apply_operation(op, [v for v, _ in args])
    if op == "piecewise":
        return value, _bound_of_piecewise(args)
    if any(b == math.inf for _, b in args):
        return value, math.inf
    if op in RELATIONS:
        close = any(
            abs(to_float(as_number(a)) - to_float(as_number(b))) <= p + q and p + q > 0
            for (a, p), (b, q) in pairwise(args)
        )
        return value, math.inf if close else 0.0
    if op in ("and", "or", "xor", "not"):
        unsure = any(not isinstance(v, bool) and abs(v) <= b and b > 0 for v, b in args)
        return value, math.inf if unsure else 0.0
    value = to_float(as_number(value))
    numbers = [(to_float(as_number(v)), b) for v, b in args]
    if not math.isfinite(value):
        return value, 0.0 if all(_is_settled(op, v, b) for v, b in numbers) else math.inf
    return value, _bound(op, value, numbers)


def _is_settled(op, value, bound):
    """Whether rounding cannot turn a non-finite result into a finite one."""
    return bound == 0 or not math.isfinite(value) or (abs(value) > 1e3 * bound and abs(value) < 1e100)


def _bound_of_piecewise(args):
    for i in range(0, len(args) - 1, 2):
        condition, bound = args[i + 1]
        if bound == math.inf or (not isinstance(condition, bool) and bound > 0 and abs(condition) <= bound):
            return math.inf
        if apply_operation("not", [condition]) is False:
            return args[i][1]
    return args[-1][1] if len(args) % 2 else 0.0


def _bound(op, value, args):
    if op == "add":
        return sum(b for _, b in args) + len(args) * UNIT * sum(abs(v) for v, _ in args)
    if op in ("min", "max"):
        return max(b for _, b in args)
    corners: list[list[float]] = [[]]
    for v, b in args:
        corners = [
            [*c, end] for c in corners for end in ({v - b, v, v + b} if len(args) <= 4 else {v - b, v + b})
        ]
    spread = 0.0
    for corner in corners:
        other = to_float(as_number(apply_operation(op, corner)))
        if not math.isfinite(other):
            return math.inf
        spread = max(spread, abs(other - value))
    if op == "div" and abs(args[1][0]) <= 2 * args[1][1]:
        return math.inf
    return 2 * spread + MOST_ROUNDINGS * UNIT * abs(value)
