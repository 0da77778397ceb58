"""Content MathML out: what `mathml` reads back as the same expression."""

from __future__ import annotations

import math
from fractions import Fraction
from html import escape
from typing import Final

from isthmus.algebra.expression import (
    HALF,
    MINUS_ONE,
    Expression,
    mul,
    number,
    postorder,
    split_coefficient,
)
from isthmus.algebra.mathml import PI, SYMBOLS
from isthmus.algebra.mathml_operations import EULER
from isthmus.errors import ModelError

NAMESPACE: Final = "http://www.w3.org/1998/Math/MathML"
LARGEST_FORMULA: Final = 100_000
_INTEGER_LIMIT: Final = 2**31
_SAME: Final = (
    "exp",
    "ln",
    "abs",
    "floor",
    "factorial",
    "min",
    "max",
    "and",
    "or",
    "xor",
    "not",
    "lt",
    "gt",
    "eq",
)
_CIRCULAR: Final = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
_TAGS: Final = {
    **{name: name for name in (*_SAME, *_CIRCULAR)},
    **{f"a{name}": f"arc{name}" for name in _CIRCULAR},
    **{
        "ceil": "ceiling",
        "le": "leq",
        "ge": "geq",
        "ne": "neq",
        "mul": "times",
        "div": "divide",
        "pow": "power",
    },
}


def print_mathml(expression: Expression) -> str:
    """A `math` element, on one line.

    Shared parts are written out each time, as MathML has no names for them; beyond 100,000 operations that is
    a `ModelError`.
    """
    return f'<math xmlns="{NAMESPACE}">{print_content(expression)}</math>'


def print_content(expression: Expression) -> str:
    """The content of a `math` element."""
    sizes: dict[Expression, int] = {}
    texts: dict[Expression, str] = {}
    for node in postorder([expression]):
        sizes[node] = 1 + sum(sizes[arg] for arg in node.args)
        if sizes[node] > LARGEST_FORMULA:
            raise ModelError(
                "E-TOO-LARGE",
                f"a formula of more than {LARGEST_FORMULA:,} operations when written out",
                advice="name its repeated parts by assignment rules",
            )
    for node in postorder([expression]):
        texts[node] = _node(node, texts)
    return texts[expression]


def _node(node: Expression, texts: dict[Expression, str]) -> str:
    args = [texts[arg] for arg in node.args]
    match node.op:
        case "number":
            return _number(node)
        case "symbol":
            return f"<ci> {escape(str(node.value), quote=False)} </ci>"
        case "time":
            return f'<csymbol encoding="text" definitionURL="{SYMBOLS}time"> time </csymbol>'
        case "boolean":
            return "<true/>" if node.value else "<false/>"
        case "add":
            return _sum(node, texts)
        case "mul" if node.args[0] is MINUS_ONE:
            rest = args[1] if len(args) == 2 else _apply("times", *args[1:])
            return _apply("minus", rest)
        case "pow" if node.args[1] is HALF:
            return _apply("root", args[0])
        case "log10":
            return f"<apply><log/><logbase>{_number(number(10))}</logbase>{args[0]}</apply>"
        case "exp" if node is EULER:
            return "<exponentiale/>"
        case "piecewise":
            return _piecewise(args)
        case "delay":
            head = f'<csymbol encoding="text" definitionURL="{SYMBOLS}delay"> delay </csymbol>'
            return f"<apply>{head}{args[0]}{args[1]}</apply>"
    return _apply(_TAGS[node.op], *args)


def _sum(node: Expression, texts: dict[Expression, str]) -> str:
    args = [texts[arg] for arg in node.args]
    second = node.args[1]
    if len(args) == 2 and second.op == "mul" and split_coefficient(second)[0] == -1:
        positive = mul(MINUS_ONE, second)
        text = texts.get(positive) or _node(positive, texts)
        return _apply("minus", args[0], text)
    return _apply("plus", *args)


def _piecewise(args: list[str]) -> str:
    pieces = [
        f"<piece>{value}{condition}</piece>" for value, condition in zip(args[::2], args[1::2], strict=False)
    ]
    if len(args) % 2:
        pieces.append(f"<otherwise>{args[-1]}</otherwise>")
    return f"<piecewise>{''.join(pieces)}</piecewise>"


def _apply(tag: str, *args: str) -> str:
    return f"<apply><{tag}/>{''.join(args)}</apply>"


def _number(node: Expression) -> str:
    value = node.value
    if node is PI:
        return "<pi/>"
    if isinstance(value, Fraction):
        return exact_number(value)
    assert isinstance(value, float)
    if math.isnan(value):
        return "<notanumber/>"
    return "<infinity/>" if value > 0 else _apply("minus", "<infinity/>")


def exact_number(value: Fraction) -> str:
    """A `cn` (or a quotient of two) with exactly this value.

    A double where numerator or denominator exceed the range of doubles.
    """
    above, below = value.numerator, value.denominator
    if below == 1 and abs(above) < _INTEGER_LIMIT:
        return f'<cn type="integer"> {above} </cn>'
    decimals = _decimal_places(below)
    if decimals is not None:
        return _decimal(above * 10**decimals // below, decimals)
    if max(abs(above), below) < _INTEGER_LIMIT:
        return f'<cn type="rational"> {above} <sep/> {below} </cn>'
    if max(abs(above), below) > 10**300:
        return exact_number(Fraction(repr(float(value))))
    return _apply("divide", exact_number(Fraction(above)), exact_number(Fraction(below)))


def _decimal_places(denominator: int) -> int | None:
    """The number of decimals of 1/denominator, None where they do not end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _decimal(digits: int, decimals: int) -> str:
    while digits and digits % 10 == 0:
        digits, decimals = digits // 10, decimals - 1
    text = str(abs(digits))
    sign = "-" if digits < 0 else ""
    exponent = len(text) - 1 - decimals
    if -4 <= exponent <= 15 and decimals > 0:
        text = text.rjust(decimals + 1, "0")
        return f"<cn> {sign}{text[:-decimals]}.{text[-decimals:]} </cn>"
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f'<cn type="e-notation"> {sign}{mantissa} <sep/> {exponent} </cn>'
