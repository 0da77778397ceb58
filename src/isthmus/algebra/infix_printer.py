"""Expressions to infix text that `infix_parser` reads back: fewest brackets, human order, bounded length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import (
    HALF,
    NUMBER,
    RELATIONS,
    SYMBOL,
    TIME,
    Expression,
    postorder,
)
from isthmus.algebra.layout import (
    Rank,
    coefficient_parts,
    decimal_text,
    make_order,
    name_shared,
    split_quotient,
    split_signs,
    tree_size,
)

SIZE_LIMIT: Final = 20_000
_OR, _AND, _RELATION, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 9)
_RELATION_SIGN: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_PI: Final = Fraction(repr(math.pi))
_E: Final = Fraction(repr(math.e))

_Text = tuple[str, int]


def infix(expression: Expression, *, rank: Rank | None = None, limit: int = SIZE_LIMIT) -> str:
    """The expression as text.

    `rank` puts symbols of low rank (parameters) before those of high rank (species).

    More than `limit` nodes when written out: shared parts get names, as `let t1 = …; let t2 = …; result`.
    """
    if tree_size([expression]) <= limit:
        return _Printer([expression], rank).text(expression)
    definitions, (result,) = name_shared([expression], ())
    lines = [f"let {name} = {infix(value, rank=rank, limit=2**62)}; " for name, value in definitions.items()]
    return "".join(lines) + infix(result, rank=rank, limit=2**62)


class _Printer:
    def __init__(self, roots: Sequence[Expression], rank: Rank | None) -> None:
        self.order = make_order(roots, rank)
        self.memo: dict[Expression, _Text] = {}
        # Arguments come first, so that printing a node never recurses deeper than its own layout.
        for node in postorder(roots):
            self.write(node)

    def text(self, node: Expression) -> str:
        return self.write(node)[0]

    def write(self, node: Expression) -> _Text:
        known = self.memo.get(node)
        if known is None:
            known = self.memo[node] = self.render(node)
        return known

    def bracketed(self, node: Expression, binding: int) -> str:
        text, own = self.write(node)
        return text if own >= binding else f"({text})"

    def render(self, node: Expression) -> _Text:
        op = node.op
        if op == NUMBER:
            return _number(node.value)
        if op == SYMBOL:
            return str(node.value), _ATOM
        if op == TIME:
            return "time", _ATOM
        if op == "add":
            return self.sum(node), _SUM
        if op in ("mul", "div") or (op == "pow" and _is_negative(node.args[1])):
            return self.quotient(node)
        if op == "pow":
            if node.args[1] is HALF:
                return f"sqrt({self.text(node.args[0])})", _ATOM
            return f"{self.bracketed(node.args[0], _ATOM)}^{self.bracketed(node.args[1], _ATOM)}", _POWER
        if op in RELATIONS and len(node.args) == 2:
            left, right = (self.bracketed(arg, _SUM) for arg in node.args)
            return f"{left} {_RELATION_SIGN[op]} {right}", _RELATION
        if op == "not":
            return f"!{self.bracketed(node.args[0], _ATOM)}", _SIGN
        if op in ("and", "or") and len(node.args) > 1:
            sign, binding = (" && ", _AND) if op == "and" else (" || ", _OR)
            return sign.join(self.bracketed(arg, binding + 1) for arg in node.args), binding
        if op == "boolean":
            return ("true" if node.value else "false"), _ATOM
        return f"{op}({', '.join(self.text(arg) for arg in node.args)})", _ATOM

    def sum(self, node: Expression) -> str:
        terms = split_signs(node)
        sign = {term: negative for negative, term in terms}
        ordered = self.order([term for _, term in terms])
        first = next((i for i, term in enumerate(ordered) if not sign[term]), 0)
        ordered.insert(0, ordered.pop(first))
        text = ("-" if sign[ordered[0]] else "") + self.bracketed(ordered[0], _PRODUCT)
        for term in ordered[1:]:
            text += (" - " if sign[term] else " + ") + self.bracketed(term, _PRODUCT)
        return text

    def quotient(self, node: Expression) -> _Text:
        coefficient, above, below = split_quotient(node)
        top, bottom = coefficient_parts(abs(coefficient))
        over = [self.bracketed(factor, _POWER) for factor in self.order(above)]
        under = [self.bracketed(factor, _POWER) for factor in self.order(below)]
        if top != 1 or not over:
            over.insert(0, _number(top)[0])
        if bottom != 1:
            under.insert(0, _number(bottom)[0])
        text = "*".join(over)
        if under:
            text += f"/{under[0]}" if len(under) == 1 else f"/({'*'.join(under)})"
        return (f"-{text}", _SIGN) if coefficient < 0 else (text, _PRODUCT)


def _is_negative(exponent: Expression) -> bool:
    return isinstance(exponent.value, Fraction) and exponent.value < 0


def _number(value: object) -> _Text:
    if isinstance(value, float):
        return ("-inf", _SIGN) if value < 0 else ("nan" if value != value else "inf", _ATOM)
    assert isinstance(value, Fraction)
    if value < 0:
        return f"-{_number(-value)[0]}", _SIGN
    if value in (_PI, _E):
        return ("pi" if value == _PI else "exponentiale"), _ATOM
    decimal = decimal_text(value)
    if decimal is not None:
        return decimal, _ATOM
    return (str(value), _ATOM) if value.denominator == 1 else (str(value), _PRODUCT)
