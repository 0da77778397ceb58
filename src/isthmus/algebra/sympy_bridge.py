"""Small expressions to sympy objects and back, node by node: no text is ever parsed.

Symbols become dummies without assumptions; what is not + · / ^ exp or ln becomes a dummy as a whole.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from isthmus.algebra.expression import (
    Expression,
    add,
    call,
    constant_value,
    div,
    mul,
    number,
    postorder,
    power,
)


class NotTranslatable(ValueError):
    """An object of sympy that has no counterpart here."""


def to_sympy(expression: Expression) -> tuple[Any, dict[Any, Expression]]:
    """(sympy object, dummy → expression); the table is what `from_sympy` needs."""
    import sympy

    table: dict[Any, Expression] = {}
    written: dict[Expression, Any] = {}
    for node in postorder([expression]):
        args = [written[arg] for arg in node.args]
        value = constant_value(node)
        match node.op:
            case "number" if value is not None:
                written[node] = sympy.Rational(value.numerator, value.denominator)
            case "add":
                written[node] = sympy.Add(*args)
            case "mul":
                written[node] = sympy.Mul(*args)
            case "div":
                written[node] = args[0] / args[1]
            case "pow":
                written[node] = sympy.Pow(*args)
            case "exp":
                written[node] = sympy.exp(args[0])
            case "ln":
                written[node] = sympy.log(args[0])
            case _:
                dummy = sympy.Dummy(f"a{len(table)}")
                table[dummy] = node
                written[node] = dummy
    return written[expression], table


def from_sympy(value: Any, table: dict[Any, Expression]) -> Expression:
    """The expression that a sympy object stands for.

    NotTranslatable for functions that have no counterpart.
    """
    import sympy

    written: dict[Any, Expression] = {}
    for part in sympy.postorder_traversal(value):
        if part in written:
            continue
        args = [written[arg] for arg in part.args] if part not in table else []
        if part in table:
            written[part] = table[part]
        elif part.is_Rational:
            written[part] = number(Fraction(int(part.p), int(part.q)))
        elif part.is_Add:
            written[part] = add(*args)
        elif part.is_Mul:
            written[part] = _quotient(args)
        elif part is sympy.E:
            written[part] = call("exp", number(1))
        elif isinstance(part, sympy.exp):
            written[part] = call("exp", args[0])
        elif part.is_Pow:
            written[part] = power(args[0], args[1])
        elif isinstance(part, sympy.log):
            written[part] = call("ln", args[0])
        else:
            raise NotTranslatable(f"sympy's {type(part).__name__}")
    return written[value]


def _quotient(factors: list[Expression]) -> Expression:
    """The product, with negative powers under a fraction bar."""
    above, below = [], []
    for factor in factors:
        exponent = constant_value(factor.args[1]) if factor.op == "pow" else None
        if exponent is not None and exponent < 0:
            below.append(power(factor.args[0], number(-exponent)))
        else:
            above.append(factor)
    return div(mul(*above), mul(*below)) if below else mul(*above)
