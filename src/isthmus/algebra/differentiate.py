"""Derivatives: forward over the graph, one sparse gradient per node."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.algebra.expression import (
    CONDITIONS,
    DELAY,
    MINUS_ONE,
    ONE,
    ZERO,
    Expression,
    add,
    call,
    div,
    mul,
    negate,
    number,
    postorder,
    power,
    square_root,
)
from isthmus.errors import UnsupportedFeature

Gradient = dict[int, Expression]


def differentiate(root: Expression, wrt: Expression) -> Expression:
    """d root / d wrt, where `wrt` is a symbol, time, or any other node taken as a variable of its own."""
    return sparse_jacobian([root], [wrt]).get((0, 0), ZERO)


def sparse_jacobian(
    roots: Sequence[Expression], symbols: Sequence[Expression]
) -> dict[tuple[int, int], Expression]:
    """(row, column) → d roots[row] / d symbols[column] in row order, without entries that are always zero.

    Piecewise is differentiated branch by branch; floor, ceil, conditions and the past (delay) count as
    constant; |x|′(0) = 0. UnsupportedFeature for the factorial of something that varies. Linear in the
    number of non-zeros.
    """
    columns = {node: column for column, node in enumerate(symbols)}
    gradients: dict[Expression, Gradient] = {}
    for node in postorder(roots):
        column = columns.get(node)
        if column is not None:
            gradients[node] = {column: ONE}
        elif not node.args or node.op in CONDITIONS or node.op == DELAY:
            gradients[node] = {}
        else:
            gradients[node] = _gradient(node, [gradients[arg] for arg in node.args])
    return {
        (row, column): gradients[root][column]
        for row, root in enumerate(roots)
        for column in sorted(gradients[root])
    }


def _gradient(node: Expression, inner: list[Gradient]) -> Gradient:
    if not any(inner):
        return {}
    if node.op == "add":
        return _sum_of([(ONE, gradient) for gradient in inner])
    if node.op in ("piecewise", "min", "max"):
        return _of_branches(node, inner)
    return _sum_of([(_partial(node, i), gradient) for i, gradient in enumerate(inner) if gradient])


def _sum_of(parts: list[tuple[Expression, Gradient]]) -> Gradient:
    collected: dict[int, list[Expression]] = {}
    for factor, gradient in parts:
        for column, derivative in gradient.items():
            if factor is not ONE:
                derivative = factor if derivative is ONE else mul(factor, derivative)
            collected.setdefault(column, []).append(derivative)
    sums = {column: terms[0] if len(terms) == 1 else add(*terms) for column, terms in collected.items()}
    return {column: total for column, total in sums.items() if total is not ZERO}


def _of_branches(node: Expression, inner: list[Gradient]) -> Gradient:
    """Branchwise derivatives; the branch that min or max took is the argument equal to it."""
    if node.op == "piecewise":
        values = [
            (i, node.args[i + 1] if i + 1 < len(node.args) else None) for i in range(0, len(node.args), 2)
        ]
    else:
        last = len(node.args) - 1
        values = [(i, call("eq", arg, node) if i < last else None) for i, arg in enumerate(node.args)]
    result: Gradient = {}
    for column in sorted({column for i, _ in values for column in inner[i]}):
        args: list[Expression] = []
        for i, condition in values:
            args.append(inner[i].get(column, ZERO))
            if condition is not None:
                args.append(condition)
        result[column] = call("piecewise", *args)
    return result


def _partial(node: Expression, i: int) -> Expression:
    """d node / d args[i]."""
    match node.op:
        case "mul":
            return mul(*node.args[:i], *node.args[i + 1 :])
        case "div":
            below = node.args[1]
            return div(ONE, below) if i == 0 else negate(div(node, below))
        case "pow":
            return _power_partial(node, i)
        case op:
            return _unary_partial(op, node, node.args[0])


def _power_partial(node: Expression, i: int) -> Expression:
    base, exponent = node.args
    if i == 0:
        # n x^(n−1), not n x^n / x: the latter is 0/0 at x = 0.
        return mul(exponent, power(base, add(exponent, MINUS_ONE)))
    return call("piecewise", ZERO, call("eq", base, ZERO), mul(node, call("ln", base)))


def _unary_partial(op: str, node: Expression, x: Expression) -> Expression:
    match op:
        case "exp":
            return node
        case "ln":
            return div(ONE, x)
        case "log10":
            return div(ONE, mul(call("ln", number(10)), x))
        case "abs":
            return call("piecewise", ONE, call("gt", x, ZERO), MINUS_ONE, call("lt", x, ZERO), ZERO)
        case "floor" | "ceil":
            return ZERO
        case "sin":
            return call("cos", x)
        case "cos":
            return negate(call("sin", x))
        case "tan":
            return add(ONE, mul(node, node))
        case "sinh":
            return call("cosh", x)
        case "cosh":
            return call("sinh", x)
        case "tanh":
            return add(ONE, negate(mul(node, node)))
        case "asin":
            return div(ONE, square_root(_one_minus_square(x)))
        case "acos":
            return div(MINUS_ONE, square_root(_one_minus_square(x)))
        case "atan":
            return div(ONE, add(ONE, mul(x, x)))
        case "asinh":
            return div(ONE, square_root(add(ONE, mul(x, x))))
        case "acosh":
            return div(ONE, square_root(mul(add(x, MINUS_ONE), add(x, ONE))))
        case "atanh":
            return div(ONE, _one_minus_square(x))
    raise UnsupportedFeature(
        "E-NO-DERIVATIVE",
        f"{op}(…) of a quantity that varies",
        needed="a function that has a derivative",
        advice="write it as a table of values with piecewise, or make its argument constant",
    )


def _one_minus_square(x: Expression) -> Expression:
    return mul(add(ONE, negate(x)), add(ONE, x))
