"""Presentation MathML: formulas as a browser draws them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import Final

from isthmus.algebra.expression import HALF, Expression, constant_value, number, postorder
from isthmus.algebra.layout import (
    Rank,
    coefficient_parts,
    decimal_text,
    make_order,
    split_quotient,
    split_signs,
    tree_size,
)

DEFAULT_LIMIT: Final = 2000
DEEPEST: Final = 60
_OPERATORS: Final = {
    "lt": "&lt;",
    "le": "≤",
    "gt": "&gt;",
    "ge": "≥",
    "eq": "=",
    "ne": "≠",
    "and": "∧",
    "or": "∨",
    "xor": "⊻",
}
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_TIMES: Final = "<mo>&#x2062;</mo><mspace width='0.17em'/>"
_NOT_FINITE: Final = {"inf": "∞", "-inf": "−∞", "nan": "NaN"}
_GREEK: Final = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "rho",
            "sigma",
            "tau",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        "αβγδεζηθκλμνξρστφχψω",
        strict=True,
    )
)


def to_presentation(expression: Expression, rank: Rank | None = None, limit: int = DEFAULT_LIMIT) -> str:
    """The `<math>` element of a formula, "" where it has over `limit` symbols or is too deep.

    rank: puts names of low rank (parameters) before those of high rank (species).
    """
    if tree_size([expression]) > limit or _depth(expression) > DEEPEST:
        return ""
    return f"<math>{_Writer(expression, rank).row(expression)}</math>"


def _depth(expression: Expression) -> int:
    depths: dict[Expression, int] = {}
    for node in postorder([expression]):
        depths[node] = 1 + max((depths[arg] for arg in node.args), default=0)
    return depths[expression]


def name_markup(name: str) -> str:
    """An identifier: Greek where it names a letter; what follows an underscore, or a number, goes below."""
    base, _, below = name.partition("_")
    if not base or not below:
        base, below = name, ""
        stem = name.rstrip("0123456789")
        if stem and stem != name and "_" not in name:
            base, below = stem, name[len(stem) :]
    letters = f"<mi>{escape(_GREEK.get(base, base))}</mi>"
    if not below:
        return letters
    parts = (escape(_GREEK.get(part, part)) for part in below.split("_") if part)
    return f"<msub>{letters}<mi mathvariant='normal'>{','.join(parts)}</mi></msub>"


class _Writer:
    """Writes one formula; recursion is bounded by the size limit checked before."""

    def __init__(self, expression: Expression, rank: Rank | None) -> None:
        self._order = make_order([expression], rank)

    def row(self, node: Expression) -> str:
        return f"<mrow>{self.write(node)[0]}</mrow>"

    def within(self, node: Expression, level: int) -> str:
        """The markup, bracketed where the node binds more loosely than `level`."""
        markup, binding = self.write(node)
        return markup if binding >= level else f"<mrow><mo>(</mo>{markup}<mo>)</mo></mrow>"

    def write(self, node: Expression) -> tuple[str, int]:
        """(markup, how tightly it binds)."""
        match node.op:
            case "number":
                return _number_markup(node)
            case "symbol":
                return name_markup(str(node.value)), _ATOM
            case "time":
                return "<mi>t</mi>", _ATOM
            case "boolean":
                return f"<mi>{'true' if node.value else 'false'}</mi>", _ATOM
            case "add":
                return self._sum(node), _SUM
            case "mul" | "div":
                return self._quotient(node)
            case "pow":
                return self._power(node)
            case "piecewise":
                return self._cases(node), _SUM
            case "not":
                return f"<mo>¬</mo>{self.within(node.args[0], _ATOM)}", _SUM
        if node.op in _OPERATORS:
            sign = f"<mo>{_OPERATORS[node.op]}</mo>"
            return sign.join(
                self.within(arg, _SUM + 1 if arg.op in _OPERATORS else _SUM) for arg in node.args
            ), 0
        return self._call(node)

    def _sum(self, node: Expression) -> str:
        terms = split_signs(node)
        sign = {term: negative for negative, term in terms}
        ordered = sorted(self._order([term for _, term in terms]), key=lambda term: sign[term])
        parts = []
        for index, term in enumerate(ordered):
            joint = "<mo>−</mo>" if sign[term] else "<mo>+</mo>" if index else ""
            parts.append(joint + self.within(term, _PRODUCT))
        return "".join(parts)

    def _quotient(self, node: Expression) -> tuple[str, int]:
        coefficient, above, below = split_quotient(node)
        minus = "<mo>−</mo>" if coefficient < 0 else ""
        top, bottom = coefficient_parts(abs(coefficient))
        over = self._product(top, above, alone=bool(below) or bottom != 1)
        if not below and bottom == 1:
            return minus + over, _PRODUCT
        under = self._product(bottom, below, alone=True)
        return f"{minus}<mfrac><mrow>{over}</mrow><mrow>{under}</mrow></mfrac>", _SUM if minus else _PRODUCT

    def _product(self, coefficient: Fraction, factors: Sequence[Expression], *, alone: bool) -> str:
        ordered = self._order(list(factors))
        if len(ordered) == 1 and coefficient == 1:
            return self.within(ordered[0], _SUM if alone else _POWER)
        parts = [self.within(factor, _POWER) for factor in ordered]
        if coefficient != 1 or not parts:
            parts.insert(0, _number_markup(number(coefficient))[0])
        return _TIMES.join(parts)

    def _power(self, node: Expression) -> tuple[str, int]:
        base, exponent = node.args
        if exponent is HALF:
            return f"<msqrt>{self.row(base)}</msqrt>", _ATOM
        value = constant_value(exponent)
        if value is not None and value < 0:
            return self._quotient(node)
        return f"<msup><mrow>{self.within(base, _ATOM)}</mrow>{self.row(exponent)}</msup>", _POWER

    def _cases(self, node: Expression) -> str:
        rows = []
        pairs, rest = divmod(len(node.args), 2)
        for index in range(pairs):
            value, condition = node.args[2 * index : 2 * index + 2]
            rows.append(
                f"<mtr><mtd>{self.row(value)}</mtd><mtd><mtext>if </mtext>{self.row(condition)}</mtd></mtr>"
            )
        if rest:
            rows.append(f"<mtr><mtd>{self.row(node.args[-1])}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>")
        return f"<mrow><mo>{{</mo><mtable columnalign='left'>{''.join(rows)}</mtable></mrow>"

    def _call(self, node: Expression) -> tuple[str, int]:
        inside = "<mo>,</mo>".join(self.row(arg) for arg in node.args)
        match node.op:
            case "exp":
                return f"<msup><mi>e</mi>{inside}</msup>", _POWER
            case "abs":
                return f"<mrow><mo>|</mo>{inside}<mo>|</mo></mrow>", _ATOM
            case "factorial":
                return f"<mrow>{self.within(node.args[0], _ATOM)}<mo>!</mo></mrow>", _ATOM
            case "log10":
                name = "<msub><mi>log</mi><mn>10</mn></msub>"
            case _:
                name = f"<mi>{escape(node.op)}</mi>"
        return f"<mrow>{name}<mo>&#x2061;</mo><mo>(</mo>{inside}<mo>)</mo></mrow>", _ATOM


def _number_markup(node: Expression) -> tuple[str, int]:
    value = node.value
    if not isinstance(value, Fraction):
        return f"<mn>{_NOT_FINITE[str(value)]}</mn>", _ATOM
    if value < 0:
        return f"<mo>−</mo>{_number_markup(number(-value))[0]}", _SUM
    decimal = decimal_text(value)
    if decimal is None and max(value.numerator, value.denominator) < 10**6:
        return f"<mfrac><mn>{value.numerator}</mn><mn>{value.denominator}</mn></mfrac>", _ATOM
    mantissa, _, exponent = (decimal or f"{float(value):.10g}").partition("e")
    if not exponent:
        return f"<mn>{mantissa}</mn>", _ATOM
    power = f"<msup><mn>10</mn><mn>{str(int(exponent)).replace('-', '−')}</mn></msup>"
    return (power if mantissa == "1" else f"<mn>{mantissa}</mn><mo>·</mo>{power}"), _PRODUCT
